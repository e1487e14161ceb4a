package hosttest

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

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
