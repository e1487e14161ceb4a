"""The service ends, well or badly, while it works."""
import os
import signal
import time

import world
from guard import STATE, USAGE, Service, back, policy, serving, workers


def unsettled(people):
    """What is left of broken-off work: notes, files beside the person's own, and
    entries of a journal on the way."""
    out = os.listdir(STATE + "/mending") if os.path.exists(STATE + "/mending") else []
    for p in people:
        out += p.remains()
        out += [f"{p.name}: {e['status']}" for e in p.history() if e["status"] in ("intent", "undoing")]
    return out


def killed(people):
    """Killed at any moment while it puts back: its next start settles."""
    policy(USAGE)
    for p in people:
        p.forget()
    service = serving()
    broken = 0
    for n, p in enumerate(people):
        p.spoil()
        time.sleep(0.05 + 0.01 * n)
        service.end(signal.SIGKILL)
        world.until(lambda: not workers(), 10)
        broken += bool(unsettled([p]))
        service = Service()
        if back(p.good, 10) is None:
            world.check(False, f"{p.name}'s is put back after the next start", service.said())
        service.calm()
    world.check(True, f"killed {len(people)} times; {broken} times something was left then")
    world.same(unsettled(people), [], "and nothing is at the end")
    world.same(service.end(), 0, "it ends well")


def told(people):
    """Told to end at any moment: it ends soon and well, and leaves nothing."""
    for p in people:
        p.forget()
    slowest = 0
    for n, p in enumerate(people):
        service = serving() if n % 2 else Service()  # in the middle of the first look, too
        p.spoil()
        time.sleep(0.05 + 0.02 * n)
        begin = time.monotonic()
        code = service.end()
        slowest = max(slowest, time.monotonic() - begin)
        if code != 0 or workers() or "msg=stopped" not in service.said():
            world.check(False, f"it ends well, round {n}", f"code {code}, workers {workers()}\n{service.said()}")
    world.check(slowest < 3, f"told to end {len(people)} times; the slowest took {slowest:.1f} s")
    world.same(unsettled(people), [], "and nothing is left")
