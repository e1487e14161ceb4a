package hosttest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// loseRights has the test go on reading files as nobody, for whom there are
// unreadable ones. Only its own thread does.
func loseRights(t testing.TB, dir string) {
	t.Helper()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	runtime.LockOSThread()
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Setfsuid(0)
		runtime.UnlockOSThread()
	})
}

// special makes what is neither file, folder nor link.
func special(t testing.TB, n *node, file string) {
	t.Helper()
	kind := uint32(unix.S_IFIFO)
	switch n.mode.Type() {
	case os.ModeSocket:
		kind = unix.S_IFSOCK
	case os.ModeDevice | os.ModeCharDevice:
		if os.Geteuid() != 0 {
			t.Skip("making a device needs root")
		}
		kind = unix.S_IFCHR
	}
	const null = 1<<8 | 3 // /dev/null
	if err := unix.Mknod(file, kind|0o644, null); err != nil {
		t.Fatal(err)
	}
}
