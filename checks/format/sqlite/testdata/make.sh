#!/bin/sh
# Remakes base.db, and base.db-wal with a committed change that was not moved
# into the database: the program that wrote it is killed (Debian: sqlite3).
set -eu
cd "$(dirname "$0")"
rm -f base.db base.db-wal base.db-shm
sqlite3 base.db "PRAGMA page_size=1024; PRAGMA journal_mode=WAL; CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'old'); CREATE VIEW v AS SELECT * FROM t;" >/dev/null
mkfifo /tmp/huddleguard-wal.$$
sqlite3 base.db </tmp/huddleguard-wal.$$ &
exec 3>/tmp/huddleguard-wal.$$
echo "PRAGMA wal_autocheckpoint=0; UPDATE t SET b='new'; INSERT INTO t VALUES (2, 'two');" >&3
sleep 1
kill -9 $!
exec 3>&-
rm -f /tmp/huddleguard-wal.$$ base.db-shm
