package disk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	canary = "CANARY: nobody reads or changes this\n"
	// bound is how long one call may take, on a busy machine.
	bound = 5 * time.Second
)

// rages is how long a storm goes on.
func rages() time.Duration {
	if testing.Short() {
		return 60 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// hostile is a home whose owner means harm, and what lies outside of it.
type hostile struct {
	home, outside string
	uid           int
	root          *Root
	before        map[string]string
	// lift ends what would keep the checks themselves from looking.
	lift func()
	// replaced counts what went well in the midst of it all.
	reads, replaced int
}

func (h *hostile) secret() string { return filepath.Join(h.outside, "secret") }

// give makes the home's owner the owner of something in it.
func (h *hostile) give(t *testing.T, name string) {
	t.Helper()
	if os.Getuid() == 0 {
		must(t, os.Lchown(name, h.uid, h.uid))
	}
}

// put makes a file of the home's owner.
func (h *hostile) put(t *testing.T, name, data string, mode fs.FileMode) string {
	t.Helper()
	file := put(t, h.home, name, data, mode)
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		h.give(t, filepath.Join(h.home, dir))
	}
	h.give(t, file)
	return file
}

// newHostile is a home with the files f and d/f, beside a folder with a secret.
func newHostile(t *testing.T) *hostile { return newHostileIn(t, t.TempDir()) }

// inMemory is a folder where nothing waits for a disk, so that more goes on in
// the same time.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "huddleguard")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	base := filepath.Join(dir, "base")
	must(t, os.Mkdir(base, 0o755))
	return base
}

func newHostileIn(t *testing.T, base string) *hostile {
	t.Helper()
	must(t, os.Chmod(filepath.Dir(base), 0o711)) // the owner's process has to get there
	h := &hostile{home: filepath.Join(base, "home"), outside: filepath.Join(base, "outside"), uid: os.Getuid()}
	if h.uid == 0 {
		h.uid = 4711
	}
	put(t, h.outside, "secret", canary, 0o600)
	put(t, h.outside, "f", canary, 0o600)
	put(t, h.outside, "etc/passwd", canary, 0o644)
	must(t, os.Mkdir(h.home, 0o755))
	h.give(t, h.home)
	h.put(t, "f", was, 0o600)
	h.put(t, "d/f", was, 0o600)
	var err error
	h.root, err = Open(h.home, h.uid)
	must(t, err)
	t.Cleanup(func() { h.root.Close() })
	h.before = h.snapshot(t)
	return h
}

// snapshot is everything outside of the home, to the byte.
func (h *hostile) snapshot(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(h.outside, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		must(t, unix.Lstat(name, &st))
		data := []byte{}
		if !d.IsDir() {
			data, err = os.ReadFile(name)
		}
		all[name] = fmt.Sprintf("%o %d:%d %d %d.%d %x", st.Mode, st.Uid, st.Gid, st.Ino, st.Mtim.Sec, st.Mtim.Nsec, sha256.Sum256(data))
		return err
	}))
	return all
}

// unharmed checks what is outside, and that files inside are whole.
func (h *hostile) unharmed(t *testing.T) {
	t.Helper()
	if now := h.snapshot(t); !maps.Equal(now, h.before) {
		t.Errorf("outside of the home was\n%v\nand is\n%v", h.before, now)
	}
	secret, err := os.Lstat(h.secret())
	must(t, err)
	must(t, filepath.WalkDir(h.home, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if fi, err := d.Info(); err != nil || os.SameFile(fi, secret) || fi.Size() > MaxSize {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil && !whole(data) {
			t.Errorf("%s holds %q", filepath.Base(name), data)
		}
		return err
	}))
}

// whole says whether a file is one that we, or a storm, wrote from end to end.
func whole(data []byte) bool {
	return len(data) == 0 || string(data) == was || string(data) == want ||
		bytes.Equal(data, bytes.Repeat(data[:1], len(data)))
}

