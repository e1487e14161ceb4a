#!/bin/sh
# Remakes the hive: an empty one from minimal.py, filled by hivexregedit
# (Debian: libwin-hivex-perl).
set -eu
cd "$(dirname "$0")"
python3 minimal.py
mv min.hive software.hive
hivexregedit --merge software.hive software.reg
