"""Usage: forms.py rpmdb.sqlite Packages.db DUMP: write the packages of the first as
an ndb database, and as a dump that db5.3_load reads."""
import sqlite3, struct, sys, zlib

blobs = sqlite3.connect(sys.argv[1]).execute("SELECT hnum, blob FROM Packages").fetchall()
slots, blocks, offset = b"", b"", 4096 // 16
for number, blob in blobs:
    body = b"BlbS" + struct.pack("<III", number, 0, len(blob)) + blob
    body += b"\0" * (-len(body) % 16)
    tail = struct.pack("<II", zlib.adler32(body), len(blob)) + b"BlbE"
    body += b"\0" * ((-len(body) - len(tail)) % 16) + tail
    slots += b"Slot" + struct.pack("<III", number, offset, len(body) // 16)
    blocks += body
    offset += len(body) // 16
slots += (b"Slot" + b"\0" * 12) * (256 - 2 - len(blobs))
open(sys.argv[2], "wb").write(b"RpmP" + struct.pack("<III", 0, 1, 1) + b"\0" * 16 + slots + blocks)
with open(sys.argv[3], "w") as f:
    f.write("VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END\n")
    for number, blob in [(0, b"\x01\0\0\0")] + blobs:
        f.write(f" {struct.pack('<I', number).hex()}\n {blob.hex()}\n")
    f.write("DATA=END\n")