// bounded makes one call, and checks how long it takes and what it says.
func (h *hostile) bounded(t *testing.T, what string, call func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		if err != nil && (strings.Contains(err.Error(), h.home) || strings.Contains(err.Error(), "CANARY")) {
			t.Errorf("%s: the error tells too much: %v", what, err)
		}
		return err
	case <-time.After(bound):
		t.Fatalf("%s did not end within %v", what, bound)
		return nil
	}
}

// read reads, and checks that what it got is the home's.
func (h *hostile) read(t *testing.T, name string) (*File, error) {
	t.Helper()
	var f *File
	err := h.bounded(t, "reading", func() (err error) { f, err = h.root.Read(name, MaxSize); return err })
	if err != nil {
		return nil, err
	}
	h.reads++
	if strings.Contains(string(f.Data), "CANARY") || f.UID != h.uid {
		t.Errorf("read what is not the home's: %q of %d", f.Data, f.UID)
	}
	return f, nil
}

// work does everything there is to do with a name, and gives what reading it said.
func (h *hostile) work(t *testing.T, name string) error {
	t.Helper()
	f, readErr := h.read(t, name)
	if readErr == nil {
		next := want
		if string(f.Data) == want {
			next = was
		}
		if h.bounded(t, "replacing", func() error { return h.root.Replace(name, f, []byte(next)) }) == nil {
			h.replaced++
		}
	}
	h.bounded(t, "changing the mode", func() error { return h.root.Chmod(name, 0o600, 0o640) })
	h.bounded(t, "changing it back", func() error { return h.root.Chmod(name, 0o640, 0o600) })
	h.bounded(t, "settling", func() error {
		return h.root.Settle(name, sha256.Sum256([]byte(was)), sha256.Sum256([]byte(want)))
	})
	if f, err := h.read(t, name); err == nil {
		h.bounded(t, "removing", func() error { return h.root.Remove(name, f) })
	}
	h.bounded(t, "making", func() error { return h.root.Create(name, 0o600, []byte(was)) })
	var made []string
	h.bounded(t, "making folders", func() (err error) { made, err = h.root.MkdirAll(name+"/sub/folder", 0o700); return err })
	h.bounded(t, "removing folders", func() error { return h.root.RemoveDirs(made) })
	return readErr
}

// attack is something that lies in a home. says is why it is not read; empty
// where it may be.
type attack struct {
	name   string
	file   string // the name that is asked for, "f" where it is empty
	says   string
	root   bool // only root can lay it
	before func(t *testing.T, h *hostile)
}

// instead lays something in the place of the file f.
func instead(lay func(t *testing.T, h *hostile, file string)) func(*testing.T, *hostile) {
	return func(t *testing.T, h *hostile) {
		file := filepath.Join(h.home, "f")
		must(t, os.RemoveAll(file))
		lay(t, h, file)
	}
}

// squat lays something under the temporary name of f.
func squat(lay func(t *testing.T, h *hostile, file string)) func(*testing.T, *hostile) {
	return func(t *testing.T, h *hostile) { lay(t, h, filepath.Join(h.home, tempName("f"))) }
}

func symlink(text string) func(*testing.T, *hostile, string) {
	return func(t *testing.T, _ *hostile, file string) { must(t, os.Symlink(text, file)) }
}

func device(major, minor uint32) func(*testing.T, *hostile, string) {
	return func(t *testing.T, h *hostile, file string) {
		must(t, unix.Mknod(file, unix.S_IFCHR|0o600, int(unix.Mkdev(major, minor))))
		h.give(t, file)
	}
}

func othersFile(t *testing.T, h *hostile, file string) {
	must(t, os.WriteFile(file, []byte("aaa"), 0o600))
	must(t, os.Lchown(file, 4800, 4800))
}

