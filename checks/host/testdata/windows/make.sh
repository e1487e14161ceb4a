#!/bin/sh
# Remakes the hives of a Windows volume with real tools: an empty hive of
# ../../../format/regf/testdata/minimal.py, filled by hivexregedit from the
# .reg files beside it (Debian: libwin-hivex-perl).
set -eu
cd "$(dirname "$0")"
python3 ../../../format/regf/testdata/minimal.py
for name in SOFTWARE SYSTEM NTUSER.DAT UsrClass.dat; do
  cp min.hive "$name"
  hivexregedit --merge "$name" "$name.reg"
done
rm min.hive
