"""Runs Chromium and asks it what it goes by, over the debugging pipe."""
import json
import os
import select
import time

from world import QUIET, start

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--ignore-certificate-errors", "--host-resolver-rules=MAP * 127.0.0.1", "--remote-debugging-pipe"]


class Chromium:
    """A running browser with one page open. It is closed as a person closes it."""

    def __init__(self, url="about:blank"):
        to_read, self.to = os.pipe()
        self.frm, to_write = os.pipe()
        # The browser reads from 3 and writes to 4; the shell puts them there.
        self.process = start("ann", "bash", "-c", 'exec 3<&"$1" 4>&"$2"; shift 2; exec chromium "$@"', "chromium",
                             str(to_read), str(to_write), *FLAGS, url, pass_fds=(to_read, to_write), **QUIET)
        os.close(to_read)
        os.close(to_write)
        self.number, self.rest = 0, b""
        self.session = None
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            answer = self.receive(end)
            if answer and answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
        raise RuntimeError(f"{method}: no answer")

    def receive(self, end):
        while b"\0" not in self.rest:
            if not select.select([self.frm], [], [], max(0, end - time.monotonic()))[0]:
                return None
            data = os.read(self.frm, 1 << 16)
            if not data:
                raise RuntimeError("the browser has ended")
            self.rest += data
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def open(self, url):
        self.call("Page.enable")
        self.call("Page.navigate", url=url)
        for _ in range(50):
            if self.ask("document.readyState") == "complete" and self.ask("location.href").startswith(url):
                return
            time.sleep(0.2)
        raise RuntimeError(f"{url} did not open")

    def ask(self, script):
        """Evaluates a script in the page; a promise is waited for."""
        got = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{script}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def allow(self, site, *words):
        """Lets a site use something for good, as the page of settings does."""
        self.open("chrome://settings/content/siteDetails?site=" + site)
        for word in words:
            self.ask(f"chrome.send('setOriginPermissions', ['{site}', '{word}', 'allow'])")
        self.ask("new Promise(done => setTimeout(done, 500))")

    def policies(self):
        """All that the page of policies shows."""
        self.open("chrome://policy/")
        self.ask("new Promise(done => setTimeout(done, 500))")
        return self.ask("""(function text(node) {
            if (node.nodeType === Node.TEXT_NODE) return node.textContent.trim() + "\\n";
            return [...node.childNodes, ...(node.shadowRoot ? [node.shadowRoot] : [])].map(text).join("");
        })(document.body)""")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
        except RuntimeError:
            pass  # it may be gone before it answers
        self.process.wait(30)
        os.close(self.to)
        os.close(self.frm)
