package disk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestModeOfNewFile(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	_, r := home(t)
	must(t, r.Create("new", 0o644, nil))
	if info, _ := r.Stat("new"); info.Mode != 0o644 {
		t.Fatalf("mode %v", info.Mode)
	}
}

func TestRightsStay(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644, 0o400, 0o666, 0o755} {
		dir, r := home(t)
		must(t, os.Chmod(dir, 0o755|fs.ModeSetgid))
		file := put(t, dir, "f", was, mode)
		must(t, r.Replace("f", readAt(t, r, "f"), []byte(want)))
		holds(t, file, want)
		if info, _ := os.Stat(file); info.Mode() != mode {
			t.Errorf("mode %v became %v", mode, info.Mode())
		}
	}
}

func TestExecutableWithOthersRightsIsRefused(t *testing.T) {
	dir, r := home(t)
	for _, mode := range []fs.FileMode{0o4755, 0o2755} {
		file := put(t, dir, "f", was, 0o755)
		must(t, unix.Chmod(file, uint32(mode)))
		refuses(t, r.Replace("f", readAt(t, r, "f"), []byte(want)), "setuid")
		holds(t, file, was)
		must(t, os.Remove(file))
	}
}

func TestOwnerStays(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o2775))
	must(t, os.Chown(dir, 4711, 4712))
	file := put(t, dir, "f", was, 0o640)
	must(t, os.Chown(file, 4711, 4713))
	r, err := Open(dir, 4711)
	must(t, err)
	defer r.Close()
	must(t, r.Replace("f", readAt(t, r, "f"), []byte(want)))
	info, err := r.Stat("f")
	must(t, err)
	if info.UID != 4711 || info.GID != 4713 || info.Mode != 0o640 {
		t.Fatalf("%+v", info)
	}
	must(t, r.Create("g", 0o600, nil))
	if info, _ := r.Stat("g"); info.UID != 4711 || info.GID != 4712 {
		t.Fatalf("a new file: %+v", info)
	}
	_, err = r.MkdirAll("a/b", 0o700)
	refuses(t, err, "made by their owner only")
}

// acl is an access control list in the kernel's form (version 2; tag, rights, id):
// the owner and user 4711 may read and write, the group may read, others nothing.
var acl = "\x02\x00\x00\x00" +
	"\x01\x00\x06\x00\xff\xff\xff\xff" +
	"\x02\x00\x06\x00\x67\x12\x00\x00" +
	"\x04\x00\x04\x00\xff\xff\xff\xff" +
	"\x10\x00\x06\x00\xff\xff\xff\xff" +
	"\x20\x00\x00\x00\xff\xff\xff\xff"

func TestAttributesStay(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, "f", was, 0o600)
	must(t, unix.Setxattr(file, "user.origin", []byte("a\x00b"), 0))
	must(t, unix.Setxattr(file, "user.empty", nil, 0))
	must(t, unix.Setxattr(file, "system.posix_acl_access", []byte(acl), 0))
	// What a new file inherits from its folder is not what the old one had.
	inherited := strings.Replace(acl, "\x67\x12", "\x68\x12", 1)
	must(t, unix.Setxattr(dir, "system.posix_acl_default", []byte(inherited), 0))
	before := readAt(t, r, "f")
	must(t, r.Replace("f", before, []byte(want)))
	after := readAt(t, r, "f")
	wantAttrs := map[string]string{"user.origin": "a\x00b", "user.empty": "", "system.posix_acl_access": acl}
	for name, value := range wantAttrs {
		if got, ok := after.Attrs[name]; !ok || got != value {
			t.Errorf("%s is %q", name, got)
		}
	}
	if !maps.Equal(before.Attrs, after.Attrs) || before.Mode != after.Mode {
		t.Errorf("before %v %q, after %v %q", before.Mode, before.Attrs, after.Mode, after.Attrs)
	}
	// A file without a list does not get the folder's.
	must(t, unix.Removexattr(file, "system.posix_acl_access"))
	must(t, os.Chmod(file, 0o644))
	must(t, r.Replace("f", readAt(t, r, "f"), []byte(was)))
	if f := readAt(t, r, "f"); f.Attrs["system.posix_acl_access"] != "" || f.Mode != 0o644 {
		t.Errorf("inherited: %v %q", f.Mode, f.Attrs)
	}
}

