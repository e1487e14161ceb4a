//go:build !linux

package hosttest

import "testing"

func special(t testing.TB, _ *node, _ string) {
	t.Helper()
	t.Skip("FIFOs, sockets and devices are made on Linux only")
}
