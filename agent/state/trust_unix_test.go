//go:build unix

package state

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// mine is whose files these tests make.
func mine() Whose {
	if os.Geteuid() == 0 {
		return Root
	}
	return RootOrOwn
}

// tree makes folder d with a file f in a folder of ours.
func tree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "d")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o644)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenTrusted(t *testing.T) {
	dir := tree(t)
	f, err := OpenTrusted(filepath.Join(dir, "f"), mine())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "text" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := OpenTrusted(filepath.Join(dir, "none"), mine()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := TrustedFolder(dir, mine()); err != nil {
		t.Error(err)
	}
}

// TestUntrusted: what others could have written or exchanged is refused, and
// the reason names the place.
func TestUntrusted(t *testing.T) {
	for _, c := range []struct {
		name, want string
		root       bool // only root can arrange it
		make       func(dir string) error
	}{
		{"writable by the group", "/d/f can be written", false, func(d string) error { return os.Chmod(d+"/f", 0o664) }},
		{"writable by all", "/d/f can be written", false, func(d string) error { return os.Chmod(d+"/f", 0o646) }},
		{"in a folder that others write to", "/d can be written", false, func(d string) error { return os.Chmod(d, 0o777) }},
		{"in a folder that all write to, sticky", "/d can be written", false, func(d string) error { return os.Chmod(d, 0o777|fs.ModeSticky) }},
		{"below a folder that others write to", "can be written", true, func(d string) error { return os.Chmod(filepath.Dir(d), 0o775) }},
		{"a folder", "/d/f is no regular file", false, func(d string) error { return errors.Join(os.Remove(d+"/f"), os.Mkdir(d+"/f", 0o755)) }},
		{"a pipe", "/d/f is no regular file", false, func(d string) error { return errors.Join(os.Remove(d+"/f"), syscall.Mkfifo(d+"/f", 0o644)) }},
		{"a loop", "loop of links", false, func(d string) error { return errors.Join(os.Remove(d+"/f"), os.Symlink("f", d+"/f")) }},
		{"a link to a file others write to", "/e can be written", false, func(d string) error {
			return errors.Join(os.Rename(d+"/f", d+"/e"), os.Chmod(d+"/e", 0o666), os.Symlink("e", d+"/f"))
		}},
		{"a link through a folder others write to", "/open can be written", false, func(d string) error {
			open := filepath.Dir(d) + "/open"
			return errors.Join(os.Mkdir(open, 0o755), os.Chmod(open, 0o777), os.Rename(d+"/f", open+"/f"), os.Symlink("../open/f", d+"/f"))
		}},
		{"of another account", "/d/f belongs to another", true, func(d string) error { return os.Chown(d+"/f", 12345, 0) }},
		{"in a folder of another account", "/d belongs to another", true, func(d string) error { return os.Chown(d, 12345, 0) }},
		{"a link of another account", "/d/f belongs to another", true, func(d string) error {
			return errors.Join(os.Rename(d+"/f", d+"/e"), os.Symlink("e", d+"/f"), os.Lchown(d+"/f", 12345, 0))
		}},
	} {
		if c.root && os.Geteuid() != 0 {
			continue
		}
		dir := tree(t)
		if err := c.make(dir); err != nil {
			t.Fatal(c.name, err)
		}
		f, err := OpenTrusted(filepath.Join(dir, "f"), mine())
		if err == nil {
			f.Close()
			t.Errorf("%s: it is opened", c.name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestTrustedLink: a link of ours to a file of ours is followed, also one that
// goes up and one from the root.
func TestTrustedLink(t *testing.T) {
	dir := tree(t)
	for _, link := range [][2]string{{"beside", "f"}, {"up", "../d/f"}, {"whole", dir + "/f"}, {"chain", "up"}} {
		if err := os.Symlink(link[1], filepath.Join(dir, link[0])); err != nil {
			t.Fatal(err)
		}
		f, err := OpenTrusted(filepath.Join(dir, link[0]), mine())
		if err != nil {
			t.Errorf("%s: %v", link[0], err)
			continue
		}
		f.Close()
	}
}

// TestNoHome: without a home in the environment the account's counts, and never
// the folder that happens to be worked in.
func TestNoHome(t *testing.T) {
	u, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		t.Skip("not run: the account that runs this is not in /etc/passwd")
	}
	for _, home := range []string{"", "somewhere"} {
		t.Setenv("HOME", home)
		t.Setenv("XDG_STATE_HOME", "somewhere")
		if dir := own(); !strings.HasPrefix(dir, u.HomeDir+"/") {
			t.Errorf("with HOME=%q it is %s", home, dir)
		}
	}
}
