//go:build unix

package person

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	root, err := Lookup("root")
	if err != nil || root.UID != 0 || root.GID != 0 || !slices.Contains(root.Groups, 0) || root.Home == "" {
		t.Errorf("%+v, %v", root, err)
	}
	self, err := Lookup("")
	if err != nil || int(self.UID) != os.Geteuid() {
		t.Errorf("%+v, %v", self, err)
	}
	for _, name := range []string{"no-such-person", "root:x", "../root", "0"} {
		if a, err := Lookup(name); err == nil || !strings.Contains(err.Error(), "/etc/passwd") {
			t.Errorf("%q is %+v, %v", name, a, err)
		}
	}
}

// TestNumber: setuid(2) takes 4294967295 for "leave it as it is".
func TestNumber(t *testing.T) {
	for _, id := range []string{"4294967295", "4294967296", "-1", "", "S-1-5-21"} {
		if n, err := number(id); err == nil {
			t.Errorf("%q is %d", id, n)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("LD_PRELOAD_OF_A_TEST", "x")
	a := Account{Name: "ann", UID: 4000000000, Home: "/home/ann"} // nobody's, so there is no /run/user of it
	want := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/home/ann", "USER=ann", "LOGNAME=ann"}
	if got := a.Bus(a.Environment()); !slices.Equal(got, want) {
		t.Errorf("it holds %q", got)
	}
}

// TestOwns: what somebody else put there is not taken for the person's, nor is
// a link to what is.
func TestOwns(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Symlink("bus", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	self := Account{UID: uint32(os.Geteuid())}
	other := Account{UID: self.UID + 1}
	for _, c := range []struct {
		who  Account
		name string
		typ  fs.FileMode
		want bool
	}{
		{self, "bus", fs.ModeSocket, true},
		{self, "bus", fs.ModeDir, false},
		{self, "link", fs.ModeSocket, false},
		{self, "", fs.ModeDir, true},
		{self, "none", fs.ModeSocket, false},
		{other, "bus", fs.ModeSocket, false},
	} {
		if got := c.who.owns(filepath.Join(dir, c.name), c.typ); got != c.want {
			t.Errorf("%q as %v of %d: %v", c.name, c.typ, c.who.UID, got)
		}
	}
}
