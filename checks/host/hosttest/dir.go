package hosttest

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/system"
)

// Dir lays a recorded host out as a folder for system.Offline, with the files
// the header stands for: accounts, the release, the name. What no folder can
// hold, such as processes, is left out. A test that needs rights it does not
// have, or a registry or portal store that only exists as text, is skipped.
func Dir(t testing.TB, s system.System) string {
	t.Helper()
	r, ok := s.(*recorded)
	if !ok {
		t.Fatalf("a %T is no recorded host", s)
	}
	for name := range r.sections {
		if strings.HasSuffix(name, ".reg") || strings.HasPrefix(name, "portal-") {
			t.Skipf("%s is text, and nothing here writes it as the file it stands for", name)
		}
	}
	for name, text := range r.marks() {
		if _, err := r.existing(name); err != nil {
			if err := r.write(name, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	lay(t, r.root, r.root.uid, dir)
	if os.Geteuid() == 0 && hides(r.root) {
		loseRights(t, dir)
	}
	return dir
}

// marks are the files that say what the header says.
func (r *recorded) marks() map[string]string {
	switch r.OS {
	case fact.Windows:
		return map[string]string{"/Windows/System32/config/SOFTWARE": ""}
	case fact.MacOS:
		return map[string]string{
			"/System/Library/CoreServices/SystemVersion.plist": dictionary(
				"<key>ProductVersion</key><string>" + r.OSVersion + "</string>"),
			"/Library/Preferences/SystemConfiguration/preferences.plist": dictionary(
				"<key>System</key><dict><key>System</key><dict><key>ComputerName</key><string>" + r.Name + "</string></dict></dict>"),
		}
	}
	var accounts strings.Builder
	for _, u := range r.users {
		fmt.Fprintf(&accounts, "%s:x:%s:%s::%s:/bin/sh\n", u.Name, u.ID, u.ID, u.Home)
	}
	return map[string]string{
		"/etc/passwd":     accounts.String(),
		"/etc/os-release": fmt.Sprintf("PRETTY_NAME=%q\n", r.OSVersion),
		"/etc/hostname":   r.Name + "\n",
	}
}

func dictionary(inner string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>` + inner + "</dict></plist>\n"
}

// hides says whether anything in a folder is unreadable.
func hides(n *node) bool {
	for _, c := range n.children {
		if hides(c) {
			return true
		}
	}
	return n.why != ""
}

// lay makes a node and what is in it.
func lay(t testing.TB, n *node, above int, file string) {
	t.Helper()
	var err error
	switch n.mode.Type() {
	case fs.ModeDir:
		if err = os.Mkdir(file, 0o755); os.IsExist(err) {
			err = nil
		}
		for _, name := range slices.Sorted(maps.Keys(n.children)) {
			lay(t, n.children[name], n.uid, filepath.Join(file, name))
		}
	case fs.ModeSymlink:
		err = os.Symlink(n.target, file)
	case 0:
		if err = os.WriteFile(file, n.data, 0o644); err == nil {
			err = os.Truncate(file, n.size)
		}
	default:
		special(t, n, file)
	}
	if err != nil {
		t.Fatal(err)
	}
	dress(t, n, above, file)
}

// dress gives a file its owner and mode.
func dress(t testing.TB, n *node, above int, file string) {
	t.Helper()
	if os.Geteuid() == 0 && n.uid >= 0 {
		if err := os.Lchown(file, n.uid, n.uid); err != nil {
			t.Fatal(err)
		}
	} else if n.uid != above && above >= 0 && !n.mode.IsDir() {
		t.Skip("giving a file to another account needs root")
	}
	mode := n.mode
	if n.why != "" {
		mode &= fs.ModeType
	}
	if n.mode&fs.ModeSymlink == 0 {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if n.why != "" {
			t.Cleanup(func() { os.Chmod(file, 0o755) })
		}
	}
}
