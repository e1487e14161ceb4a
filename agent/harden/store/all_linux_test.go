package store

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/edit"
)

func TestForPerson(t *testing.T) {
	home := t.TempDir()
	s, err := ForPerson(home, os.Geteuid(), filepath.Join(home, "state"))
	must(t, err)
	defer s.Close()
	for _, kind := range []string{"ini", "keyfile", "json", "yaml", "plist", "flatpak", "mode", "quarantine", "portal", "mozperms"} {
		if s.Kinds[kind] == nil {
			t.Errorf("there is no %s among %v", kind, slices.Sorted(maps.Keys(s.Kinds)))
		}
	}
	if s.Home == "" {
		t.Error("nothing says which home it is")
	}
	if _, err := ForPerson(filepath.Join(home, "gone"), os.Geteuid(), home); err == nil {
		t.Error("a home that is not there has stores")
	}
}

func TestForMachine(t *testing.T) {
	s, err := ForMachine(t.TempDir())
	must(t, err)
	defer s.Close()
	now, err := s.Kinds["mode"].Read(ctx, fact.At{Store: "mode", Path: "/etc/passwd"})
	if err != nil || string(now.Raw) != "0644" {
		t.Errorf("got %v, %v", now, err)
	}
	if s.Home != "" || s.Kinds["portal"] != nil || s.Kinds["mozperms"] != nil {
		t.Error("the machine has a home, or a session")
	}
	if s.Kinds["snapd"] == nil {
		t.Error("the machine has no snapd")
	}
}

// newMachine is a folder that stands for "/".
func newMachine(t *testing.T) (dir string, g ground) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: the machine's files are root's")
	}
	dir = t.TempDir()
	root, err := disk.Open(dir, 0)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	return dir, ground{root: root, dir: dir, uid: machineUID, machine: true}
}

// TestMachinePolicy: the folders of policies are made, and all of it goes again.
func TestMachinePolicy(t *testing.T) {
	hardentest.Suite(t, func(t *testing.T) hardentest.Case {
		dir, g := newMachine(t)
		must(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
		format, _ := edit.For("json")
		p := person{t, dir, filepath.Join(dir, "etc/chromium/policies/managed/huddleguard.json"), &Files{g, format},
			fact.At{Store: "json", Path: filepath.Join(dir, "etc/chromium/policies/managed/huddleguard.json"), Key: "AudioCaptureAllowed"}}
		return p.hardenCase(place{store: "json", want: set(false), already: gone, other: "true"})
	})
	dir, g := newMachine(t)
	format, _ := edit.For("json")
	file := filepath.Join(dir, "etc/chromium/policies/managed/huddleguard.json")
	p := person{t, dir, file, &Files{g, format}, fact.At{Store: "json", Path: file, Key: "AudioCaptureAllowed"}}
	must(t, p.Do(ctx, p.at, p.prepare(set(false))))
	for name, want := range map[string]fs.FileMode{file: 0o644, filepath.Dir(file): fs.ModeDir | 0o755, filepath.Join(dir, "etc"): fs.ModeDir | 0o755} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s is %v, %v", name, info.Mode(), err)
		}
	}
}

// TestMachineGround: of the machine only what nobody but root can turn into
// something else.
func TestMachineGround(t *testing.T) {
	dir, g := newMachine(t)
	for _, name := range []string{"etc/client", "open/client", "shared/client", "theirs/client"} {
		must(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name, "settings"), []byte("[ui]\nusage=true\n"), 0o644))
	}
	must(t, os.Chmod(filepath.Join(dir, "open"), 0o777))
	must(t, os.Chmod(filepath.Join(dir, "shared"), 0o775)) // a group's, one of whose people could give another file its name
	must(t, os.Chown(filepath.Join(dir, "theirs"), 4321, 4321))
	must(t, os.Symlink("etc", filepath.Join(dir, "link")))
	format, _ := edit.For("ini")
	s := &Files{g, format}
	for name, want := range map[string]error{
		"etc/client/settings": nil, "open/client/settings": errOpen, "shared/client/settings": errOpen, "theirs/client/settings": errOpen, "link/client/settings": errLink, "etc/gone/settings": errNoHome,
	} {
		at := fact.At{Store: "ini", Path: filepath.Join(dir, name), Section: "ui", Key: "usage"}
		now, err := s.Read(ctx, at)
		if err == nil {
			_, err = s.Prepare(ctx, at, now, set(false))
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
