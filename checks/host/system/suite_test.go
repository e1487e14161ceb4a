package system_test

import (
	"testing"

	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
)

// over opens a recorded host laid out as a folder.
func over(open func(string) (system.System, error)) func(testing.TB, string) system.System {
	return func(t testing.TB, archive string) system.System {
		t.Helper()
		s, err := open(hosttest.Dir(t, hosttest.FromText(t, archive)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

func TestOffline(t *testing.T) { hosttest.Suite(t, over(system.Offline)) }

// TestWalked is the tree of systems without openat2(2).
func TestWalked(t *testing.T) { hosttest.Suite(t, over(system.OfflineWalked)) }
