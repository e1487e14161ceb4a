#!/bin/sh
# Remakes one database in three forms, with a package named zoom. rpm itself
# writes the SQLite form (Debian: rpm; its build has no other). The package's
# header goes from there into a Berkeley DB by db5.3_load (db5.3-util), and
# into the ndb form by forms.py, after rpm's lib/backend/ndb/rpmpkg.c.
set -eu
cd "$(dirname "$0")"
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cat >"$t/zoom.spec" <<'SPEC'
Name: zoom
Version: 6.7.2.6498
Release: 1
Epoch: 2
Summary: a test
License: none
Vendor: Zoom Communications, Inc.
BuildArch: x86_64
%description
a test
%files
SPEC
rpmbuild -bb --define "_topdir $t" "$t/zoom.spec" >/dev/null 2>&1
rpm --dbpath "$t/db" --initdb
rpm --dbpath "$t/db" --nodeps --noscripts --justdb -i "$t"/RPMS/x86_64/zoom-*.rpm 2>/dev/null
python3 - "$t/db/rpmdb.sqlite" "$t/small.sqlite" <<'PY'
import sqlite3, sys
# Only the table of packages, so that the fixture stays small.
a, b = sqlite3.connect(sys.argv[1]), sqlite3.connect(sys.argv[2])
b.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
b.executemany("INSERT INTO Packages VALUES (?, ?)", a.execute("SELECT hnum, blob FROM Packages").fetchall())
b.commit()
PY
cp "$t/small.sqlite" rpmdb.sqlite
python3 forms.py rpmdb.sqlite Packages.db "$t/dump"
rm -f Packages
db5.3_load -f "$t/dump" Packages