// flagged marks the file f as chattr(1) does: 0x10 immutable, 0x20 append-only.
func flagged(flag int) func(*testing.T, *hostile) {
	return func(t *testing.T, h *hostile) {
		f, err := os.Open(filepath.Join(h.home, "f"))
		must(t, err)
		flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
		if err == nil {
			err = unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags|flag)
		}
		if err != nil {
			t.Skipf("NOT TESTED: the file system has no such mark: %v", err)
		}
		h.lift = func() {
			unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags)
			f.Close()
			holds(t, filepath.Join(h.home, "f"), was)
		}
	}
}

const out = "leads out of the folder"

var attacks = []attack{
	{name: "absolute link to a secret", says: out, before: instead(linkAbs)},
	{name: "relative link to a secret", says: out, before: instead(linkOut)},
	{name: "link through a folder and out", file: "e/secret", says: out, before: func(t *testing.T, h *hostile) {
		must(t, os.Symlink("../outside", filepath.Join(h.home, "e")))
	}},
	{name: "name with ..", file: "../outside/secret", says: out},
	{name: "name with .. further in", file: "d/../../outside/secret", says: out},
	{name: "absolute name", file: "/etc/shadow", says: out},
	{name: "link to the root of a process", file: "e/etc/shadow", says: out, before: func(t *testing.T, h *hostile) {
		must(t, os.Symlink("/proc/self/root", filepath.Join(h.home, "e")))
	}},
	{name: "link to an open file of the reader", says: out, before: instead(symlink("/proc/self/fd/0"))},
	{name: "link to nowhere outside", says: out, before: instead(symlink("../outside/new"))},
	{name: "link to itself", says: "loop of links", before: instead(symlink("f"))},
	{name: "links in a circle", says: "loop of links", before: instead(func(t *testing.T, h *hostile, file string) {
		must(t, os.Symlink("d/g", file))
		must(t, os.Symlink("../f", filepath.Join(h.home, "d/g")))
	})},
	{name: "folders that are links in a circle", file: "x/y/f", says: "loop of links", before: func(t *testing.T, h *hostile) {
		must(t, os.Symlink("y", filepath.Join(h.home, "x")))
		must(t, os.Symlink("x", filepath.Join(h.home, "y")))
	}},
	{name: "hard link to a secret", says: "", before: instead(hardLink)},
	{name: "hard link of their own to a file elsewhere", says: "hard link", before: func(t *testing.T, h *hostile) {
		must(t, os.Link(filepath.Join(h.home, "f"), filepath.Join(h.home, "second")))
	}},
	{name: "FIFO", says: "is a FIFO", before: instead(fifo)},
	{name: "device", says: "is a device", root: true, before: instead(device(1, 5))},
	{name: "terminal", says: "is a device", root: true, before: instead(device(5, 0))},
	{name: "socket", says: "is a socket", before: instead(func(t *testing.T, h *hostile, file string) {
		t.Chdir(h.home) // an address is short
		l, err := net.Listen("unix", "f")
		must(t, err)
		t.Cleanup(func() { l.Close() })
		h.give(t, file)
	})},
	{name: "10 GB of nothing", says: "too large", before: func(t *testing.T, h *hostile) {
		must(t, os.Truncate(filepath.Join(h.home, "f"), 10<<30))
	}},
	{name: "folder in the file's place", says: "is a folder", before: instead(folder)},
	{name: "file in the folder's place", file: "f/g", says: "is not a folder"},
	{name: "name with a line break", file: "d/a\nb\x1b[31m", before: func(t *testing.T, h *hostile) { h.put(t, "d/a\nb\x1b[31m", was, 0o600) }},
	{name: "no name", file: "", says: "", before: nil},
	{name: "name with a zero", file: "f\x00g", says: "a name no file can have"},
	{name: "name of a folder", file: "d/.", says: "is a folder"},
	{name: "name of 255 bytes", file: strings.Repeat("n", 255), before: func(t *testing.T, h *hostile) { h.put(t, strings.Repeat("n", 255), was, 0o600) }},
	{name: "name of 256 bytes", file: strings.Repeat("n", 256), says: "too long"},
	{name: "path without end", file: strings.Repeat("d/", 3000) + "f", says: "too long"},
	{name: "folders a thousand deep", file: strings.Repeat("a/", 1000) + "f", before: func(t *testing.T, h *hostile) { h.put(t, strings.Repeat("a/", 1000)+"f", was, 0o600) }},
	{name: "link at the temporary name", before: squat(linkOut)},
	{name: "FIFO at the temporary name", before: squat(fifo)},
	{name: "folder at the temporary name", before: squat(folder)},
	{name: "hard link to a secret at the temporary name", before: squat(hardLink)},
	{name: "another's file at the temporary name", root: true, before: squat(othersFile)},
	{name: "device at the temporary name", root: true, before: squat(device(1, 5))},
	{name: "file of another account", says: "belongs to another account", root: true, before: instead(othersFile)},
	{name: "folder of another account", file: "d/f", says: "in a folder of another account", root: true, before: func(t *testing.T, h *hostile) {
		must(t, os.Lchown(filepath.Join(h.home, "d"), 4800, 4800))
	}},
	{name: "folder without rights", file: "d/f", before: func(t *testing.T, h *hostile) {
		must(t, os.Chmod(filepath.Join(h.home, "d"), 0))
		t.Cleanup(func() { os.Chmod(filepath.Join(h.home, "d"), 0o700) })
	}},
	{name: "file without rights", before: func(t *testing.T, h *hostile) { must(t, os.Chmod(filepath.Join(h.home, "f"), 0)) }},
	{name: "sticky folder", file: "d/f", before: func(t *testing.T, h *hostile) {
		must(t, os.Chmod(filepath.Join(h.home, "d"), 0o777|fs.ModeSticky))
	}},
	{name: "setuid file", before: func(t *testing.T, h *hostile) { must(t, unix.Chmod(filepath.Join(h.home, "f"), 0o4755)) }},
	{name: "file that must not be changed", root: true, before: flagged(0x10)},
	{name: "file that only grows", root: true, before: flagged(0x20)},
	{name: "their own lease", says: "open for writing", before: func(t *testing.T, h *hostile) {
		f, err := os.OpenFile(filepath.Join(h.home, "f"), os.O_RDWR, 0)
		must(t, err)
		h.lift = func() { f.Close() }
		if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
			t.Skipf("NOT TESTED: no leases here: %v", err)
		}
	}},
	{name: "another file system in the home", file: "d/f", says: out, root: true, before: func(t *testing.T, h *hostile) {
		mountOn(t, h, filepath.Join(h.home, "d"), "tmpfs", "", 0)
		h.put(t, "d/f", was, 0o600)
	}},
	{name: "folder of the machine mounted in the home", file: "d/secret", says: out, root: true, before: func(t *testing.T, h *hostile) {
		bindOn(t, h.outside, filepath.Join(h.home, "d"))
	}},
	{name: "file of the machine mounted on the file", says: out, root: true, before: func(t *testing.T, h *hostile) {
		bindOn(t, h.secret(), filepath.Join(h.home, "f"))
	}},
	{name: "file system that never answers in the home", file: "d/f", says: out, root: true, before: func(t *testing.T, h *hostile) {
		silentOn(t, filepath.Join(h.home, "d"))
	}},
}

