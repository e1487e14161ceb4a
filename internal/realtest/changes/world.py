"""The throw-away machine: its people, huddleguard itself, and how everything in
a folder is compared, whoever wrote it."""
import errno
import json
import os
import stat
import struct
import subprocess
import time

HUDDLEGUARD = "/opt/test/huddleguard"
HOME = "/home/ann"
UID = 1000
BUS = "/run/user/1000/bus"
SCREEN = ":7"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENTS = {
    "root": {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"},
    "ann": {"PATH": PATH, "HOME": HOME, "USER": "ann", "LOGNAME": "ann", "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": "/run/user/1000",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=" + BUS, "DISPLAY": SCREEN},
}
# Our own journals are no part of what is compared.
OURS = (HOME + "/.local/state/huddleguard", "/var/lib/huddleguard")
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

wrong = 0
notrun = []  # what this host does not allow


def check(good, what, but=""):
    """Prints what was seen, and counts what was not as it should be."""
    global wrong
    if good:
        print("ok   ", what, flush=True)
    else:
        wrong += 1
        print("WRONG", what, flush=True)
        for line in str(but).splitlines():
            print("     ", line, flush=True)
    return good


def missed(what):
    """Says once what could not be looked at here."""
    if what not in notrun:
        notrun.append(what)
        print("NOT RUN:", what, flush=True)


def same(have, want, what):
    return check(have == want, what, f"have {have!r}\nwant {want!r}")


def start(who, *command, **how):
    """Starts a program as somebody."""
    if who == "ann":
        how |= {"user": UID, "group": UID, "extra_groups": [UID], "cwd": HOME, "start_new_session": True}
    return subprocess.Popen(command, env=ENVIRONMENTS[who], **how)


def run(who, *command):
    """Runs a command as somebody without a terminal; gives its code and all it says."""
    p = start(who, *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = p.communicate(timeout=120)[0].decode(errors="replace")
    return p.returncode, out


def must(who, *command):
    code, out = run(who, *command)
    if code != 0:
        raise RuntimeError(f"{command} ended with {code}: {out}")
    return out


def ask(who, *words):
    """Has huddleguard apply or undo something: its code, and what became of each
    change as "outcome check"."""
    p = start(who, HUDDLEGUARD, *words, "--yes", "--format", "json", stdin=subprocess.DEVNULL,
              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = p.communicate(timeout=120)
    try:
        answer = json.loads(out)
    except ValueError:
        return p.returncode, [], (out + err).decode(errors="replace")
    outcomes = sorted(c["outcome"] + " " + c["check"] for c in answer["changes"])
    said = "\n".join(c["text"] for c in answer["changes"] + answer.get("left", []))
    return p.returncode, outcomes, said


def expect(outcome, who, checks, *words, code=0, says=""):
    """Has huddleguard do something of which all changes must come to one outcome."""
    have, outcomes, said = ask(who, *words)
    want = sorted(outcome + " " + c for c in checks)
    shown = " ".join(w.split("|")[0] for w in words)
    return check(have == code and outcomes == want and says in said, f"{shown}, by {who}: {outcome}",
                 f"code {have}, wanted {code}\nhave {outcomes}\nwant {want}\nsaid {said}, wanted {says!r} in it")


def tree(*roots):
    """Everything below some folders: bytes, type, mode, owner, attributes. Times
    are nobody's promise."""
    found = {}
    for root in roots:
        found[root] = one(root)
        for folder, folders, files in os.walk(root):
            folders[:] = [d for d in folders if os.path.join(folder, d) not in OURS]
            for name in folders + files:
                path = os.path.join(folder, name)
                found[path] = one(path)
    return found


def one(path):
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return None
    content = None
    if stat.S_ISREG(info.st_mode):
        with open(path, "rb") as f:
            content = f.read()
    elif stat.S_ISLNK(info.st_mode):
        content = os.readlink(path)
    attributes = {}
    if not stat.S_ISLNK(info.st_mode):
        attributes = {a: os.getxattr(path, a) for a in os.listxattr(path)}
    return content, oct(info.st_mode), info.st_uid, info.st_gid, info.st_nlink if stat.S_ISREG(info.st_mode) else 0, attributes


def differences(before, after):
    """What is not the same in two trees, by name; never the content."""
    out = []
    for path in sorted(before.keys() | after.keys()):
        a, b = before.get(path), after.get(path)
        if a == b:
            continue
        words = ("bytes", "mode", "owner", "group", "links", "attributes")
        out.append(path + ": " + ("new" if a is None else "gone" if b is None else
                                  ", ".join(w for w, x, y in zip(words, a, b) if x != y)))
    return out


def unusual(path, mode):
    """Gives a file a mode, an attribute and an access list that no program here
    would give it, so that one that loses them is seen."""
    os.chmod(path, mode)
    try:
        os.setxattr(path, "user.origin", b"ann's own")
    except OSError as e:  # a tmpfs takes them since Linux 6.6
        if e.errno != errno.EOPNOTSUPP:
            raise
        missed("user attributes of files: this kernel's tmpfs takes none; access lists are looked at")
    entries = ((0x01, mode >> 6 & 7, -1), (0x02, 4, 4321), (0x04, 0, -1), (0x10, mode >> 3 & 7, -1), (0x20, mode & 7, -1))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", tag, rights, who) for tag, rights, who in entries)
    os.setxattr(path, "system.posix_acl_access", acl)


def until(done, seconds):
    """Waits for something; says whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.1)
    return done()