func TestOnlyContentAndRightsCount(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, "f", was, 0o600)
	f := readAt(t, r, "f")
	must(t, os.Chtimes(file, time.Unix(1, 0), time.Unix(1, 0)))
	must(t, r.Replace("f", f, []byte(want)))
	holds(t, file, want)
	f = readAt(t, r, "f")
	must(t, os.Chmod(file, 0o644))
	if err := r.Replace("f", f, []byte(was)); !errors.Is(err, ErrMoved) {
		t.Fatalf("other rights meanwhile: %v", err)
	}
	holds(t, file, want)
	f = readAt(t, r, "f")
	must(t, unix.Setxattr(file, "user.new", []byte("1"), 0))
	if err := r.Replace("f", f, []byte(was)); !errors.Is(err, ErrMoved) {
		t.Fatalf("another attribute meanwhile: %v", err)
	}
}

func TestOpenForWriting(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, "f", was, 0o600)
	w, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	f := readAt(t, r, "f")
	if err := r.Replace("f", f, []byte(want)); !errors.Is(err, ErrInUse) {
		t.Fatalf("replacing: %v", err)
	}
	if err := r.Remove("f", f); !errors.Is(err, ErrInUse) {
		t.Fatalf("removing: %v", err)
	}
	_, err = w.WriteString("late")
	must(t, err)
	must(t, w.Close())
	holds(t, file, was+"late")
	must(t, r.Replace("f", readAt(t, r, "f"), []byte(want)))
	names(t, dir, "f")
}

func TestLinks(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, ".dotfiles/zoom.conf", was, 0o600)
	must(t, os.Mkdir(filepath.Join(dir, ".config"), 0o755))
	must(t, os.Symlink("../.dotfiles/zoom.conf", filepath.Join(dir, ".config/zoomus.conf")))
	must(t, os.Symlink(".config/zoomus.conf", filepath.Join(dir, "twice")))
	must(t, r.Replace("twice", readAt(t, r, "twice"), []byte(want)))
	holds(t, file, want)
	if text, _ := os.Readlink(filepath.Join(dir, "twice")); text != ".config/zoomus.conf" {
		t.Fatalf("the link leads to %q", text)
	}
	names(t, filepath.Join(dir, ".dotfiles"), "zoom.conf")
	must(t, os.Symlink(".dotfiles/later", filepath.Join(dir, "dangling")))
	must(t, r.Create("dangling", 0o600, []byte("new")))
	holds(t, filepath.Join(dir, ".dotfiles/later"), "new")
	// ".." counts from where a folder really is.
	must(t, os.MkdirAll(filepath.Join(dir, "a/b"), 0o755))
	must(t, os.Symlink("a/b", filepath.Join(dir, "short")))
	must(t, os.Symlink("../deep", filepath.Join(dir, "a/b/up")))
	put(t, dir, "a/deep", "deep", 0o600)
	if f := readAt(t, r, "short/up"); string(f.Data) != "deep" {
		t.Fatalf("read %q", f.Data)
	}
	for name, text := range map[string]string{"out": "../elsewhere", "absolute": file} {
		must(t, os.Symlink(text, filepath.Join(dir, name)))
		_, err := r.Read(name, MaxSize)
		refuses(t, err, "leads out of the folder")
	}
}

func TestMachineFollowsAbsoluteLinks(t *testing.T) {
	r, err := Open("/", AnyOwner)
	must(t, err)
	defer r.Close()
	dir := t.TempDir()
	file := put(t, dir, "f", was, 0o600)
	must(t, os.Symlink(file, filepath.Join(dir, "link")))
	link := filepath.Join(dir, "link")
	must(t, r.Replace(link, readAt(t, r, link), []byte(want)))
	holds(t, file, want)
}

