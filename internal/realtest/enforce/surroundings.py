"""Homes that cannot be worked in, people who hold their worker, and what is
written down of it all."""
import ctypes
import os
import shutil
import signal
import stat
import time

import world
from guard import LOG, USAGE, Person, as_person, back, content, policy, serving, soon, stays, status, workers, write


def homes():
    """A home nobody can enter, one of an account that is in no file, and one on a
    file system that never answers."""
    policy(USAGE)
    closed, unknown, served = Person("closed", 1200), Person("unknown", 70000, listed=False), Person("served", 1201)
    service = serving()
    for p in (closed, unknown):
        p.forget()
    closed.spoil()
    os.chmod(closed.home, 0)
    unknown.spoil()
    mounted = serves(served)
    time.sleep(1)
    service.calm()
    world.check(service.says("unknown", "not in /etc/passwd"), "an account that no file knows is said", service.said())
    world.check(service.says("closed", "permission denied"), "a home that its owner cannot enter is said", service.said())
    lines = service.said().splitlines()
    policy(USAGE)  # another look
    time.sleep(0.3)
    service.calm()
    again = [line for line in service.said().splitlines()[len(lines):] if "put back" not in line]
    world.same(again, [], "each once")
    if mounted:
        unseen = status()[1]
        world.check((USAGE, "served") in unseen, "a home that a program serves could not be looked at, and status says so", unseen)
        umount(served.home)
    os.chmod(closed.home, 0o755)
    soon("a home that can be entered again", back(closed.good), 1000)
    world.check(not unknown.good(), "what nobody can put back is left alone")
    world.same(service.end(), 0, "it ends well")
    shutil.rmtree(unknown.home)


LIBC = ctypes.CDLL(None, use_errno=True)


def serves(p):
    """Mounts a file system over a home that its owner serves, and never answers."""
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError:
        world.missed("a home on a file system that a program serves: this host has no /dev/fuse")
        return False
    os.set_inheritable(fd, False)
    options = f"fd={fd},rootmode=40000,user_id={p.uid},group_id={p.uid}".encode()
    if LIBC.mount(b"served", p.home.encode(), b"fuse", 0, options) != 0:
        world.missed("a home on a file system that a program serves: " + os.strerror(ctypes.get_errno()))
        return False
    return True


def umount(path):
    LIBC.umount2(path.encode(), 2)


def held(bent, other):
    """A person stops their own worker; nobody else waits for that."""
    policy(USAGE)
    for p in (bent, other):
        p.forget()
    service = serving()
    bent.spoil()
    stopped = []
    end = time.monotonic() + 5
    while not stopped and time.monotonic() < end:
        for pid, ids in workers().items():
            if ids == {bent.uid}:
                try:
                    as_person(bent.uid, lambda: os.kill(pid, signal.SIGSTOP))
                    stopped.append(pid)
                except OSError:
                    pass
    world.check(len(stopped) == 1, "a worker was stopped by its person", stopped)
    time.sleep(3)
    other.spoil()
    soon("another's file meanwhile", back(other.good))
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    soon("their own, when it goes on", back(bent.good), 2000)
    world.same(service.end(), 0, "it ends well")


def links(p):
    """A folder that comes later, a file that is a link, and a folder that leads out
    of the home."""
    policy(USAGE)
    p.forget()
    service = serving()
    folder, aside = p.home + "/.config/Mumble", p.home + "/dotfiles"
    text = content(p.mumble)
    as_person(p.uid, lambda: shutil.rmtree(folder))
    service.calm()
    as_person(p.uid, lambda: (os.mkdir(folder), write(p.mumble, text.replace("usage=false", "usage=true"))))
    soon("a folder made anew", back(p.good))
    service.calm()
    as_person(p.uid, lambda: (os.mkdir(aside), os.rename(p.mumble, aside + "/m"), os.symlink("../../dotfiles/m", p.mumble)))
    service.calm()
    p.forget()
    p.spoil()  # in the other folder
    soon("a file that is a link", back(p.good))
    world.check(os.path.islink(p.mumble), "and still is")
    service.calm()
    before = content("/etc/passwd"), stat.S_IMODE(os.stat("/etc").st_mode)
    as_person(p.uid, lambda: (os.rename(folder, folder + "2"), os.symlink("/etc", folder)))
    time.sleep(1)
    service.calm()
    world.same((content("/etc/passwd"), stat.S_IMODE(os.stat("/etc").st_mode), os.path.exists("/etc/Mumble.conf")), before + (False,),
               "a folder that leads to /etc changes nothing there")
    world.check(service.says("cannot be looked at", "user=" + p.name), "and is said", service.said())
    as_person(p.uid, lambda: (os.remove(folder), os.rename(folder + "2", folder)))
    world.same(service.end(), 0, "it ends well")


def log(people):
    """No line of the log holds a value, and each is one line."""
    said = content(LOG)
    world.check("secret-of-a-test" not in said and "usage=" not in said and "srtp" not in said, "no value stands in the log")
    odd = [line for line in said.splitlines() if not line.startswith("time=")]
    world.same(odd, [], "every line is one of the log's")
