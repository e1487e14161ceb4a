"""Makes a person with a session, and lets each program run for the first time."""
import os
import shutil
import subprocess
import tempfile

import phones
from chromium import Chromium
from firefox import Firefox
from world import BUS, HOME, QUIET, SCREEN, UID, must, run, start, until

MEET = "https://meet.google.com"


def everything():
    session()
    phone_files()
    sites()
    flatpak()


def session():
    """A person, their bus with the portal's store on it, a screen, and a server
    that is every site there is."""
    with open("/etc/resolv.conf", "w") as f:
        f.write("nameserver 127.0.0.1\n")  # nobody is there, which is known at once
    if run("root", "id", "ann")[0]:
        must("root", "useradd", "--create-home", "--uid", str(UID), "ann")
    for folder, mode in ((os.path.dirname(BUS), 0o700), ("/run/dbus", 0o755), ("/tmp/.X11-unix", 0o1777)):
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, mode)
    os.chown(os.path.dirname(BUS), UID, UID)
    must("root", "mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")  # the sandbox of a flatpak wants it
    must("root", "dbus-daemon", "--system", "--fork")
    must("ann", "dbus-daemon", "--session", "--fork", "--address=unix:path=" + BUS)
    start("ann", "/usr/libexec/xdg-permission-store", **QUIET)
    must("ann", "flatpak", "permission-set", "devices", "speakers", "org.other.App", "yes")  # so that the store's files are there
    must("ann", "mkdir", "-p", HOME + "/.local/state")
    start("ann", "Xvfb", SCREEN, "-screen", "0", "1024x768x24", **QUIET)
    start("root", "/opt/test/serve-meet", "443", **QUIET)
    if not until(lambda: os.path.exists("/tmp/.X11-unix/X7"), 20):
        raise RuntimeError("there is no screen")


def phone_files():
    """Mumble and Linphone write their files."""
    phones.mumble().close()
    file = HOME + "/.config/linphone/linphonerc"
    phones.linphone().end(lambda: "media_encryption=" in content(file))


def content(file):
    try:
        with open(file) as f:
            return f.read()
    except FileNotFoundError:
        return ""


def sites():
    """Both browsers let a meeting site use camera and microphone for good, as a
    person has them do. What Firefox is told here is for the server above, and
    that it leaves its settings as a person has them."""
    browser = Chromium()
    browser.allow(MEET, "media-stream-camera", "media-stream-mic")
    browser.allow("https://shop.example", "media-stream-camera")
    browser.close()
    with open("/etc/firefox-esr/test.js", "w") as f:
        f.write("""pref("network.dns.forceResolve", "127.0.0.1");
pref("network.stricttransportsecurity.preloadlist", false);
pref("security.cert_pinning.enforcement_level", 0);
pref("media.navigator.streams.fake", true);
pref("remote.prefs.recommended", false);
""")
    browser = Firefox()
    browser.allow(MEET, "camera", "microphone")
    browser.allow("https://shop.example", "camera")
    browser.close()


def flatpak():
    """An application with Zoom's id that says what it can see, in a runtime that
    is a shell, built and installed without a network."""
    os.makedirs("/dev", exist_ok=True)
    with open("/dev/video0", "w"):  # a camera's name is what counts
        os.chmod("/dev/video0", 0o666)
    with open(HOME + "/kept.txt", "w") as f:
        f.write("ann's\n")
    os.chown(HOME + "/kept.txt", UID, UID)
    folder = tempfile.mkdtemp()
    os.chown(folder, UID, UID)
    done = start("ann", "bash", "/opt/test/changes/flatpak", folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = done.communicate(timeout=120)[0].decode()
    if done.returncode:
        raise RuntimeError("building a flatpak: " + out)
    shutil.rmtree(folder)
