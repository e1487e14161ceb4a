"""The service, its policy and its log, and the people of the throw-away machine."""
import json
import os
import shutil
import signal
import subprocess
import time

import world

POLICY = "/etc/huddleguard/policy.yaml"
LOG = "/tmp/service.log"
STATE = "/var/lib/huddleguard"
USAGE, ENCRYPTION = "mumble/telemetry/usage-statistics", "linphone/terminal/media-encryption"
SECRETS, DEVICES = "linphone/exposure/secrets-readable", "zoom/permission/devices-all"
ADDRESSES = "meet/privacy/network-addresses"


def policy(*rules, mode="enforce", more=""):
    """Has the administrator enforce some checks."""
    lines = ["mode: advise", "profile: strict", "call: {dwell: 500ms, grace: 3s}", *more.splitlines()]
    lines += ["rules:"] + [f"  {r}: {{mode: {mode}}}" for r in rules]
    put(POLICY, "\n".join(lines) + "\n")


def put(path, text):
    """Writes a file in one step, as an administrator's tools do."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path + ".new", "w") as f:
        f.write(text)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


class Service:
    """The service as it runs in the foreground."""

    def __init__(self):
        self.begin = os.path.getsize(LOG) if os.path.exists(LOG) else 0
        with open(LOG, "a") as log:
            self.process = world.start("root", world.HUDDLEGUARD, "service", "run", stdin=subprocess.DEVNULL, stderr=log)

    def said(self):
        """What it has said since it began."""
        with open(LOG) as f:
            f.seek(self.begin)
            return f.read()

    def says(self, *words, seconds=5, times=1):
        """Whether a line with all these words comes, so many times."""
        return world.until(lambda: sum(all(w in line for w in words) for line in self.said().splitlines()) >= times, seconds)

    def cpu(self):
        """The milliseconds it has worked."""
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass  # a thread that started a worker ends with it
        return total / 1e6

    def ticks(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))

    def memory(self):
        """Its memory in kB: resident, and the anonymous part of that."""
        with open(f"/proc/{self.process.pid}/status") as f:
            status = dict(line.split(":", 1) for line in f)
        return int(status["VmRSS"].split()[0]), int(status["RssAnon"].split()[0])

    def watches(self):
        """How many folders and files it watches for drift."""
        most = 0
        for fd in os.listdir(f"/proc/{self.process.pid}/fdinfo"):
            with open(f"/proc/{self.process.pid}/fdinfo/{fd}") as f:
                most = max(most, f.read().count("inotify wd:"))
        return most

    def calm(self, seconds=30):
        """Waits until it sleeps: it has no worker, and has not worked for a moment."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            before = self.cpu()
            time.sleep(0.25)
            if not workers() and self.cpu() == before:
                return
        raise RuntimeError("the service does not come to rest: " + self.said()[-2000:])

    def end(self, sig=signal.SIGTERM):
        """Ends it; says with which code."""
        self.process.send_signal(sig)
        return self.process.wait(60)


def serving():
    service = Service()
    service.calm()
    return service


def workers():
    """The workers that run, each by whose rights it has."""
    out = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
            if words[:2] == [world.HUDDLEGUARD.encode(), b"worker"]:
                with open(f"/proc/{pid}/status") as f:
                    ids = [line.split()[1:] for line in f if line.startswith("Uid:")][0]
                out[int(pid)] = {int(i) for i in ids}
        except OSError:
            pass  # it has ended
    return out


