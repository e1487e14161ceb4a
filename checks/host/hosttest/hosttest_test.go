package hosttest

import (
	"bytes"
	"debug/pe"
	"errors"
	"reflect"
	"slices"
	"testing"

	"huddleguard/checks/host/system"
)

const desk = `os: linux
os_version: Debian GNU/Linux 12 (bookworm)
name: desk
arch: x64
live: true
user: ann 1000 /home/ann
user: root 0 /root
-- root/opt/zoom/version.txt --
6.6.0.1234
-- root/opt/zoom/zoom.exe --
@pe 5.17.5.31030 CompanyName="Zoom Communications, Inc." ProductName="Zoom"
-- root/opt/db --
@sqlite
create table t(a); insert into t values (42);
-- root/opt/p.plist --
@plist-binary
<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><true/></dict></plist>
-- root/opt/bytes --
@base64
AAEC
-- home/ann/.config/zoomus.conf --
[General]
-- modes --
0777 /opt/zoom
04755 /opt/db
-- processes --
812 ann /opt/zoom/zoom | /opt/zoom/zoom --url=x | /dev/video0
900 ? ? | ? | ?
-- listeners --
127.0.0.1 19421 812
-- portal-ann/devices --
camera us.zoom.Zoom yes
camera - no
-- snapd/v2/snaps --
[]
`

// read is the content of a machine's file.
func read(t *testing.T, s system.System, name string) []byte {
	t.Helper()
	data, err := s.Machine().ReadFile(name, system.MaxFile)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return data
}

func TestFilesSaidByWords(t *testing.T) {
	s := FromText(t, desk)
	if got := read(t, s, "/opt/bytes"); !bytes.Equal(got, []byte{0, 1, 2}) {
		t.Errorf("@base64: %v", got)
	}
	if got := read(t, s, "/opt/db"); !bytes.HasPrefix(got, []byte("SQLite format 3\x00")) {
		t.Errorf("@sqlite: %.20q", got)
	}
	if got := read(t, s, "/opt/p.plist"); !bytes.HasPrefix(got, []byte("bplist00")) {
		t.Errorf("@plist-binary: %.20q", got)
	}
	program, err := pe.NewFile(bytes.NewReader(read(t, s, "/opt/zoom/zoom.exe")))
	if err != nil {
		t.Fatalf("@pe: %v", err)
	}
	section := program.Section(".rsrc")
	if section == nil {
		t.Fatal("@pe: no resources")
	}
	resources, _ := section.Data()
	for _, want := range []string{"VS_VERSION_INFO", "Zoom Communications, Inc.", "5.17.5.31030"} {
		wide := bytes.Join(bytes.SplitAfter([]byte(want), nil), []byte{0})
		if !bytes.Contains(resources, wide) {
			t.Errorf("@pe: no %q among the resources", want)
		}
	}
}

func TestSuite(t *testing.T) { Suite(t, FromText) }

func TestWhatRuns(t *testing.T) {
	s := FromText(t, desk)
	processes, err := s.Processes(t.Context())
	want := []system.Process{
		{PID: 812, User: "ann", Exe: "/opt/zoom/zoom", Name: "zoom", Args: []string{"/opt/zoom/zoom", "--url=x"}},
		{PID: 900}, // whose name, program and arguments are not known
	}
	if err != nil || !reflect.DeepEqual(processes, want) {
		t.Errorf("processes: %+v %v, want %+v", processes, err, want)
	}
	if devices, err := s.Devices(t.Context(), 812); err != nil || !slices.Equal(devices, []string{"/dev/video0"}) {
		t.Errorf("devices: %v %v", devices, err)
	}
	if _, err := s.Devices(t.Context(), 900); err == nil || errors.Is(err, system.ErrNotExist) {
		t.Errorf("devices that cannot be read: %v", err)
	}
	if _, err := s.Devices(t.Context(), 1); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("devices of no process: %v", err)
	}
	for _, c := range []struct {
		ports []uint16
		want  []system.Listener
	}{
		{nil, []system.Listener{{Address: "127.0.0.1", Port: 19421}}},
		{[]uint16{19421}, []system.Listener{{Address: "127.0.0.1", Port: 19421, PID: 812}}},
		{[]uint16{80}, nil},
	} {
		if got, err := s.Listeners(t.Context(), c.ports...); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("listeners on %v: %v %v, want %v", c.ports, got, err, c.want)
		}
	}
	if got, err := s.Snapd(t.Context(), "/v2/snaps"); err != nil || string(got) != "[]\n" {
		t.Errorf("snapd: %q %v", got, err)
	}
	permissions, err := s.Portal(t.Context(), homeOf(t, s, "ann"), "devices")
	if want := (map[string]map[string][]string{"camera": {"us.zoom.Zoom": {"yes"}, "": {"no"}}}); err != nil || !reflect.DeepEqual(permissions, want) {
		t.Errorf("the portal: %v %v, want %v", permissions, err, want)
	}
}

func TestSectionsThatCannotBeRead(t *testing.T) {
	s := FromText(t, `os: linux
live: true
user: ann 1000 /home/ann
-- processes --
unreadable hidden
-- listeners --
unreadable hidden
-- portal-ann/devices --
unreadable hidden
-- snapd/v2/snaps --
unreadable hidden
`)
	_, processes := s.Processes(t.Context())
	_, listeners := s.Listeners(t.Context())
	_, portal := s.Portal(t.Context(), homeOf(t, s, "ann"), "devices")
	_, snapd := s.Snapd(t.Context(), "/v2/snaps")
	for what, err := range map[string]error{"processes": processes, "listeners": listeners, "portal": portal, "snapd": snapd} {
		expect(t, what, err, "hidden")
	}
}

// TestMistakes: a recorded host with a mistake in it is refused.
func TestMistakes(t *testing.T) {
	const linux = "os: linux\nuser: ann 1000 /home/ann\n"
	for _, archive := range []string{
		"",
		"os: plan9\n",
		"os: linux\ncolour: blue\n",
		"os: linux\nlive: maybe\n",
		"os: linux\nusers: some\n",
		"os: linux\nuser: ann\n",
		linux + "-- elsewhere/x --\n",
		linux + "-- home/bob/x --\n",
		linux + "-- HKCU-bob.reg --\n",
		linux + "-- portal-bob/devices --\n",
		linux + "-- portal-ann/devices --\ncamera\n",
		linux + "-- processes --\nann 812 /opt/zoom\n",
		linux + "-- listeners --\n127.0.0.1\n",
		linux + "-- HKLM.reg --\n[SOFTWARE]\n",
		linux + "-- root/a --\n-- root/a/b --\n",
		linux + "-- root/a/b --\n-- root/a --\n",
		linux + "-- root/a --\n@base64\n!\n",
		linux + "-- root/a --\n@sqlite\ncreate nonsense;\n",
		linux + "-- root/a --\n@plist-binary\n<\n",
		linux + "-- root/a --\n@pe 1.2.3.4 nonsense\n",
		linux + "-- root/a --\n@size many\n",
		linux + "-- root/a --\n@unknown\n",
		linux + "-- modes --\n0777 /nothing\n",
		linux + "-- modes --\nowner ann /home\n",
		linux + "-- modes --\nlink /a\n",
		linux + "-- modes --\ndance /a\n",
		linux + "-- modes --\nunreadable /home\n",
	} {
		if _, err := parse([]byte(archive)); err == nil {
			t.Errorf("no mistake is seen in\n%s", archive)
		}
	}
}
