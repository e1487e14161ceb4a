// Package running matches what runs on a host to the copies that were found:
// whether each runs, whether it is in a call, and how it was started.
package running

import (
	"path"
	"slices"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// Read sets Running and InCall of every copy and records how it was started.
// In the files of a machine that does not run, nothing does.
func Read(l *look.Look) {
	if !l.Set.Scope.Live {
		for _, c := range l.Copies {
			c.Running, c.InCall = fact.No, fact.No
		}
		return
	}
	processes, err := l.Processes()
	if err != nil {
		l.Unreadable("", "", "the list of processes", err)
	}
	if processes == nil {
		return
	}
	for _, c := range l.Copies {
		readCopy(l, c, processes)
	}
}

func readCopy(l *look.Look, c *look.Copy, processes []system.Process) {
	own := matching(l, c, processes)
	c.Running = fact.No
	for _, p := range own {
		c.Running, c.Runs = fact.Yes, append(c.Runs, fact.Run{PID: p.PID, User: p.User})
	}
	c.InCall = inCall(l, own)
	if c.Page.Electron {
		l.Add(switches(c, own))
	}
}

// inCall is no while nothing runs and yes while a capture device is held. A
// client that runs and holds none is unknown: the media server may hold the
// device for it.
func inCall(l *look.Look, own []system.Process) fact.Tri {
	if len(own) == 0 {
		return fact.No
	}
	for _, p := range own {
		if devices, err := l.System.Devices(l.Ctx, p.PID); err == nil && len(devices) > 0 {
			return fact.Yes
		}
	}
	return fact.Unknown
}

// matching are the processes of a copy: their program is one of its programs,
// lies in its folder, or has one of its names where the path cannot be known.
func matching(l *look.Look, c *look.Copy, processes []system.Process) []system.Process {
	programs := programsOf(l, c)
	var out []system.Process
	for _, p := range processes {
		if c.Home != nil && p.User != "" && p.User != c.User {
			continue
		}
		if matches(l, c, programs, p) {
			out = append(out, p)
		}
	}
	return out
}

// programsOf are the copy's program files as full paths.
func programsOf(l *look.Look, c *look.Copy) []string {
	var out []string
	for _, t := range c.Install.Programs {
		for _, loc := range l.Expand(t, c) {
			out = append(out, loc.Show)
		}
	}
	return out
}

func matches(l *look.Look, c *look.Copy, programs []string, p system.Process) bool {
	exe := p.Exe
	name := p.Name
	same := func(a, b string) bool { return a == b }
	if l.OnWindows() {
		exe = strings.ReplaceAll(exe, `\`, "/")
		name = strings.TrimSuffix(strings.ToLower(name), ".exe")
		same = strings.EqualFold
	}
	if exe != "" {
		return slices.ContainsFunc(programs, func(q string) bool { return same(q, exe) }) || inside(c, exe)
	}
	return slices.ContainsFunc(programs, func(q string) bool {
		return same(strings.TrimSuffix(path.Base(q), ".exe"), name)
	}) || slices.ContainsFunc(c.Install.Processes, func(q string) bool { return same(q, name) })
}

func inside(c *look.Copy, exe string) bool {
	dir := c.Dir
	if c.Home != nil && dir != "" {
		dir = path.Join(c.Home.Home, dir)
	}
	if c.Packaging == fact.Snap {
		dir = path.Dir(dir) // it runs from its revision, which "current" leads to
	}
	return len(dir) > 1 && strings.HasPrefix(strings.ToLower(exe), strings.ToLower(dir)+"/")
}

// Dangerous are switches of Chromium and Electron that take protection away.
// A value behind "=" follows some of them.
var Dangerous = []string{
	"--remote-debugging-port", "--remote-debugging-pipe", "--inspect", "--inspect-brk",
	"--no-sandbox", "--disable-setuid-sandbox", "--disable-namespace-sandbox", "--disable-gpu-sandbox",
	"--disable-web-security", "--ignore-certificate-errors", "--load-extension", "--allow-running-insecure-content",
}

// FindSwitches lists the dangerous switches among arguments, without their
// values: arguments can hold meeting passwords.
func FindSwitches(args []string) []string {
	var found []string
	for _, a := range args {
		name, _, _ := strings.Cut(a, "=")
		if slices.Contains(Dangerous, name) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}

// switches is the fact of how a copy was started. Where it does not run there
// is nothing to see; where the arguments cannot be read it is not known.
func switches(c *look.Copy, own []system.Process) fact.Fact {
	f := c.About(fact.Exposure, "debug-switch")
	f.State, f.Where = fact.Absent, "running processes"
	for _, p := range own {
		if found := FindSwitches(p.Args); len(found) > 0 {
			f.State, f.Value, f.Subject = fact.Present, found, strings.Join(found, " ")
			return f
		}
		if p.Args == nil {
			f.State, f.Why = fact.Hidden, "the arguments of a running process cannot be read"
		}
	}
	return f
}
