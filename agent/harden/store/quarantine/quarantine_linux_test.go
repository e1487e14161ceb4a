package quarantine

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
	"huddleguard/internal/accounttest"
)

var ctx = context.Background()

var away = fact.Held{State: fact.Absent, Whole: true}

// home is a home with a state folder in it.
type home struct {
	t        *testing.T
	dir, own string
	*Store
}

func newHome(t *testing.T) home {
	t.Helper()
	dir := t.TempDir()
	own := filepath.Join(dir, ".local/state/huddleguard")
	must(t, os.MkdirAll(own, 0o700))
	return home{t, dir, own, New(dir, os.Geteuid(), own)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h home) at(name string) fact.At {
	return fact.At{Store: "quarantine", Path: filepath.Join(h.dir, name)}
}

// file writes a file whose every right counts, whatever the umask.
func (h home) file(name, text string, mode os.FileMode) string {
	h.t.Helper()
	p := filepath.Join(h.dir, name)
	must(h.t, os.MkdirAll(filepath.Dir(p), 0o755))
	must(h.t, os.WriteFile(p, []byte(text), 0o600))
	must(h.t, os.Chmod(p, mode))
	return p
}

// opener fills a home with the leftover that Zoom's old web server was.
func (h home) opener() {
	h.file(".zoomus/ZoomOpener.app/Contents/MacOS/ZoomOpener", "#!/bin/sh\n", 0o755)
	h.file(".zoomus/ZoomOpener.app/Contents/MacOS/helper", "x", os.ModeSetuid|os.ModeSetgid|0o755)
	p := h.file(".zoomus/ZoomOpener.app/Contents/Info.plist", "<plist/>", 0o644)
	must(h.t, unix.Setxattr(p, "user.origin", []byte("https://zoom.us/?tok=S3CRET"), 0))
	must(h.t, os.Symlink("/etc/shadow", filepath.Join(h.dir, ".zoomus/ZoomOpener.app/link")))
	must(h.t, os.Symlink("nowhere\nelse", filepath.Join(h.dir, ".zoomus/ZoomOpener.app/line\nbreak")))
	must(h.t, syscall.Mkfifo(filepath.Join(h.dir, ".zoomus/ZoomOpener.app/fifo"), 0o666))
	must(h.t, os.Mkdir(filepath.Join(h.dir, ".zoomus/ZoomOpener.app/empty"), 0o700))
	must(h.t, os.Chmod(filepath.Join(h.dir, ".zoomus/ZoomOpener.app/empty"), os.ModeSetgid|os.ModeSticky|0o777))
}

// leftovers are the shapes of what is put away.
var leftovers = map[string]struct {
	name string
	make func(home)
}{
	"file":   {".local/share/applications/zoom.desktop", func(h home) { h.file(".local/share/applications/zoom.desktop", "[Desktop Entry]\n", 0o755) }},
	"plain":  {"Cookies", func(h home) { h.file("Cookies", "tok=S3CRET", 0o600) }},
	"folder": {".zoomus/ZoomOpener.app", home.opener},
	"link": {".config/autostart/zoom.desktop", func(h home) {
		must(h.t, os.MkdirAll(filepath.Join(h.dir, ".config/autostart"), 0o755))
		must(h.t, os.Symlink("/opt/zoom/gone.desktop", filepath.Join(h.dir, ".config/autostart/zoom.desktop")))
	}},
}

func TestSuite(t *testing.T) {
	accounttest.Each(t, func(t *testing.T) {
		for shape, left := range leftovers {
			t.Run(shape, func(t *testing.T) {
				hardentest.Suite(t, func(t *testing.T) hardentest.Case {
					h := newHome(t)
					left.make(h)
					h.file(filepath.Dir(left.name)+"/beside", "x", 0o777)
					return hardentest.Case{
						Store: h.Store, At: h.at(left.name), Want: away, Already: fact.Held{State: fact.Present},
						Snapshot:  func() string { return hardentest.Tree(h.dir) },
						Beside:    func() { h.file(filepath.Dir(left.name)+"/beside", "y", 0o600) },
						Others:    func() string { return hardentest.Tree(filepath.Join(h.dir, filepath.Dir(left.name), "beside")) },
						Overwrite: func() { h.overwrite(left.name) },
					}
				})
			})
		}
	})
}

// overwrite puts another thing where one was, or is not any more.
func (h home) overwrite(name string) {
	must(h.t, os.RemoveAll(filepath.Join(h.dir, name)))
	h.file(name, "another", 0o755)
}

func (h home) prepare(name string) plan.Step {
	h.t.Helper()
	now, err := h.Read(ctx, h.at(name))
	must(h.t, err)
	step, err := h.Prepare(ctx, h.at(name), now, away)
	must(h.t, err)
	return step
}

// TestQuarantined: what was put away lies in a folder of our own, cannot be
// started, and what a link leads to is as it was.
func TestQuarantined(t *testing.T) {
	h := newHome(t)
	h.opener()
	shadow := hardentest.Tree("/etc/shadow")
	step := h.prepare(".zoomus/ZoomOpener.app")
	must(t, h.Do(ctx, h.at(".zoomus/ZoomOpener.app"), step))
	var u undoing
	must(t, json.Unmarshal(step.Undo, &u))
	if info, err := os.Stat(filepath.Join(h.own, "quarantine")); err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("the quarantine folder: %v, %v", info.Mode(), err)
	}
	item := filepath.Join(h.own, "quarantine", u.ID)
	for name, want := range map[string]os.FileMode{
		"Contents/MacOS/ZoomOpener": 0o644, "Contents/MacOS/helper": 0o644, "Contents/Info.plist": 0o644,
		"link": os.ModeSymlink | 0o777, "fifo": os.ModeNamedPipe | 0o666,
	} {
		if info, err := os.Lstat(filepath.Join(item, name)); err != nil || info.Mode() != want && name != "fifo" {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if hardentest.Tree("/etc/shadow") != shadow {
		t.Error("a link was followed")
	}
	if text := string(step.Undo); strings.Contains(text, "S3CRET") || strings.Contains(text, "origin") {
		t.Error("the journal holds an attribute's text")
	}
}

// TestRefuses: what could not be put back exactly is not taken.
func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		place string
		spoil func(h home)
		want  error
	}{
		"hard link":        {"x", func(h home) { must(h.t, os.Link(h.file("x/a", "1", 0o755), filepath.Join(h.dir, "b"))) }, errLinked},
		"link on the way":  {"l/a", func(h home) { h.file("x/a", "", 0o644); must(h.t, os.Symlink("x", filepath.Join(h.dir, "l"))) }, errLink},
		"the state folder": {".local/state/huddleguard", func(home) {}, errPlace},
		"above it":         {".local", func(home) {}, errPlace},
		"within it":        {".local/state/huddleguard/journal", func(h home) { h.file(".local/state/huddleguard/journal", "", 0o600) }, errPlace},
		"the home":         {".", func(home) {}, errPlace},
		"another home":     {"../other", func(home) {}, errPlace},
		"no text":          {"x", func(h home) { h.file("x/\xff", "", 0o600) }, errName},
		"too deep":         {"x", func(h home) { h.file("x/"+strings.Repeat("d/", maxDepth+2)+"a", "", 0o600) }, errDeep},
		"too many": {"x", func(h home) {
			h.file("x/a", "", 0o600)
			for i := range maxEntries {
				must(h.t, syscall.Mknod(filepath.Join(h.dir, "x", strconv.Itoa(i)), syscall.S_IFREG|0o600, 0))
			}
		}, errMany},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			c.spoil(h)
			if _, err := h.Read(ctx, h.at(c.place)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestForeign: what belongs to somebody else, and what lies on another file
// system, is not taken.
func TestForeign(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can make such files")
	}
	h := newHome(t)
	must(t, os.Chown(h.file("x/a", "1", 0o755), 4321, 4321))
	if _, err := h.Read(ctx, h.at("x")); !errors.Is(err, errForeign) {
		t.Errorf("another's file: %v", err)
	}
	mount := filepath.Join(h.dir, "y/m")
	must(t, os.MkdirAll(mount, 0o755))
	if err := unix.Mount("none", mount, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT TESTED: mounting: %v", err)
	}
	defer unix.Unmount(mount, unix.MNT_DETACH)
	h.file("y/m/d/a", "1", 0o755)
	for place, want := range map[string]error{"y": errMount, "y/m": errMount, "y/m/d": errElsewhere} {
		if _, err := h.Read(ctx, h.at(place)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", place, err, want)
		}
	}
	machine := New("/", -1, h.own)
	at := h.at("y/m/d")
	now, err := machine.Read(ctx, at)
	must(t, err)
	if _, err := machine.Prepare(ctx, at, now, away); !errors.Is(err, errElsewhere) {
		t.Errorf("the machine's: %v", err)
	}
}

// TestShelf: a quarantine folder that others can enter is not used.
func TestShelf(t *testing.T) {
	h := newHome(t)
	h.file("x", "", 0o755)
	step := h.prepare("x")
	shelf := filepath.Join(h.own, folderName)
	must(t, os.Mkdir(shelf, 0o755))
	before := hardentest.Tree(h.dir)
	if err := h.Do(ctx, h.at("x"), step); !errors.Is(err, errShelf) {
		t.Errorf("got %v", err)
	}
	if hardentest.Tree(h.dir) != before {
		t.Error("something was changed")
	}
	must(t, os.Remove(shelf))
	must(t, os.Symlink(h.dir, shelf))
	if err := h.Do(ctx, h.at("x"), step); err == nil {
		t.Error("a link was taken for the quarantine folder")
	}
}

// TestSettle: whatever a crash left half done is whole afterwards.
func TestSettle(t *testing.T) {
	const name = ".zoomus/ZoomOpener.app"
	for when, breaks := range map[string]func(h home, from, to string, u undoing){
		"moved, no right taken": func(home, string, string, undoing) {},
		"one right taken": func(h home, _, to string, _ undoing) {
			must(h.t, os.Chmod(filepath.Join(to, "Contents/MacOS/helper"), 0o644))
		},
	} {
		t.Run(when, func(t *testing.T) {
			h := newHome(t)
			h.opener()
			before := hardentest.Tree(filepath.Join(h.dir, ".zoomus"))
			step := h.prepare(name)
			u, err := read(step)
			must(t, err)
			shelf, err := h.shelf(true)
			must(t, err)
			defer shelf.Close()
			from, to := filepath.Join(h.dir, name), filepath.Join(shelf.Name(), u.ID)
			must(t, os.Rename(from, to))
			breaks(h, from, to, u)
			must(t, h.Settle(ctx, h.at(name), step))
			if info, err := os.Stat(filepath.Join(to, "Contents/MacOS/helper")); err != nil || info.Mode() != 0o644 {
				t.Errorf("the mode is %v, %v", info.Mode(), err)
			}
			if now, err := h.Read(ctx, h.at(name)); err != nil || !now.Same(step.Written) {
				t.Errorf("it reads %v, %v", now, err)
			}
			must(t, h.Undo(ctx, h.at(name), step))
			if after := hardentest.Tree(filepath.Join(h.dir, ".zoomus")); after != before {
				t.Errorf("got\n%s\nwant\n%s", after, before)
			}
		})
	}
}

// TestSwapped: a thing that came to the place at the last moment, and was moved
// before that could be seen, goes back.
func TestSwapped(t *testing.T) {
	h := newHome(t)
	p := h.file("x", "one", 0o755)
	step := h.prepare("x")
	u, err := read(step)
	must(t, err)
	must(t, os.Rename(h.file("other", "two", 0o755), p))
	before := hardentest.Tree(p)
	shelf, err := h.shelf(true)
	must(t, err)
	defer shelf.Close()
	folder, base, err := h.open(p)
	must(t, err)
	defer folder.Close()
	if err := h.take(folder, base, shelf, u, step.Prior); !errors.Is(err, harden.ErrMoved) || hardentest.Tree(p) != before {
		t.Errorf("got %v and\n%s", err, hardentest.Tree(p))
	}
	must(t, os.Rename(p, filepath.Join(shelf.Name(), u.ID))) // and the same with a crash
	if err := h.Settle(ctx, h.at("x"), step); err != nil || hardentest.Tree(p) != before {
		t.Errorf("got %v and\n%s", err, hardentest.Tree(p))
	}
}

// TestNotPutBack: what was changed in quarantine, or has no place any more, is
// not put back.
func TestNotPutBack(t *testing.T) {
	h := newHome(t)
	h.file("d/x", "one", 0o755)
	step := h.prepare("d/x")
	must(t, h.Do(ctx, h.at("d/x"), step))
	u, err := read(step)
	must(t, err)
	must(t, os.Remove(filepath.Join(h.dir, "d")))
	if err := h.Undo(ctx, h.at("d/x"), step); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its folder: %v", err)
	}
	must(t, os.Mkdir(filepath.Join(h.dir, "d"), 0o755))
	must(t, os.WriteFile(filepath.Join(h.own, folderName, u.ID), []byte("other"), 0o644))
	if err := h.Undo(ctx, h.at("d/x"), step); !errors.Is(err, errChanged) {
		t.Errorf("changed: %v", err)
	}
}

// TestRecord: a journal that was tampered with leads nowhere.
func TestRecord(t *testing.T) {
	h := newHome(t)
	for _, undo := range []string{"", "{}", `{"id":"../../x","tree":[{}]}`, `{"id":"00","tree":[{}]}`, `{"id":"00112233445566778899aabbccddeeff"}`} {
		step := plan.Step{Undo: json.RawMessage(undo)}
		for _, err := range []error{h.Do(ctx, h.at("x"), step), h.Undo(ctx, h.at("x"), step), h.Settle(ctx, h.at("x"), step)} {
			if !errors.Is(err, errRecord) {
				t.Errorf("%q: %v", undo, err)
			}
		}
	}
}

// TestGone: the item is neither in its place nor in quarantine, so that there is
// nothing to put back: somebody else removed it.
func TestGone(t *testing.T) {
	h := newHome(t)
	h.opener()
	const name = ".zoomus/ZoomOpener.app"
	step := h.prepare(name)
	must(t, h.Settle(ctx, h.at(name), step)) // it is still in its place
	must(t, os.RemoveAll(filepath.Join(h.dir, name)))
	for range 2 { // without the folder of quarantine, and with it
		if err := h.Settle(ctx, h.at(name), step); !errors.Is(err, harden.ErrGone) {
			t.Errorf("settling gave %v, want %v", err, harden.ErrGone)
		}
		if err := h.Undo(ctx, h.at(name), step); !errors.Is(err, harden.ErrGone) {
			t.Errorf("undoing gave %v, want %v", err, harden.ErrGone)
		}
		shelf, err := h.shelf(true)
		must(t, err)
		shelf.Close()
	}
}
