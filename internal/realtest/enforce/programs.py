"""Programs that run, and calls."""
import os
import signal
import subprocess
import threading
import time

import phones
import setup
import world
from guard import ENCRYPTION, USAGE, back, content, policy, serving, soon, stays, status
from world import HOME

MUMBLE, LINPHONE = HOME + "/.config/Mumble/Mumble.conf", HOME + "/.config/linphone/linphonerc"


def sed(words, file):
    world.must("ann", "sed", "-i", words, file)


def waits_for(name, check):
    """Whether status shows that a change of ann's waits for a program, and nothing else."""
    mine = [(outcome, f"for {name} to be closed" in text) for outcome, c, user, text in status()[0] if (c, user) == (check, "ann")]
    return world.same(mine, [("waiting", True)], f"status: {check} waits for {name}")


def running():
    """What is written while the program runs waits for its end."""
    policy(USAGE, ENCRYPTION)
    setup.phone_files()
    service = serving()
    world.check("usage=false" in content(MUMBLE) and "media_encryption=zrtp" in content(LINPHONE), "both phones' settings were changed")
    program = phones.mumble()
    sed("s/^usage=false/usage=true/", MUMBLE)
    world.check(service.says("waiting", USAGE, "user=ann", "Mumble"), "the log says that it waits", service.said())
    waits_for("Mumble", USAGE)
    world.check(stays(lambda: "usage=true" in content(MUMBLE)), "the file is left alone meanwhile")
    program.process.send_signal(signal.SIGKILL)  # it writes nothing more
    program.process.wait(30)
    soon("put back after the end of Mumble", back(lambda: "usage=false" in content(MUMBLE)))
    program = phones.linphone()  # which writes what it has read again and again
    sed("s/^media_encryption=.*/media_encryption=none/", LINPHONE)
    time.sleep(1)
    program.process.terminate()
    program.process.wait(30)
    soon("good after the end of Linphone, whoever wrote it", back(lambda: "media_encryption=zrtp" in content(LINPHONE)))
    world.must("ann", "rm", "-r", HOME + "/.local/state/huddleguard")  # and what was fought over
    world.same(service.end(), 0, "it ends well")


def insists():
    """Mumble keeps what it has read, and writes its file at its own end, without what
    it would do by itself. That is a fight, and after three it is left alone."""
    for n in range(1, 5):
        service = serving()
        soon_good = back(lambda: "usage=false" in content(MUMBLE))
        world.check(soon_good is not None, f"fight {n}: it is good before")
        service.end()
        sed("s/^usage=false/usage=true/", MUMBLE)
        program = phones.mumble()
        service = serving()
        waits_for("Mumble", USAGE)
        closing = threading.Thread(target=program.close)
        closing.start()
        while not program.ended():
            time.sleep(0.001)
        took = back(lambda: "usage=false" in content(MUMBLE), seconds=3)
        closing.join()
        if n < 4:
            soon(f"fight {n}: put back after the end of Mumble", took)
        service.end()
    world.same(took, None, "after three, it is left alone")
    service = serving()
    world.check(service.says("left alone", USAGE, "user=ann"), "the log says so", service.said())
    mine = [outcome for outcome, c, user, _ in status()[0] if (c, user) == (USAGE, "ann")]
    world.same(mine, ["fought-over"], "and status")
    world.same(service.end(), 0, "it ends well")


def zoom():
    """A package with Zoom's name, whose program sleeps with what it was given open."""
    for folder in ("DEBIAN", "opt/zoom"):
        os.makedirs("/tmp/zoom/" + folder, mode=0o755)
    with open("/tmp/zoom/DEBIAN/control", "w") as f:
        f.write("Package: zoom\nVersion: 6.7.2.6498\nArchitecture: amd64\nDescription: a test\n"
                "Maintainer: Zoom Linux Team <https://support.zoom.us>\n")
    world.must("root", "cp", "/bin/sleep", "/tmp/zoom/opt/zoom/zoom")
    world.must("root", "chmod", "-R", "u=rwX,go=rX", "/tmp/zoom")
    world.must("root", "dpkg-deb", "--root-owner-group", "--build", "/tmp/zoom", "/tmp/zoom.deb")
    world.must("root", "dpkg", "-i", "/tmp/zoom.deb")


def call(person):
    """Nothing is written while a client of anybody's holds the camera, nor for the
    grace of three seconds after."""
    zoom()
    policy(USAGE, ENCRYPTION)
    service = serving()
    person.forget()
    camera = os.open("/dev/video0", os.O_RDONLY)
    client = subprocess.Popen(["/opt/zoom/zoom", "300"], user=world.UID, group=world.UID, extra_groups=[], pass_fds=[camera], **world.QUIET)
    os.close(camera)
    time.sleep(1)
    person.spoil()
    world.check(service.says("waiting", USAGE, "user=" + person.name, "call of Zoom"), "the log says that it waits for the call", service.said())
    world.check(stays(lambda: not person.good(), 3), "the file is left alone meanwhile")
    text = [text for outcome, c, user, text in status()[0] if (outcome, c, user) == ("waiting", USAGE, person.name)]
    world.check(len(text) == 1 and "for the call in Zoom to end" in text[0], "status says so", text)
    client.kill()
    client.wait()
    took = back(person.good)
    soon("put back after the end of the call and its grace of 3 s", took, 4000)
    world.check(took is not None and took > 2500, "and not before")
    world.same(service.end(), 0, "it ends well")
    world.must("root", "dpkg", "-P", "zoom")
