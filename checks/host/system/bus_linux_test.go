package system_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
)

// sessionBus starts a bus of one's own and names it in the environment.
func sessionBus(t *testing.T) {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("NOT TESTED: dbus-daemon is not installed")
	}
	cmd := exec.Command(daemon, "--session", "--nofork", "--print-address", "--address=unix:dir="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
}

// permissionStore stands in for xdg-permission-store.
type permissionStore map[string]map[string]map[string][]string

func (s permissionStore) List(table string) ([]string, *dbus.Error) {
	var ids []string
	for id := range s[table] {
		ids = append(ids, id)
	}
	return ids, nil
}

func (s permissionStore) Lookup(table, id string) (map[string][]string, dbus.Variant, *dbus.Error) {
	return s[table][id], dbus.MakeVariant(byte(0)), nil
}

// serve puts a store on the bus.
func serve(t *testing.T, s permissionStore) {
	t.Helper()
	const name = "org.freedesktop.impl.portal.PermissionStore"
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.Export(s, "/org/freedesktop/impl/portal/PermissionStore", name); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(name, 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
}

func TestPortalOnTheBus(t *testing.T) {
	sessionBus(t)
	me := strconv.Itoa(os.Getuid())
	dir := hosttest.Dir(t, hosttest.FromText(t, fmt.Sprintf("os: linux\nuser: me %s /home/me\nuser: other 4711 /home/other\n", me)))
	look := func(who, table string) (map[string]map[string][]string, error) {
		s, err := system.OpenLive(dir, os.Getuid())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		home := system.Home{Tree: s.Machine()}
		home.Name, home.ID = who, map[string]string{"me": me, "other": "4711"}[who]
		return s.Portal(t.Context(), home, table)
	}
	if got, err := look("me", "devices"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("without a store: %v %v", got, err)
	}
	want := map[string]map[string][]string{"camera": {"us.zoom.Zoom": {"yes"}, "": {"no"}}}
	serve(t, permissionStore{"devices": want})
	if got, err := look("me", "devices"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("with a store: %v %v, want %v", got, err, want)
	}
	if got, err := look("me", "background"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("a table it has not: %v %v", got, err)
	}
	if got, err := look("other", "devices"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("another person's: %v %v", got, err)
	}
}
