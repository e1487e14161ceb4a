package ownbus

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSockets(t *testing.T) {
	for address, want := range map[string][]string{
		"":                                {"/run/user/7/bus"},
		"unix:path=/run/user/7/bus":       {"/run/user/7/bus", "/run/user/7/bus"},
		"unix:path=/tmp/a%20b,guid=12":    {"/tmp/a b", "/run/user/7/bus"},
		"tcp:host=h;unix:abstract=/tmp/x": {"@/tmp/x", "/run/user/7/bus"},
		"autolaunch:":                     {"/run/user/7/bus"},
		"unixexec:path=/bin/sh":           {"/run/user/7/bus"},
		"unix:path=%zz":                   {"/run/user/7/bus"},
	} {
		if got := Sockets(address, 7); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

// TestDial: a socket that somebody else listens on is no bus of one's own, and
// one that hangs up does not keep anybody.
func TestDial(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	if _, err := Dial(os.Getuid()); !errors.Is(err, ErrSilent) {
		t.Errorf("one's own: %v", err)
	}
	if _, err := Dial(os.Getuid() + 4711); !errors.Is(err, ErrNone) {
		t.Errorf("another's: %v", err)
	}
}
