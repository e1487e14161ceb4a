"""Runs Mumble and Linphone on a screen of their own, as a person does."""
import os
import socket
import threading

import windows
from world import QUIET, SCREEN, start, until


class Program:
    """A program with windows."""

    def __init__(self, title, *command):
        self.process = start("ann", *command, **QUIET)
        if not windows.wait_for(SCREEN, title, 60):
            raise RuntimeError(f"{command[0]} shows no window {title!r} but {windows.names(SCREEN)}")

    def ended(self):
        return self.process.poll() is not None

    def close(self):
        """Closes its windows, the newest first, until the program has ended by itself."""
        for _ in range(40):
            for name in reversed(windows.names(SCREEN)):
                if not name.startswith("Qt Selection Owner") and windows.close(SCREEN, name):
                    break
            if until(self.ended, 0.5):
                return
        self.process.kill()
        raise RuntimeError(f"it does not end; its windows are {windows.names(SCREEN)}")

    def end(self, written):
        """Ends a program that stays when its windows are closed, as the end of the
        session does, once it has written its file."""
        if not until(written, 60):
            raise RuntimeError("it does not write its file")
        self.process.terminate()
        self.process.wait(30)


def identity(file):
    """Which file this is, and when it was written."""
    try:
        info = os.stat(file)
    except FileNotFoundError:
        return None
    return info.st_ino, info.st_mtime_ns


def mumble():
    return Program("Mumble -- ", "mumble")


def linphone(*words):
    return Program("Linphone", "linphone", *words)


class Callee:
    """Somebody who can be called, and is always busy. The offer says how the call
    would have been encrypted."""

    def __init__(self, address, port=5099):
        self.url = f"sip:bob@{address}:{port}"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.offer = ""
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                data, caller = self.socket.recvfrom(1 << 16)
            except OSError:
                return
            text = data.decode(errors="replace")
            if not text.startswith("INVITE "):
                continue
            self.offer = text
            copied = [line for line in text.split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
            copied = [line + ";tag=busy" if line.startswith("To:") else line for line in copied]
            answer = "\r\n".join(["SIP/2.0 486 Busy Here", *copied, "Content-Length: 0", "", ""])
            self.socket.sendto(answer.encode(), caller)

    def called(self):
        """Waits for a call, and says over what sound would be sent, and by which
        line of the offer it would be encrypted."""
        if not until(lambda: self.offer, 60):
            raise RuntimeError("nobody called")
        lines = self.offer.split("\r\n")
        self.offer = ""
        sound = next(line for line in lines if line.startswith("m=audio"))
        ways = [way for way in ("crypto", "zrtp-hash", "fingerprint") if any(line.startswith(f"a={way}:") for line in lines)]
        return sound.split()[2], ways

    def close(self):
        self.socket.close()
