"""What is changed, how each program shows that it heeds it, and what stands
there before and after. All of it was written by hand from what was seen."""
import glob
import json
import os

import entries
import phones
import world
from chromium import Chromium
from firefox import Firefox
from world import HOME, must

MEET = "https://meet.google.com"


class Case:
    """One or more changes at places that one program keeps."""

    checks = []  # of each change
    words = None  # what is asked for; without it, the checks
    who = "ann"  # whose it is
    roots = [HOME]  # below these nothing may be left over
    database = None  # a file that is the same while its rows are
    waits = ""  # what is said while the program runs; empty where nothing waits
    prior, wanted, other = {}, {}, {}  # our entries: before, changed, and as somebody else changes them
    before, after = None, None  # what the program shows
    lives = True  # the programs are started; else the bytes alone are looked at
    untouched = []  # the checks whose places supersede leaves alone
    back = []  # and our entries there

    def asked(self):
        return self.words or list(dict.fromkeys(self.checks))

    def ready(self):
        """Brings about the state that the change starts from."""

    def spoil(self):
        """Leaves the program something to write anew."""

    def rewrite(self):
        """Somebody else than the program writes to the same place."""

    def value(self):
        """Our entries as they are."""
        have = self.all()
        return {k: have[k] for k in self.wanted | self.prior if k in have}

    def rest(self):
        """All other entries of the same places."""
        return {k: v for k, v in self.all().items() if k not in self.wanted and k not in self.prior}


class Mumble(Case):
    """Mumble 1.3.4 writes its file as it ends, and leaves out what is as it would
    be by itself: it drops usage=true, and keeps usage=false. (That it asks for
    usage-report.mumble.info ten minutes after its start, and with usage=false
    does not, was seen by hand on 2026-11-26; nobody waits for that here.)"""

    checks = ["mumble/telemetry/usage-statistics"]
    waits = "It waits for Mumble to be closed."
    file = HOME + "/.config/Mumble/Mumble.conf"
    key = ("ui", "usage")
    prior, wanted, other = {}, {key: "false"}, {}
    before, after = None, "false"

    def ready(self):
        world.unusual(self.file, 0o640)

    def all(self):
        return entries.ini(self.file)

    def spoil(self):
        must("ann", "sed", "-i", "/^version=/d", self.file)

    def see(self, meanwhile=lambda: None):
        program = phones.mumble()
        meanwhile()
        program.close()
        return self.all().get(self.key)

    def supersede(self):
        """A person switches the statistics on again, and Mumble drops the line."""
        must("ann", "sed", "-i", "s/^usage=false$/usage=true/", self.file)
        self.see()


class Linphone(Case):
    """Linphone 4.4.10 shows in the offer of a call how it would encrypt it."""

    checks = ["linphone/terminal/media-encryption"]
    waits = "It waits for Linphone to be closed."
    file = HOME + "/.config/linphone/linphonerc"
    key = ("sip", "media_encryption")
    prior, wanted, other = {key: "none"}, {key: "zrtp"}, {key: "srtp"}
    before, after = ("RTP/AVP", []), ("RTP/AVP", ["zrtp-hash"])

    def __init__(self, address):
        self.callee = phones.Callee(address)

    def ready(self):
        world.unusual(self.file, 0o600)

    def all(self):
        return entries.ini(self.file)

    def spoil(self):
        must("ann", "sed", "-i", "/^rc_version=/d; /^uuid=/d", self.file)

    def see(self, meanwhile=lambda: None):
        self.spoil()
        self.callee.offer = ""
        was = phones.identity(self.file)
        program = phones.linphone("--call", self.callee.url)
        shown = self.callee.called()
        meanwhile()
        program.end(lambda: phones.identity(self.file) != was)
        return shown

    def supersede(self):
        must("ann", "sed", "-i", "s/^media_encryption=.*/media_encryption=srtp/", self.file)


def exception(word):
    return ("profile", "content_settings", "exceptions", word, MEET + ":443,*")


def granted(where):
    """The findings about a site in one browser."""
    return [f"meet/permission/site-{what}||ann|{MEET} in {where}" for what in ("camera", "microphone")]


