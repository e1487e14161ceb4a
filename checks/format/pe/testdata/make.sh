#!/bin/sh
# Remakes the programs: plain.exe with a version resource (mingw's gcc and
# windres), signed.exe and tampered.exe from it (osslsigncode, a certificate
# of its own making). Debian: gcc-mingw-w64-x86-64-win32 osslsigncode openssl.
set -eu
cd "$(dirname "$0")"
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cat >"$t/v.rc" <<'RC'
1 VERSIONINFO
FILEVERSION 5,0,2,24046
PRODUCTVERSION 5,0,2,0
BEGIN
  BLOCK "StringFileInfo" BEGIN BLOCK "040904b0" BEGIN
    VALUE "CompanyName", "Zoom Video Communications, Inc."
    VALUE "FileVersion", "5.0.2 (24046.0510)"
  END END
  BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x409, 1200 END
END
RC
printf 'void start(void){}\n' >"$t/m.c"
x86_64-w64-mingw32-windres "$t/v.rc" "$t/v.o"
x86_64-w64-mingw32-gcc -nostdlib -s -Wl,-e,start -o plain.exe "$t/m.c" "$t/v.o"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$t/k.pem" -out "$t/c.pem" -days 36500 \
  -subj "/O=Test Company, Inc./CN=Test Company Signing" -addext extendedKeyUsage=codeSigning 2>/dev/null
osslsigncode sign -h sha256 -certs "$t/c.pem" -key "$t/k.pem" -in plain.exe -out signed.exe >/dev/null
cp signed.exe tampered.exe
printf 'X' | dd of=tampered.exe bs=1 seek=600 conv=notrunc 2>/dev/null