// mountOn mounts a file system until the end of the test.
func mountOn(t *testing.T, h *hostile, dir, kind, data string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("none", dir, kind, flags, data); err != nil {
		t.Skipf("NOT TESTED: mounting %s: %v", kind, err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	h.give(t, dir)
}

func bindOn(t *testing.T, what, where string) {
	t.Helper()
	if err := unix.Mount(what, where, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("NOT TESTED: mounting: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(where, unix.MNT_DETACH) })
}

// silentOn mounts a file system whose program never answers.
func silentOn(t *testing.T, dir string) {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("NOT TESTED: FUSE: %v", err)
	}
	data := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd)
	if err := unix.Mount("silent", dir, "fuse.silent", unix.MS_NOSUID|unix.MS_NODEV, data); err != nil {
		unix.Close(fd)
		t.Skipf("NOT TESTED: FUSE: %v", err)
	}
	t.Cleanup(func() {
		unix.Unmount(dir, unix.MNT_DETACH)
		unix.Close(fd)
	})
}

func TestHostileHome(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			if a.root {
				needsRoot(t)
			}
			h := newHostile(t)
			if a.before != nil {
				a.before(t, h)
			}
			name := a.file
			if name == "" && a.name != "no name" {
				name = "f"
			}
			if err := h.work(t, name); a.says != "" {
				refuses(t, err, a.says)
			}
			h.settleDown(t)
			h.unharmed(t)
		})
	}
}