def status(who="root"):
    """What huddleguard status says: outcome, check and person of each, and what
    could not be looked at."""
    p = world.start(who, world.HUDDLEGUARD, "status", "--format", "json", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = p.communicate(timeout=60)
    try:
        answer = json.loads(out)
    except ValueError:
        raise RuntimeError(f"status ended with {p.returncode}: {(out + err).decode(errors='replace')}")
    return [(c["outcome"], c["check"], c["user"], c["text"]) for c in answer["changes"]], [(u["check"], u.get("user", "")) for u in answer["unseen"]]


class Person:
    """Somebody with an account and a home, who has used both phones."""

    def __init__(self, name, uid, listed=True):
        self.name, self.uid, self.home = name, uid, "/home/" + name
        if listed:
            for path, line in (("/etc/passwd", f"{name}:x:{uid}:{uid}::{self.home}:/bin/sh"), ("/etc/group", f"{name}:x:{uid}:")):
                with open(path, "a") as f:
                    f.write(line + "\n")
        self.mumble = self.home + "/.config/Mumble/Mumble.conf"
        self.linphone = self.home + "/.config/linphone/linphonerc"
        self.secrets = self.home + "/.local/share/linphone"
        self.override = self.home + "/.local/share/flatpak/overrides/us.zoom.Zoom"
        world.ENVIRONMENTS[name] = world.ENVIRONMENTS["root"] | {"HOME": self.home, "USER": name, "LOGNAME": name}
        for folder in (self.home, self.home + "/.config/Mumble", self.home + "/.config/linphone", self.secrets):
            os.makedirs(folder, exist_ok=True)
        write(self.mumble, "[General]\ntoken=secret-of-a-test\n[ui]\nusage=false\nlanguage=en\n")
        write(self.linphone, "[sip]\nmedia_encryption=srtp\nregister_only_when_network_is_up=1\n")
        write(self.secrets + "/linphone.db", "x")
        for folder, folders, files in os.walk(self.home):
            for name in [folder] + [os.path.join(folder, n) for n in folders + files]:
                os.lchown(name, uid, uid)
        os.chmod(self.home, 0o755)
        for folder in (".local", ".local/share"):
            os.chmod(f"{self.home}/{folder}", 0o755)
        os.chmod(self.secrets, 0o700)

    def run(self, *command):
        """Runs a command as the person, who is in no session; its code and all it says."""
        p = subprocess.Popen(command, user=self.uid, group=self.uid, extra_groups=[], cwd="/", env=world.ENVIRONMENTS[self.name], start_new_session=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out = p.communicate(timeout=120)[0].decode(errors="replace")
        return p.returncode, out

    def ask(self, *words):
        return self.run(world.HUDDLEGUARD, *words)

    def write(self, path, text):
        """Writes over a file in place, with the person's id."""
        as_person(self.uid, lambda: write(path, text))

    def replace(self, path, text):
        """Writes another file and renames it over the first."""
        as_person(self.uid, lambda: (write(path + ".theirs", text), os.rename(path + ".theirs", path)))

    def spoil(self):
        self.write(self.mumble, content(self.mumble).replace("usage=false", "usage=true"))

    def good(self):
        return "usage=false" in content(self.mumble)

    def history(self):
        code, out = self.ask("history", "--format", "json")
        if code != 0 or not out.startswith("{"):
            raise RuntimeError(f"history ended with {code}: {out}")
        return json.loads(out)["entries"]

    def forget(self):
        """Takes the person's journal away, and so what was fought over."""
        shutil.rmtree(self.home + "/.local/state", ignore_errors=True)

    def remains(self):
        """What huddleguard left of itself in the home."""
        return [os.path.join(f, n) for f, _, names in os.walk(self.home) for n in names if n.startswith(".huddleguard-")]


def as_person(uid, do):
    """Does something on files with a person's rights."""
    if os.geteuid() == uid:
        return do()
    os.setegid(uid)
    os.seteuid(uid)
    try:
        return do()
    finally:
        os.seteuid(0)
        os.setegid(0)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def content(path):
    with open(path) as f:
        return f.read()


def back(good, seconds=5):
    """The milliseconds until something is good again; none where it never is."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if good():
            return round((time.monotonic() - begin) * 1000)
        time.sleep(0.002)
    return None


def soon(what, took, limit=1000):
    """Looks whether something was put back in time, and says how long it took."""
    shown = "never" if took is None else f"{took} ms"
    return world.check(took is not None and took <= limit, f"{what}: {shown}", f"wanted: within {limit} ms")


def stays(bad, seconds=2):
    """Whether something is left alone for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not bad():
            return False
        time.sleep(0.01)
    return True