class ChromiumSites(Case):
    """What a page may do is asked in the page itself."""

    checks = ["meet/permission/site-camera", "meet/permission/site-microphone"]
    words = granted("Chromium, profile Default")
    untouched, back = ["meet/permission/site-microphone"], [exception("media_stream_mic")]
    waits = "It waits for Chromium to be closed."
    file = HOME + "/.config/chromium/Default/Preferences"
    before, after = ["granted", "granted"], ["prompt", "prompt"]

    def all(self):
        """A grant is one entry: the browser writes when it was given with it."""
        found = entries.tree(self.file)
        own = {k for k in found if k[:5] in (exception("media_stream_camera"), exception("media_stream_mic"))}
        out = {k: v for k, v in found.items() if k not in own}
        for k in own:
            out.setdefault(k[:5], {})[k[5:]] = found[k]
        return out

    def ready(self):
        """What was granted stands as the browser wrote it."""
        world.unusual(self.file, 0o640)
        keys = [exception("media_stream_camera"), exception("media_stream_mic")]
        have = self.all()
        self.prior = {k: have[k] for k in keys}
        self.wanted = {}

    def see(self, meanwhile=lambda: None):
        browser = Chromium()
        browser.open(MEET + "/")
        shown = [browser.ask(f"navigator.permissions.query({{name: '{name}'}}).then(p => p.state)") for name in ("camera", "microphone")]
        meanwhile()
        browser.close()
        return shown

    def supersede(self):
        """The person lets the site use the camera again."""
        browser = Chromium()
        browser.allow(MEET, "media-stream-camera")
        browser.close()


class FirefoxSites(Case):
    """What a page may do is asked in the page itself."""

    checks = ["meet/permission/site-camera", "meet/permission/site-microphone"]
    untouched = ["meet/permission/site-microphone"]
    waits = "It waits for Firefox to be closed."
    before, after = ["granted", "granted"], ["prompt", "prompt"]

    def __init__(self):
        self.database, = glob.glob(HOME + "/.config/mozilla/firefox/*/permissions.sqlite")
        self.words = granted("Firefox, profile " + os.path.basename(os.path.dirname(self.database)))
        self.visits = 0

    def all(self):
        return entries.rows(self.database)

    def ready(self):
        world.unusual(self.database, 0o640)
        self.prior = {k: v for k, v in self.all().items() if k[0] == "moz_perms" and v[1] == MEET and v[2] in ("camera", "microphone")}
        self.wanted, self.back = {}, [k for k, v in self.prior.items() if v[2] == "microphone"]

    def see(self, meanwhile=lambda: None):
        browser = Firefox()
        browser.open(MEET + "/")
        shown = [browser.ask(f"{{ return (await navigator.permissions.query({{name: '{name}'}})).state }}") for name in ("camera", "microphone")]
        self.visits += 1
        browser.allow(f"https://other{self.visits}.example", "geo")  # a row of somebody else's
        meanwhile()
        browser.close()
        return shown

    def supersede(self):
        browser = Firefox()
        browser.allow(MEET, "camera")
        browser.close()


OVERRIDE = HOME + "/.local/share/flatpak/overrides/us.zoom.Zoom"


class Flatpak(Case):
    """The application says itself which devices and files it can see."""

    checks = ["zoom/permission/devices-all", "zoom/permission/home-files"]
    untouched, back = ["zoom/permission/home-files"], [("Context", "filesystems")]
    file = OVERRIDE
    prior, wanted = {}, {("Context", "devices"): "!all;", ("Context", "filesystems"): "!home;"}
    before, after = {"devices=all", "filesystems=home", "camera", "file"}, set()

    def ready(self):
        self.runs = world.run("ann", "bwrap", "--unshare-user", "--ro-bind", "/", "/", "true")[0] == 0
        if not self.runs:
            world.missed("the flatpak itself: this host lets a person build no sandbox; flatpak's own word is looked at")
            self.before = {"devices=all", "filesystems=home"}

    def all(self):
        return entries.ini(self.file)

    def see(self, meanwhile=lambda: None):
        shown = set()
        for line in must("ann", "flatpak", "info", "--show-permissions", "us.zoom.Zoom").splitlines():
            key, _, items = line.partition("=")
            shown |= {key + "=" + item for item in items.split(";")} & {"devices=all", "filesystems=home"}
        said = must("ann", "flatpak", "run", "us.zoom.Zoom") if self.runs else ""
        shown |= {word for word, path in (("camera", "/dev/video0"), ("file", HOME + "/kept.txt")) if path in said}
        meanwhile()
        return shown

    def rewrite(self):
        """Flatpak itself writes the same file."""
        must("ann", "flatpak", "override", "--user", "--nosocket=pulseaudio", "us.zoom.Zoom")

    def supersede(self):
        must("ann", "flatpak", "override", "--user", "--device=all", "us.zoom.Zoom")