func TestChmod(t *testing.T) {
	dir, r := home(t)
	put(t, dir, "d/f", was, 0o644)
	must(t, unix.Chmod(filepath.Join(dir, "d/f"), 0o4644))
	must(t, r.Chmod("d/f", 0o644|fs.ModeSetuid, 0o600))
	if err := r.Chmod("d/f", 0o644, 0o640); !errors.Is(err, ErrMoved) {
		t.Fatalf("from another mode: %v", err)
	}
	must(t, r.Chmod("d", fs.ModeDir|0o755, 0o700|fs.ModeSticky))
	for name, mode := range map[string]fs.FileMode{"d": fs.ModeDir | fs.ModeSticky | 0o700, "d/f": 0o600} {
		if info, _ := r.Stat(name); info.Mode != mode {
			t.Errorf("%s has mode %v, want %v", name, info.Mode, mode)
		}
	}
	must(t, os.Symlink("d/f", filepath.Join(dir, "link")))
	refuses(t, r.Chmod("link", 0o777, 0o600), "is a link")
	must(t, os.Link(filepath.Join(dir, "d/f"), filepath.Join(dir, "second")))
	refuses(t, r.Chmod("second", 0o600, 0o644), "hard link")
}

func TestFolders(t *testing.T) {
	dir, r := home(t)
	must(t, os.Mkdir(filepath.Join(dir, ".config"), 0o755))
	made, err := r.MkdirAll(".config/autostart/deep", 0o750)
	must(t, err)
	if !slices.Equal(made, []string{".config/autostart", ".config/autostart/deep"}) {
		t.Fatalf("made %q", made)
	}
	if info, _ := r.Stat(".config/autostart"); info.Mode != fs.ModeDir|0o750 {
		t.Fatalf("mode %v", info.Mode)
	}
	must(t, r.RemoveDirs(made))
	names(t, filepath.Join(dir, ".config"))
	made, err = r.MkdirAll(".config/autostart/deep", 0o700)
	must(t, err)
	put(t, dir, ".config/autostart/theirs", "x", 0o600)
	must(t, r.RemoveDirs(made))
	names(t, filepath.Join(dir, ".config/autostart"), "theirs")
	put(t, dir, "file", "x", 0o600)
	_, err = r.MkdirAll("file/sub", 0o700)
	refuses(t, err, "is not a folder")
	must(t, os.Symlink("nowhere", filepath.Join(dir, "link")))
	if _, err = r.MkdirAll("link/sub", 0o700); !errors.Is(err, ErrMoved) {
		t.Fatalf("through a link that leads nowhere: %v", err)
	}
}