// settleDown lifts what keeps the checks themselves from looking.
func (h *hostile) settleDown(t *testing.T) {
	if h.lift != nil {
		h.lift()
	}
	for _, dir := range []string{h.home, filepath.Join(h.home, "d")} {
		unix.Unmount(dir, unix.MNT_DETACH)
	}
	unix.Unmount(filepath.Join(h.home, "f"), unix.MNT_DETACH)
	if info, err := os.Lstat(filepath.Join(h.home, "d")); err == nil && info.IsDir() {
		must(t, os.Chmod(filepath.Join(h.home, "d"), 0o700))
	}
	if info, err := os.Lstat(filepath.Join(h.home, "f")); err == nil && info.Mode().IsRegular() && os.Getuid() != 0 {
		os.Chmod(filepath.Join(h.home, "f"), 0o600)
	}
}

func TestHostileStorms(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(storms)) {
		for _, child := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/child=%v", name, child), func(t *testing.T) {
				h := newHostileIn(t, inMemory(t))
				if s := storms[name]; s.before != nil {
					s.before(t, h)
				}
				stop := h.start(t, name, child)
				for end := time.Now().Add(rages()); time.Now().Before(end) && !t.Failed(); {
					for range 20 {
						h.read(t, "f")
						h.read(t, "d/f")
					}
					h.work(t, "f")
					h.work(t, "d/f")
				}
				stop()
				h.unharmed(t)
				t.Logf("read %d times, replaced %d times", h.reads, h.replaced)
			})
		}
	}
}

// TestHostileMove moves a file out of a home while it is exchanged for a secret.
func TestHostileMove(t *testing.T) {
	h := newHostile(t)
	hardLink(t, h, filepath.Join(h.home, "other"))
	kept := filepath.Join(h.outside, "..", "kept")
	must(t, os.Mkdir(kept, 0o700))
	h.give(t, kept)
	k, err := Open(kept, h.uid)
	must(t, err)
	defer k.Close()
	stop := h.start(t, "file and hard link to a secret", true)
	moved := 0
	for end := time.Now().Add(rages()); time.Now().Before(end); {
		info, err := h.root.Stat("f")
		if err != nil {
			continue
		}
		err = h.bounded(t, "moving", func() error { return h.root.Move("f", info, k, "1") })
		if err != nil {
			continue
		}
		moved++
		if now, err := k.Stat("1"); err != nil || now.UID != h.uid && os.Getuid() == 0 {
			t.Fatalf("moved what is not the home's: %+v, %v", now, err)
		}
		if h.bounded(t, "moving back", func() error { return k.Move("1", info, h.root, "f") }) != nil {
			break // it arrived, and was exchanged there
		}
	}
	stop()
	t.Logf("moved %d times", moved)
	h.unharmed(t)
}

