"""What stops it and what does not: fights, undoing, waivers, policies."""
import os
import signal

import world
from guard import ENCRYPTION, POLICY, USAGE, back, policy, put, serving, soon, stays, status


def fights(p):
    """Three times, and the service killed in between."""
    policy(USAGE, ENCRYPTION)
    p.forget()
    service = serving()
    for n in range(1, 4):
        p.spoil()
        soon(f"fight {n}", back(p.good))
        service.calm()
        if n == 2:
            service.end(signal.SIGKILL)
            service = serving()
    p.spoil()
    world.check(service.says("left alone", USAGE, "user=" + p.name), "after three, the log says that it is left alone", service.said())
    world.check(stays(lambda: not p.good()), "and it is")
    world.same([o for o, c, u, _ in status()[0] if u == p.name], ["fought-over"], "status says it to root")
    code, out = p.ask("status")
    world.check(code == 1 and "somebody insists on another value" in out, "and to the person", out)
    code, out = world.run("root", world.HUDDLEGUARD, "apply", f"{USAGE}|linux:mumble:desktop:deb|{p.name}", "--yes")
    world.check(code == 0 and p.good(), "an administrator's apply changes it", f"{code} {out}")
    service.calm()
    p.spoil()
    soon("and it is held again", back(p.good))
    world.same(service.end(), 0, "it ends well")


def lifted(p):
    """A person's undo is refused, and their waiver lifts nothing."""
    p.forget()
    service = serving()
    p.spoil()
    soon("drift", back(p.good))
    service.calm()
    for words in (["undo", "--last", "--yes"], ["undo", "--all", "--yes"], ["undo", "--last", "--dry-run"]):
        code, out = p.ask(*words)
        world.check(code == 4 and "your organisation's policy enforces it" in out, " ".join(words) + " is refused", f"{code} {out}")
    world.check(p.good(), "and nothing was taken back")
    code, out = p.ask("waive", USAGE, "--reason", "I like it", "--until", "30d")
    world.same(code, 0, "a waiver is taken down")
    p.spoil()
    soon("it is put back all the same", back(p.good))
    world.same(service.end(), 0, "it ends well")


def policies(p):
    """What becomes of it when the policy does."""
    p.forget()
    service = serving()

    def drifts(what, held):
        p.forget()
        p.spoil()
        if held:
            soon(what, back(p.good))
        else:
            world.check(stays(lambda: not p.good()), what)
        service.calm()

    put(POLICY, "mode: advise\nrules:\n  mumble/telemetry/usage-statistics: {mode: enfroce}\n")
    world.check(service.says("policy.yaml:3", seconds=2), "a policy that does not parse: the log names file and line", service.said())
    drifts("the last one that did is held", True)
    policy(USAGE)
    os.chmod(POLICY, 0o600)
    service.calm()
    drifts("a policy that only root can read is held", True)
    os.chmod(POLICY, 0o666)
    world.check(service.says("ignored", "policy.yaml", seconds=2), "a policy that others can write: the log says that it is ignored", service.said())
    service.calm()
    drifts("it is not held", False)
    os.chmod(POLICY, 0o644)
    soon("root's alone again: what drifted is put back", back(p.good), 2000)
    os.chown(POLICY, p.uid, p.uid)
    world.check(service.says("ignored", "policy.yaml", seconds=2, times=2), "a policy of a person's: ignored too", service.said())
    service.calm()
    drifts("it is not held", False)
    policy(USAGE, mode="advise")
    service.calm()
    world.check(stays(lambda: not p.good()), "one that only advises holds nothing")
    policy(USAGE)
    soon("and one that enforces again does", back(p.good), 2000)
    os.remove(POLICY)
    service.calm()
    drifts("without a policy nothing is held", False)
    put("/etc/huddleguard/policy.d/10-hold.yaml", f"rules:\n  {USAGE}: {{mode: enforce}}\n")
    soon("a new drop-in counts", back(p.good), 2000)
    os.remove("/etc/huddleguard/policy.d/10-hold.yaml")
    os.rmdir("/etc/huddleguard/policy.d")
    policy(USAGE, ENCRYPTION)
    world.same(service.end(), 0, "it ends well")