func TestMove(t *testing.T) {
	dir, r := home(t)
	kept, k := home(t)
	put(t, dir, "opener/run", was, 0o755)
	info, err := r.Stat("opener")
	must(t, err)
	must(t, r.Move("opener", info, k, "1"))
	holds(t, filepath.Join(kept, "1/run"), was)
	put(t, dir, "opener", "another", 0o600)
	if err := k.Move("1", info, r, "opener"); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("onto something: %v", err)
	}
	if err := r.Move("opener", info, k, "2"); !errors.Is(err, ErrMoved) {
		t.Fatalf("another one: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, "opener")))
	must(t, k.Move("1", info, r, "opener"))
	holds(t, filepath.Join(dir, "opener/run"), was)
	must(t, os.Symlink("nowhere", filepath.Join(dir, "handler.desktop")))
	info, err = r.Stat("handler.desktop")
	must(t, err)
	must(t, r.Move("handler.desktop", info, k, "3"))
	if text, _ := os.Readlink(filepath.Join(kept, "3")); text != "nowhere" {
		t.Fatalf("the link leads to %q", text)
	}
}

func TestIdentity(t *testing.T) {
	dir, r := home(t)
	first, err := r.Identity()
	must(t, err)
	again, err := openAt(t, dir).Identity()
	must(t, err)
	if first != again {
		t.Fatalf("the same folder: %q, then %q", first, again)
	}
	must(t, os.Remove(dir))
	must(t, os.Mkdir(dir, 0o755)) // often the same inode
	other, err := openAt(t, dir).Identity()
	must(t, err)
	if other == first {
		t.Fatalf("another folder of the name is %q too", other)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(filepath.Join(dir, "none"), AnyOwner)
	refuses(t, err, "not there")
	put(t, dir, "file", "", 0o600)
	_, err = Open(filepath.Join(dir, "file"), AnyOwner)
	refuses(t, err, "not a folder")
	must(t, os.Symlink(".", filepath.Join(dir, "link")))
	_, err = Open(filepath.Join(dir, "link"), AnyOwner)
	refuses(t, err, "is a link")
	if os.Getuid() == 0 {
		must(t, os.Chown(dir, 4711, 4711))
		_, err = Open(dir, 4712)
		refuses(t, err, "another account")
	}
}

func TestSettle(t *testing.T) {
	before, after := sha256.Sum256([]byte(was)), sha256.Sum256([]byte(want))
	temp := tempName("f")
	for _, tc := range []struct {
		name           string
		stands, beside string
		keeps, leaves  string // what is there afterwards, empty: nothing
		says           string
	}{
		{"nothing left", want, "", want, "", ""},
		{"broke off before the exchange", was, want, was, "", ""},
		{"broke off after the exchange", want, was, want, "", ""},
		{"broke off while removing", "", was, "", "", ""},
		{"somebody wrote before the exchange", want, "theirs", "theirs", "", ""},
		{"somebody wrote before the removal", "", "theirs", "theirs", "", ""},
		{"not ours", was, "theirs", was, "theirs", temp},
		{"not ours, and theirs", "newer", "theirs", "newer", "theirs", temp},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, r := home(t)
			for name, data := range map[string]string{"f": tc.stands, temp: tc.beside} {
				if data != "" {
					put(t, dir, name, data, 0o600)
				}
			}
			err := r.Settle("f", before, after)
			if tc.says == "" {
				must(t, err)
			} else {
				refuses(t, err, tc.says)
			}
			for name, data := range map[string]string{"f": tc.keeps, temp: tc.leaves} {
				got, _ := os.ReadFile(filepath.Join(dir, name))
				if string(got) != data {
					t.Errorf("%s holds %q, want %q", name, got, data)
				}
			}
		})
	}
	_, r := home(t)
	must(t, r.Settle("no/folder", before, after))
}

func TestTempNameStandsInTheWay(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, "f", was, 0o600)
	put(t, dir, tempName("f"), "theirs", 0o600)
	var left *Leftover
	if err := r.Replace("f", readAt(t, r, "f"), []byte(want)); !errors.As(err, &left) || left.Name != tempName("f") {
		t.Fatalf("replacing: %v", err)
	}
	if err := r.Remove("f", readAt(t, r, "f")); !errors.As(err, &left) {
		t.Fatalf("removing: %v", err)
	}
	holds(t, file, was)
	holds(t, filepath.Join(dir, tempName("f")), "theirs")
}

// needsRoot skips, and says so where it is seen.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("NOT TESTED: this needs root")
		t.Skip("NOT TESTED: needs root")
	}
}

