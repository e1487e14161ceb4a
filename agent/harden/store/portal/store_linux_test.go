package portal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
	"huddleguard/internal/ownbus"
)

const program = "/usr/libexec/xdg-permission-store"

// sessionBus starts a bus of one's own and names it in the environment.
func sessionBus(t *testing.T) *dbus.Conn {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("NOT RUN: dbus-daemon is not installed")
	}
	// A bus that can start nothing: what answers is what the test started.
	config := t.TempDir() + "/bus.conf"
	text := `<busconfig><type>session</type><listen>unix:dir=` + t.TempDir() + `</listen>
		<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(daemon, "--config-file="+config, "--nofork", "--print-address")
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
	conn, err := ownbus.Dial(os.Getuid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// realStore starts the real store on a bus of its own, with no grants.
func realStore(t *testing.T) store {
	t.Helper()
	if _, err := os.Stat(program); err != nil {
		t.Skip("NOT RUN: xdg-permission-store is not installed")
	}
	conn := sessionBus(t)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 200 {
		var running bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, storeName).Store(&running)
		if err != nil {
			t.Fatal(err)
		}
		if running {
			return store{t, conn.Object(storeName, storePath)}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("xdg-permission-store did not come up")
	return store{}
}

// store is the real store, as others use it.
type store struct {
	t   *testing.T
	bus dbus.BusObject
}

func (s store) call(method string, args ...any) *dbus.Call {
	s.t.Helper()
	c := s.bus.Call(storeName+"."+method, 0, args...)
	if c.Err != nil {
		s.t.Fatalf("%s: %v", method, c.Err)
	}
	return c
}

func (s store) grant(id, app string, words ...string) {
	s.t.Helper()
	s.call("SetPermission", "devices", true, id, app, words)
}

// all is the whole table, but for one application of one id.
func (s store) all(but string) string {
	s.t.Helper()
	var ids, lines []string
	if err := s.call("List", "devices").Store(&ids); err != nil {
		s.t.Fatal(err)
	}
	for _, id := range ids {
		var apps map[string][]string
		var data dbus.Variant
		if err := s.call("Lookup", "devices", id).Store(&apps, &data); err != nil {
			s.t.Fatal(err)
		}
		if but != "" {
			delete(apps, but)
		}
		lines = append(lines, fmt.Sprint(id, apps, data)) // fmt prints maps in order
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

var camera = fact.At{Store: "portal", Path: "devices", Key: "camera", Item: "us.zoom.Zoom"}

var (
	absent  = fact.Held{State: fact.Absent}
	allowed = fact.Held{State: fact.Present, Value: "allowed", Whole: true}
	denied  = fact.Held{State: fact.Present, Value: "denied", Whole: true}
)

// place is one case of the contract. prior is what stands there, nil for nothing.
func place(prior []string, others func(store), want, as fact.Held) func(t *testing.T) hardentest.Case {
	return func(t *testing.T) hardentest.Case {
		s := realStore(t)
		if others != nil {
			others(s)
		}
		if prior != nil {
			s.grant("camera", camera.Item, prior...)
		}
		return hardentest.Case{
			Store: New(os.Getuid()), At: camera, Want: want, Already: as,
			Snapshot: func() string { return s.all("") },
			Beside: func() {
				s.grant("camera", "org.example.Other", "ask")
				s.call("SetValue", "devices", true, "camera", dbus.MakeVariant("data"))
				s.grant("microphone", camera.Item, "yes")
			},
			Others:    func() string { return s.all(camera.Item) },
			Overwrite: func() { s.grant("camera", camera.Item, "ask", "odd") },
		}
	}
}

func TestContract(t *testing.T) {
	others := func(s store) {
		s.grant("camera", "org.example.First", "no")
		s.call("SetValue", "devices", true, "camera", dbus.MakeVariant(int32(7)))
	}
	for name, open := range map[string]func(*testing.T) hardentest.Case{
		"take away the only grant": place([]string{"yes"}, nil, absent, allowed),
		"take away one of several": place([]string{"yes", "odd"}, others, absent, allowed),
		"deny":                     place([]string{"yes"}, others, denied, allowed),
		"deny where nothing is":    place(nil, nil, denied, absent),
		"deny in a row of others":  place(nil, others, denied, absent),
	} {
		t.Run(name, func(t *testing.T) { hardentest.Suite(t, open) })
	}
}

// TestSettleTidies: a row that was made for a change which broke off goes.
func TestSettleTidies(t *testing.T) {
	s := realStore(t)
	before := s.all("")
	ours := New(os.Getuid())
	step, err := ours.Prepare(t.Context(), camera, plan.Standing{}, denied)
	if err != nil {
		t.Fatal(err)
	}
	s.grant("camera", camera.Item, "no")
	s.call("DeletePermission", "devices", "camera", camera.Item)
	if s.all("") == before {
		t.Fatal("an empty row does not show")
	}
	if err := ours.Settle(t.Context(), camera, step); err != nil || s.all("") != before {
		t.Errorf("%v, and it is %s", err, s.all(""))
	}
}

// TestValues: the words are those the collector shows.
func TestValues(t *testing.T) {
	for want, list := range map[string][]string{"allowed": {"yes"}, "denied": {"no", "yes"}, "ask": {"0"}} {
		if got := standing(list, true).Value; got != want {
			t.Errorf("%q is %v, want %s", list, got, want)
		}
	}
	if got := string(standing(nil, true).Raw); got != "[]" {
		t.Errorf("an empty list is kept as %s", got)
	}
}

func TestNoPlace(t *testing.T) {
	for _, at := range []fact.At{{Path: "../x", Key: "a", Item: "b"}, {Path: "devices", Key: "camera"}, {Path: "devices", Item: "b"}, {Key: "a", Item: "b"}} {
		if _, err := New(os.Getuid()).Read(t.Context(), at); err != errPlace {
			t.Errorf("%+v: %v", at, err)
		}
	}
}

// deaf is a store that never answers.
type deaf struct{}

func (deaf) Lookup(string, string) (map[string][]string, dbus.Variant, *dbus.Error) {
	time.Sleep(5 * time.Second)
	return nil, dbus.MakeVariant(byte(0)), nil
}

func TestDeadline(t *testing.T) {
	conn := sessionBus(t)
	if err := conn.Export(deaf{}, storePath, storeName); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(storeName, 0); err != nil {
		t.Fatal(err)
	}
	s := &Store{os.Getuid(), 50 * time.Millisecond}
	_, err := s.Read(context.Background(), camera)
	if err == nil || err.Error() != "the permission store did not answer in time" {
		t.Errorf("got %v", err)
	}
}

func TestNoBusOrStore(t *testing.T) {
	sessionBus(t)
	_, err := New(os.Getuid()).Read(t.Context(), camera)
	if err == nil || err.Error() != "no permission store is running, and none can be started" {
		t.Errorf("without a store: %v", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	if _, err := New(4711).Read(t.Context(), camera); err != ownbus.ErrNone {
		t.Errorf("without a bus: %v", err)
	}
	var _ harden.Store = New(0)
}
