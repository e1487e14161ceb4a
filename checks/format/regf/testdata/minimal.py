# a minimal hive: header, one hbin, a root nk with no subkeys
import struct
def cell(body):
    size=(len(body)+4+7)//8*8
    return struct.pack('<i',-size)+body+b'\0'*(size-4-len(body))
sk_body=b'sk'+struct.pack('<HIIII',0,0,0,1,20)+struct.pack('<BBHIIII',1,0,0x8000,0,0,0,0)
def nk(sk):
    return b'nk'+struct.pack('<HQIIIIIIIIIIIIIIIHH',0x2c,0x01d0000000000000,0,0xffffffff,0,0,0xffffffff,0xffffffff,0,0xffffffff,sk,0xffffffff,0,0,0,0,0,4,0)+b'ROOT'
hb=32
rootlen=len(cell(nk(0)))
skoff=hb+rootlen
c1=cell(nk(skoff))
skb=b'sk'+struct.pack('<HIIII',0,skoff,skoff,1,20)+struct.pack('<BBHIIII',1,0,0x8000,0,0,0,0)
c2=cell(skb)
used=hb+len(c1)+len(c2)
free=4096-used
body=c1+c2+struct.pack('<i',free)+b'\0'*(free-4)
hbin=b'hbin'+struct.pack('<IIIIQI',0,4096,0,0,0x01d0000000000000,0)
assert len(hbin)==32
hd=bytearray(4096)
hd[0:4]=b'regf'
struct.pack_into('<IIQIIIIII',hd,4,1,1,0x01d0000000000000,1,3,0,1,32,4096)
struct.pack_into('<I',hd,44,1)
s=0
for i in range(0,508,4): s^=struct.unpack_from('<I',hd,i)[0]
struct.pack_into('<I',hd,508,s)
open('min.hive','wb').write(bytes(hd)+hbin+body)