// mount mounts a file system until the end of the test.
func mount(t *testing.T, kind, data string, flags uintptr) string {
	t.Helper()
	needsRoot(t)
	dir := t.TempDir()
	if err := unix.Mount("none", dir, kind, flags, data); err != nil {
		t.Logf("NOT TESTED: mounting %s: %v", kind, err)
		t.Skip("NOT TESTED: cannot mount")
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestFullDisk(t *testing.T) {
	dir := mount(t, "tmpfs", "size=64k", 0)
	r := openAt(t, dir)
	file := put(t, dir, "f", was, 0o600)
	put(t, dir, "ballast", strings.Repeat("x", 40<<10), 0o600)
	refuses(t, r.Replace("f", readAt(t, r, "f"), bytes.Repeat([]byte("y"), 32<<10)), "the disk is full")
	refuses(t, r.Create("g", 0o600, bytes.Repeat([]byte("y"), 32<<10)), "the disk is full")
	holds(t, file, was)
	names(t, dir, "ballast", "f")
	must(t, r.Replace("f", readAt(t, r, "f"), []byte(want)))
	holds(t, file, want)
}

func TestReadOnly(t *testing.T) {
	dir := mount(t, "tmpfs", "", 0)
	r := openAt(t, dir)
	file := put(t, dir, "f", was, 0o600)
	must(t, unix.Mount("none", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	f := readAt(t, r, "f")
	refuses(t, r.Replace("f", f, []byte(want)), "read-only file system")
	refuses(t, r.Create("g", 0o600, nil), "read-only file system")
	refuses(t, r.Remove("f", f), "read-only file system")
	refuses(t, r.Chmod("f", 0o600, 0o644), "read-only file system")
	_, err := r.MkdirAll("d", 0o700)
	refuses(t, err, "read-only file system")
	holds(t, file, was)
	names(t, dir, "f")
}

func TestMoveAcrossFileSystems(t *testing.T) {
	dir := mount(t, "tmpfs", "", 0)
	r := openAt(t, dir)
	put(t, dir, "f", was, 0o600)
	info, err := r.Stat("f")
	must(t, err)
	_, k := home(t)
	refuses(t, r.Move("f", info, k, "1"), "different file systems")
}

// TestOwnDisk fills an ext4 of its own, whose image is a file.
func TestOwnDisk(t *testing.T) {
	needsRoot(t)
	image := filepath.Join(t.TempDir(), "image")
	must(t, os.WriteFile(image, nil, 0o600))
	must(t, os.Truncate(image, 4<<20))
	dir := t.TempDir()
	for _, cmd := range [][]string{{"mkfs.ext4", "-q", image}, {"mount", "-o", "loop", image, dir}} {
		if out, err := exec.Command(cmd[0], cmd[1:]...).CombinedOutput(); err != nil {
			t.Logf("NOT TESTED: %s: %v %s", cmd[0], err, out)
			t.Skip("NOT TESTED: cannot mount an image")
		}
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	r := openAt(t, dir)
	file := put(t, dir, "f", was, 0o600)
	big := bytes.Repeat([]byte("y"), 8<<20)
	refuses(t, r.Replace("f", readAt(t, r, "f"), big), "the disk is full")
	holds(t, file, was)
	names(t, dir, "f", "lost+found")
}

func TestForeign(t *testing.T) {
	table := "22 1 254:0 / / rw - ext4 /dev/vda rw\n" +
		"40 22 0:40 / /home/a rw,nosuid shared:7 master:2 - nfs4 server:/home rw\n" +
		"41 22 0:41 / /home/a/cloud rw - fuse.sshfs x rw\n"
	for id, words := range map[string]string{
		"22": "", "40": "on a network file system (nfs4)", "41": "on a file system that a program serves (fuse.sshfs)", "4": "",
	} {
		err := local(kindInTable(table, id))
		if words == "" && err != nil || words != "" && (err == nil || err.Error() != words) {
			t.Errorf("mount %s: %v, want %q", id, err, words)
		}
	}
}

// TestPutBack goes through an exchange step by step, with somebody else's steps
// in between.
func TestPutBack(t *testing.T) {
	temp := tempName("f")
	for _, tc := range []struct {
		name             string
		before, meantime func(t *testing.T, dir string) // before the exchange, and after it
		keeps, leaves    string
	}{
		{"written", write("f", "B"), nil, "B", ""},
		{"written, and again", write("f", "B"), write("f", "C"), "C", ""},
		{"written, then removed", write("f", "B"), func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "f"))) }, "B", ""},
		{"other rights", func(t *testing.T, dir string) { must(t, os.Chmod(filepath.Join(dir, "f"), 0o644)) }, nil, was, ""},
		{"somebody wanted to write to the new file and gave up", write("f", "B"), asks("f"), "B", ""},
		{"the new file is about to be written", write("f", "B"), waits("f"), want + "late", "B"},
		{"the old file is about to be written", nil, waits(temp), was + "late", ""},
		{"somebody wanted to write to the old file, gave up and turned to the new one", nil, func(t *testing.T, dir string) {
			asks(temp)(t, dir)
			waits("f")(t, dir)
		}, want + "late", ""},
		{"the temporary name is gone", write("f", "B"), func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, temp))) }, want, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, r := home(t)
			put(t, dir, "f", was, 0o600)
			f := readAt(t, r, "f")
			p, err := r.place("f")
			must(t, err)
			defer p.close()
			old, err := p.hold("f", f)
			must(t, err)
			defer old.Close()
			fresh, err := p.draft(dressLike(f), []byte(want))
			must(t, err)
			defer fresh.Close()
			must(t, p.name(fresh, temp))
			if tc.before != nil {
				tc.before(t, dir)
			}
			must(t, p.swap(temp))
			if tc.meantime != nil {
				tc.meantime(t, dir)
			}
			if err = p.confirm(old, f, temp); !errors.Is(err, ErrMoved) {
				t.Fatalf("what came out: %v", err)
			}
			stays := strings.HasPrefix(tc.keeps, want) && tc.leaves == "" && tc.before == nil
			var left *Leftover
			if err = (&exchange{p, temp, old, fresh, f}).putBack(err); errors.As(err, &left) != (tc.leaves != "") || errors.Is(err, ErrMoved) == stays {
				t.Fatalf("putting back: %v", err)
			}
			old.Close()
			fresh.Close()
			for name, data := range map[string]string{"f": tc.keeps, temp: tc.leaves} {
				eventually(t, filepath.Join(dir, name), data)
			}
		})
	}
}