class Portal(Case):
    """A camera grant that outlived its application, in the store itself."""

    checks = ["zoom/permission/leftover"]
    key = ("devices", "camera", "us.zoom.Zoom")
    prior, wanted = {key: ("yes", "0x00")}, {}
    database = HOME + "/.local/share/flatpak/db/devices"
    before, after = True, False

    def ready(self):
        must("ann", "flatpak", "--user", "uninstall", "-y", "--noninteractive", "us.zoom.Zoom")
        must("ann", "flatpak", "permission-set", "devices", "camera", "us.zoom.Zoom", "yes")

    def all(self):
        return entries.portal()

    def see(self, meanwhile=lambda: None):
        return self.key in self.all()

    def rewrite(self):
        must("ann", "flatpak", "permission-set", "devices", "microphone", "org.other.App", "yes")
        must("ann", "flatpak", "permission-set", "devices", "camera", "org.other.App", "no")

    def supersede(self):
        must("ann", "flatpak", "permission-set", "devices", "camera", "us.zoom.Zoom", "no")


ADDRESSES = """(async () => {
    const call = new RTCPeerConnection(), found = new Set();
    call.createDataChannel("x");
    const done = new Promise(done => call.onicecandidate = e => e.candidate && e.candidate.candidate ? found.add(e.candidate.address) : done());
    await call.setLocalDescription(await call.createOffer());
    await done;
    return [...found].sort();
})()"""


class Policies(Case):
    """The machine's policies for both browsers. Which addresses the other side of
    a call would be told is asked in a page that may use the microphone."""

    checks = ["meet/privacy/network-addresses", "meet/privacy/network-addresses", "meet/telemetry/browser-usage"]
    words = ["--profile", "strict", "meet/privacy/network-addresses", "meet/telemetry/browser-usage"]
    who = "root"
    roots = ["/etc", HOME]
    chromium = "/etc/chromium/policies/managed/huddleguard.json"
    firefox = "/etc/firefox/policies/policies.json"
    prior = {}
    wanted = {
        ("chromium", "WebRtcIPHandling"): '"default_public_interface_only"',
        ("firefox", "policies", "DisableTelemetry"): "true",
        ("firefox", "policies", "Preferences", "media.peerconnection.ice.default_address_only"): "true",
    }

    def __init__(self, default, others):
        self.before = {"chromium": others, "firefox": others, "firefox sends": ["health", "usage"], "policy": False}
        self.after = {"chromium": [], "firefox": [default], "firefox sends": [], "policy": True}

    def all(self):
        out = {("chromium",) + k: v for k, v in entries.tree(self.chromium).items()}
        return out | {("firefox",) + k: v for k, v in entries.tree(self.firefox).items()}

    def see(self, meanwhile=lambda: None):
        shown = {}
        browser = Chromium()
        browser.open(MEET + "/")
        shown["chromium"] = browser.ask(ADDRESSES)
        shown["policy"] = "default_public_interface_only" in browser.policies()
        meanwhile()
        browser.close()
        browser = Firefox()
        browser.open(MEET + "/")
        # Only a page that records is told all addresses.
        shown["firefox"] = browser.ask("{ await navigator.mediaDevices.getUserMedia({audio: true}); return await " + ADDRESSES + "}")
        shown["firefox sends"] = browser.ask("""{
            const names = {health: "datareporting.policy.dataSubmissionEnabled", usage: "datareporting.usage.uploadEnabled"};
            return Object.keys(names).filter(n => Services.prefs.getBoolPref(names[n]) || !Services.prefs.prefIsLocked(names[n]));
        }""", "chrome")
        browser.close()
        return shown

    def rewrite(self):
        """An administrator adds something of their own."""
        with open(self.firefox) as f:
            policies = json.load(f)
        policies["policies"]["DisablePocket"] = True
        policies["policies"]["Preferences"]["browser.tabs.warnOnClose"] = False
        with open(self.firefox, "w") as f:
            json.dump(policies, f, indent=1)

    def supersede(self):
        os.remove(self.chromium)
        with open(self.firefox) as f:
            text = f.read()
        with open(self.firefox, "w") as f:
            f.write(text.replace("true", "false"))


class FlatpakBefore(Flatpak):
    """The same, where the person has overrides of their own."""

    lives = False
    prior = {("Context", "filesystems"): "xdg-pictures;"}
    wanted = {("Context", "devices"): "!all;", ("Context", "filesystems"): "xdg-pictures;!home;"}

    def ready(self):
        if os.path.exists(self.file):
            os.remove(self.file)
        must("ann", "flatpak", "override", "--user", "--filesystem=xdg-pictures", "--socket=pcsc", "us.zoom.Zoom")
        world.unusual(self.file, 0o644)


class PoliciesBefore(Policies):
    """The same, where the organisation has policies of its own, in its own hand."""

    lives = False

    def ready(self):
        with open(self.firefox, "w", newline="") as f:
            f.write('{\r\n\t"policies" : {"DisablePocket":true,\r\n\t\t"Preferences": { }\r\n\t}}')
        world.unusual(self.firefox, 0o644)
