"""Reads what programs keep, entry by entry, with readers that have nothing to do
with huddleguard's own."""
import configparser
import json
import os
import shutil
import sqlite3
import tempfile

from world import must


def ini(path):
    """The entries of a settings file or a key file: (section, key) to value."""
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"), default_section="\0", allow_no_value=True)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return {(s, k): v for s in parser.sections() for k, v in parser.items(s)}


def tree(path):
    """The entries of a JSON file: the keys on the way to value."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        return dict(flat(json.load(f)))


def flat(value, way=()):
    if isinstance(value, dict):
        for key in value:
            yield from flat(value[key], way + (key,))
    else:
        yield way, json.dumps(value)


def rows(path):
    """The rows of every table of a database, how the tables are made, and its own
    version. It is read from a copy: looking leaves nothing beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for end in ("", "-wal"):
            if os.path.exists(path + end):
                shutil.copy(path + end, folder + "/db" + end)
        db = sqlite3.connect(folder + "/db")
        out = {("made", name): sql for name, sql in db.execute("SELECT name, sql FROM sqlite_master")}
        for pragma in ("user_version", "page_size", "encoding", "auto_vacuum", "journal_mode"):
            out["pragma", pragma] = db.execute("PRAGMA " + pragma).fetchone()[0]
        if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise RuntimeError(path + " is damaged")
        for _, table in [k for k in out if k[0] == "made"]:
            if not out["made", table] or not out["made", table].upper().startswith("CREATE TABLE"):
                continue
            for row in db.execute(f'SELECT * FROM "{table}"'):
                out[table, row[0]] = row
        db.close()
        return out


def portal():
    """What the permission store says on the bus: (table, id, application) to the
    rest. The store keeps the id of a grant that was taken away, for nobody, as it
    does after flatpak permission-remove; that grants nothing and is left out."""
    out = {}
    for line in must("ann", "flatpak", "permissions").splitlines():
        table, id, application, permissions, data = line.split("\t")
        if application:
            out[table, id, application] = permissions, data
    return out