// TestGivenUp: somebody who wanted to write to the old file and was interrupted
// asks for the name again, and gets the new one.
func TestGivenUp(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, "f", was, 0o600)
	h, err := (&place{r, r.dir, "f"}).hold("f", readAt(t, r, "f"))
	must(t, err)
	defer h.Close()
	asks("f")(t, dir)
	f := readAt(t, r, "f")
	if err := h.still(f); !errors.Is(err, ErrMoved) {
		t.Fatalf("with somebody who wants to write: %v", err)
	}
	must(t, h.regain(f))
	must(t, h.still(f))
	waits("f")(t, dir)
	if h.regain(f) == nil {
		t.Fatal("with a writer nothing is said")
	}
	h.Close()
	eventually(t, file, was+"late")
}

// asks wants to write to a file, and gives up when it cannot at once.
func asks(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if _, err := unix.Open(filepath.Join(dir, name), unix.O_WRONLY|unix.O_NONBLOCK, 0); err != unix.EWOULDBLOCK {
			t.Skipf("NOT TESTED: no leases here: %v", err)
		}
	}
}

// waits has a program wait until it can write to a file.
func waits(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		cmd := exec.Command("sh", "-c", `echo ready; printf late >>"$1"`, "sh", filepath.Join(dir, name))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		t.Cleanup(func() { cmd.Wait() })
		_, err = out.Read(make([]byte, 6))
		must(t, err)
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if breaking(t, filepath.Join(dir, name)) {
				return
			}
		}
		t.Error("nobody waits for the lease to be given up")
	}
}

// breaking says whether the kernel has somebody waiting for the lease on a file.
func breaking(t *testing.T, file string) bool {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Lstat(file, &st))
	locks, err := os.ReadFile("/proc/locks")
	must(t, err)
	for line := range strings.Lines(string(locks)) {
		if strings.Contains(line, "BREAKING") && strings.Contains(line, fmt.Sprintf(":%d ", st.Ino)) {
			return true
		}
	}
	return false
}

// eventually waits for what a file is to hold, nothing where it is not to be.
func eventually(t *testing.T, file, data string) {
	t.Helper()
	var got []byte
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got, _ = os.ReadFile(file); string(got) == data {
			return
		}
	}
	t.Errorf("%s holds %q, want %q", filepath.Base(file), got, data)
}

// write replaces a file as programs do.
func write(name, data string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		put(t, dir, "next", data, 0o600)
		must(t, os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, name)))
	}
}
