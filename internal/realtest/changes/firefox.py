"""Runs Firefox without a screen and asks it what it goes by, over Marionette."""
import json
import socket
import time

from world import QUIET, start

PORT = 2828


class Firefox:
    """A running browser with the person's own profile."""

    def __init__(self):
        self.process = start("ann", "firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", **QUIET)
        self.number = 0
        self.socket = self.connect()
        self.receive()  # its greeting
        self.call("WebDriver:NewSession", acceptInsecureCerts=True)

    def connect(self):
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", PORT), 60)
            except ConnectionRefusedError:
                time.sleep(0.2)
        raise RuntimeError("the browser does not listen")

    def receive(self):
        length = b""
        while not length.endswith(b":"):
            length += self.some(1)
        return json.loads(self.some(int(length[:-1])))

    def some(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise RuntimeError("the browser has ended")
            data += more
        return data

    def call(self, method, **params):
        self.number += 1
        data = json.dumps([0, self.number, method, params])
        self.socket.sendall(f"{len(data.encode())}:{data}".encode())
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{method}: {error}")
        return result

    def open(self, url):
        self.call("Marionette:SetContext", value="content")
        self.call("WebDriver:Navigate", url=url)

    def ask(self, script, within="content"):
        """Gives what a script resolves to, in the page or in the browser itself."""
        self.call("Marionette:SetContext", value=within)
        script = f"const done = arguments[arguments.length - 1]; (async () => {script})().then(done, e => done('error: ' + e))"
        return self.call("WebDriver:ExecuteAsyncScript", script=script, args=[])["value"]

    def allow(self, site, *words):
        """Lets a site use something for good, as the browser's own question does."""
        for word in words:
            self.ask(f"""{{ const site = Services.scriptSecurityManager.createContentPrincipalFromOrigin("{site}");
                Services.perms.addFromPrincipal(site, "{word}", Services.perms.ALLOW_ACTION); }}""", "chrome")

    def close(self):
        try:
            self.call("Marionette:Quit", flags=["eAttemptQuit"])
        except RuntimeError:
            pass  # it may be gone before it answers
        self.socket.close()
        self.process.wait(60)