// TestHostileFolders makes folders while their parent is exchanged for a link.
func TestHostileFolders(t *testing.T) {
	h := newHostile(t)
	mine := h.root
	if os.Getuid() == 0 { // folders are made by their owner only
		must(t, os.Chown(h.home, 0, 0))
		must(t, os.Chown(filepath.Join(h.home, "d"), 0, 0))
		var err error
		mine, err = Open(h.home, 0)
		must(t, err)
		defer mine.Close()
	}
	must(t, os.Symlink("../outside", filepath.Join(h.home, "e")))
	stop := h.start(t, "folder and link to another folder", false)
	for end := time.Now().Add(rages()); time.Now().Before(end); {
		var made []string
		h.bounded(t, "making folders", func() (err error) { made, err = mine.MkdirAll("d/a/b", 0o777); return err })
		h.bounded(t, "removing folders", func() error { return mine.RemoveDirs(made) })
	}
	stop()
	h.unharmed(t)
}

// TestHomeSwapped: an open home stays the one that was opened, and another one of
// its name is another one.
func TestHomeSwapped(t *testing.T) {
	h := newHostile(t)
	first, err := h.root.Identity()
	must(t, err)
	must(t, os.Rename(h.home, h.home+".old"))
	must(t, os.Mkdir(h.home, 0o755))
	h.give(t, h.home)
	h.put(t, "f", "aaa", 0o600)
	f, err := h.read(t, "f")
	must(t, err)
	must(t, h.root.Replace("f", f, []byte(want)))
	holds(t, filepath.Join(h.home+".old", "f"), want)
	holds(t, filepath.Join(h.home, "f"), "aaa")
	again, err := Open(h.home, h.uid)
	must(t, err)
	defer again.Close()
	if second, err := again.Identity(); err != nil || second == first {
		t.Fatalf("identity %q, then %q, %v", first, second, err)
	}
}

// TestHomeSwappedForLink opens a home that is exchanged for a link all the time.
func TestHomeSwappedForLink(t *testing.T) {
	h := newHostile(t)
	must(t, os.Symlink("outside", filepath.Join(filepath.Dir(h.home), "twin")))
	stop := h.start(t, "home and link", false)
	opened := 0
	for end := time.Now().Add(rages()); time.Now().Before(end); {
		r, err := Open(h.home, h.uid)
		if err != nil {
			continue
		}
		opened++
		if f, err := r.Read("f", MaxSize); err != nil || string(f.Data) != was {
			t.Errorf("read %v", err)
		}
		r.Close()
	}
	stop()
	if opened == 0 {
		t.Error("never opened it")
	}
	if fi, err := os.Lstat(h.home); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		flip(filepath.Dir(h.home), "home", "twin")
	}
	h.unharmed(t)
}

// TestSilentHome: a home that a program serves is refused without a word to it.
func TestSilentHome(t *testing.T) {
	needsRoot(t)
	h := newHostile(t)
	silentOn(t, h.home)
	var foreign *Foreign
	err := h.bounded(t, "opening", func() error { _, err := Open(h.home, h.uid); return err })
	if !errors.As(err, &foreign) || foreign.Kind != "fuse.silent" {
		t.Fatalf("opening: %v", err)
	}
	machine, err := Open("/", AnyOwner)
	must(t, err)
	defer machine.Close()
	err = h.bounded(t, "reading", func() error { _, err := machine.Read(filepath.Join(h.home, "f"), MaxSize); return err })
	if !errors.As(err, &foreign) {
		t.Fatalf("reading: %v", err)
	}
}

// TestMagicLinks: no name leads through a process's own view of itself.
func TestMagicLinks(t *testing.T) {
	machine, err := Open("/", AnyOwner)
	must(t, err)
	defer machine.Close()
	for _, name := range []string{"proc/self/root/etc/hostname", "proc/self/cwd/disk.go"} {
		_, err := machine.Read(name, MaxSize)
		refuses(t, err, "loop of links")
	}
}
