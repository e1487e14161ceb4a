package exposure

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
)

// readSandbox says for each client built on a browser engine whether the
// engine can build its sandbox: with user namespaces, or with a setuid helper.
// flatpak and snap build their own around it.
func readSandbox(l *look.Look) {
	for _, c := range l.Copies {
		if !c.Page.Electron || c.Packaging == fact.Flatpak || c.Packaging == fact.Snap || c.Packaging.InBrowser() {
			continue
		}
		f := c.About(fact.Exposure, "sandbox")
		f.State, f.Where = fact.Absent, "user namespaces"
		allowed, err := userNamespaces(l)
		switch {
		case hasHelper(l, c):
			f.Where = "chrome-sandbox"
		case err != nil:
			f.State, f.Why = fact.Hidden, look.Why(err)
		case !allowed:
			f.State, f.Subject = fact.Present, "user namespaces are switched off and chrome-sandbox is not setuid"
		}
		l.Add(f)
	}
}

// hasHelper says whether the copy's sandbox helper is setuid root.
func hasHelper(l *look.Look, c *look.Copy) bool {
	for _, t := range c.Install.Setuid {
		for _, loc := range l.Locate(t, c) {
			info, err := loc.Tree.Lstat(loc.Name)
			if path.Base(loc.Name) == "chrome-sandbox" && err == nil && info.UID == 0 && info.Mode&fs.ModeSetuid != 0 {
				return true
			}
		}
	}
	return false
}

// userNamespaces says whether ordinary accounts may make user namespaces:
// Debian's switch, the kernel's own bound, and Ubuntu's (23.10) restriction.
func userNamespaces(l *look.Look) (bool, error) {
	if !l.Set.Scope.Live {
		return false, errors.New("the machine does not run, so its switches cannot be read")
	}
	for _, sw := range []struct {
		name string
		off  func(int) bool
	}{
		{"/proc/sys/kernel/unprivileged_userns_clone", func(v int) bool { return v == 0 }},
		{"/proc/sys/user/max_user_namespaces", func(v int) bool { return v == 0 }},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", func(v int) bool { return v == 1 }},
	} {
		v, err := readSwitch(l, sw.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		if sw.off(v) {
			return false, nil
		}
	}
	return true, nil
}

// readSwitch reads a number from /proc, whose files say they are empty.
func readSwitch(l *look.Look, name string) (int, error) {
	f, err := l.System.Machine().Open(name, 1<<10)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, 32)
	n, err := f.Read(buf)
	if n == 0 && err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(buf[:n])))
}
