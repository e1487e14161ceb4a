package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
	"huddleguard/internal/accounttest"
)

func newModes(t *testing.T) (dir string, m *Modes) {
	t.Helper()
	dir = t.TempDir()
	root, err := disk.Open(dir, os.Geteuid())
	must(t, err)
	t.Cleanup(func() { root.Close() })
	return dir, &Modes{ground{root: root, dir: dir, uid: os.Geteuid()}}
}

func TestModes(t *testing.T) {
	accounttest.Each(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			folder  bool
			mode    fs.FileMode
			want    string
			already string
		}{
			"secrets":  {false, 0o644, "o-rwx", "ug-s"},
			"writable": {false, 0o666, "o-w", "ug-s"},
			"folder":   {true, fs.ModeSetgid | 0o777, "o-w", "u-s"},
			"setuid":   {false, fs.ModeSetuid | 0o755, "ug-s", "o-w"},
			"closed":   {false, 0o002, "a-w", "u-rwx"},
		} {
			t.Run(name, func(t *testing.T) {
				hardentest.Suite(t, func(t *testing.T) hardentest.Case {
					dir, m := newModes(t)
					p := filepath.Join(dir, "item")
					if c.folder {
						must(t, os.Mkdir(p, 0o700))
					} else {
						must(t, os.WriteFile(p, []byte(canary), 0o600))
					}
					must(t, os.Chmod(p, c.mode))
					return hardentest.Case{
						Store: m, At: fact.At{Store: "mode", Path: p}, Want: set(c.want), Already: set(c.already),
						// The content of a file that is closed can be read by root only.
						Snapshot: func() string {
							info, err := os.Lstat(p)
							must(t, err)
							return info.Mode().String()
						},
						Overwrite: func() { must(t, os.Chmod(p, 0o711)) },
					}
				})
			})
		}
	})
}

// TestTaken: what chmod's words take away.
func TestTaken(t *testing.T) {
	now := plan.Standing{Present: true, Raw: []byte("7777")}
	for words, want := range map[string]string{
		"o-w": "7775", "o-rwx": "7770", "ug-s": "1777", "g-s": "5777", "u-s,g-s,o-t": "0777", "a-x": "7666", "go-w,o-r": "7751", "o-s": "7777",
		"": "", "o+w": "", "0600": "", "-w": "", "o-": "", "o-w,": "", "o-w+r": "", "o-W": "",
	} {
		step, err := (&Modes{}).Prepare(ctx, fact.At{}, now, set(words))
		if got := string(step.Written.Raw); got != want || (err != nil) != (want == "") {
			t.Errorf("%q gives %q, %v, want %q", words, got, err, want)
		}
	}
	for _, want := range []fact.Held{gone, set(7), {}} {
		if _, err := (&Modes{}).Prepare(ctx, fact.At{}, now, want); !errors.Is(err, errWords) {
			t.Errorf("%v: %v", want, err)
		}
	}
	if _, err := (&Modes{}).Prepare(ctx, fact.At{}, plan.Standing{}, set("o-w")); !errors.Is(err, errAbsent) {
		t.Errorf("where nothing is: %v", err)
	}
}

// TestModesKinds: links and everything that is neither file nor folder are left
// alone.
func TestModesKinds(t *testing.T) {
	dir, m := newModes(t)
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o666))
	must(t, os.Symlink("file", filepath.Join(dir, "link")))
	must(t, os.Link(filepath.Join(dir, "file"), filepath.Join(dir, "second")))
	at := func(name string) fact.At { return fact.At{Store: "mode", Path: filepath.Join(dir, name)} }
	if _, err := m.Read(ctx, at("link")); !errors.Is(err, errKind) {
		t.Errorf("a link: %v", err)
	}
	if now, err := m.Read(ctx, at("nothing")); err != nil || now.Present {
		t.Errorf("nothing: %v, %v", now, err)
	}
	step := plan.Step{Prior: plan.Standing{Present: true, Raw: []byte("0644")}, Written: plan.Standing{Present: true, Raw: []byte("0640")}}
	for _, name := range []string{"link", "second"} { // what a second name leads to can be anybody's
		if err := m.Do(ctx, at(name), step); err == nil {
			t.Errorf("%s: its mode was changed", name)
		}
	}
	if os.Geteuid() == 0 {
		must(t, os.WriteFile(filepath.Join(dir, "theirs"), nil, 0o666))
		must(t, os.Chown(filepath.Join(dir, "theirs"), 4321, 4321))
		if _, err := m.Read(ctx, at("theirs")); !errors.Is(err, errForeign) {
			t.Errorf("another's file: %v", err)
		}
	}
}
