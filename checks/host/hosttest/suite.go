package hosttest

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/system"
)

// Suite is the contract of a System. open makes one of a recorded host's text;
// it may skip what it cannot make.
func Suite(t *testing.T, open func(t testing.TB, archive string) system.System) {
	for name, test := range map[string]func(*testing.T, func(testing.TB, string) system.System){
		"machine":    suiteMachine,
		"listing":    suiteListing,
		"describing": suiteDescribing,
		"bounds":     suiteBounds,
		"home":       suiteHome,
		"homes":      suiteHomes,
		"owner":      suiteOwner,
		"device":     suiteDevice,
		"unreadable": suiteUnreadable,
		"at once":    suiteAtOnce,
		"elsewhere":  suiteElsewhere,
		"portal":     suitePortal,
		"windows":    suiteWindows,
		"registry":   suiteRegistry,
		"macos":      suiteMac,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// canary stands in every file of the suite that is refused; no error may hold it.
const canary = "hunter2"

const suiteLinuxHost = `os: linux
os_version: Debian GNU/Linux 12 (bookworm)
name: desk
user: ann 1000 /home/ann
user: ben 1001 /home/ben
user: eve 1002 /home/eve
user: root 0 /root
-- root/opt/zoom/version.txt --
6.6.0.1234
-- root/opt/zoom/b --
-- root/opt/zoom/a --
-- root/opt/zoom/C --
-- home/ann/.config/zoomus.conf --
hunter2
-- home/ann/.config/other.conf --
other
-- modes --
0777 /opt/zoom
04755 /opt/zoom/a
01777 /opt/zoom/b
link /opt/absolute -> /opt/zoom/version.txt
link /opt/relative -> zoom/version.txt
link /opt/above -> ../../../../opt/zoom/version.txt
link /opt/folder -> /opt/zoom
link /opt/dangling -> nothing
link /opt/loop -> loop
link /opt/one -> two
link /opt/two -> one
fifo /opt/fifo
socket /opt/socket
dir /opt/empty
missing /home/ben
missing /home/eve
link /home/eve -> ann
link ~ann/inside -> .config/zoomus.conf
link ~ann/folder -> .config
link ~ann/absolute -> /home/ann/.config/zoomus.conf
link ~ann/passwd -> ../../etc/passwd
link ~ann/ben -> ../ben
link ~ann/loop -> loop
link ~ann/dangling -> .config/nothing
fifo ~ann/fifo
`

// question is a name read, and the content or the reason expected.
type question struct {
	name, want string
	why        string // "absent" for ErrNotExist
}

const absent = "absent"

func ask(t *testing.T, tree system.Tree, questions []question) {
	t.Helper()
	for _, q := range questions {
		data, err := tree.ReadFile(q.name, system.MaxFile)
		switch {
		case err == nil && q.why == "":
			if string(data) != q.want {
				t.Errorf("%.80s: holds %q, want %q", q.name, data, q.want)
			}
		case q.why == absent:
			if !errors.Is(err, system.ErrNotExist) {
				t.Errorf("%.80s: %v, want absent", q.name, err)
			}
		default:
			expect(t, q.name, err, q.why)
		}
	}
}

// expect wants an error with that reason, which is not "absent" and tells no more.
func expect(t *testing.T, what string, err error, why string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%.80s: no error, want %q", what, why)
	case errors.Is(err, system.ErrNotExist):
		t.Errorf("%.80s: passes for absent, want %q", what, why)
	case why == "" || err.Error() != why:
		t.Errorf("%.80s: %q, want %q", what, err, why)
	}
}

func suiteMachine(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, suiteLinuxHost)
	const version = "6.6.0.1234\n"
	ask(t, s.Machine(), []question{
		{"/opt/zoom/version.txt", version, ""},
		{"opt/zoom/version.txt", version, ""},
		{"//opt/./zoom//version.txt", version, ""},
		{"/opt/empty/../zoom/version.txt", version, ""},
		{"/../../opt/zoom/version.txt", version, ""},
		{"/opt/absolute", version, ""},
		{"/opt/relative", version, ""},
		{"/opt/above", version, ""},
		{"/opt/folder/version.txt", version, ""},
		{"/opt/zoom/b", "", ""},
		{"/home/ann/.config/other.conf", "other\n", ""},
		{"/opt/nothing", "", absent},
		{"/nothing/at/all", "", absent},
		{"/opt/dangling", "", absent},
		{"/opt/zoom/c", "", absent},
		{"/opt/zoom/version.txt/x", "", "is not a folder, or lies beneath something that is not"},
		{"/opt/zoom", "", "is a folder"},
		{"/", "", "is a folder"},
		{"", "", "is a folder"},
		{"/opt/loop", "", "is a loop of links"},
		{"/opt/one/x", "", "is a loop of links"},
		{"/opt/fifo", "", "is a FIFO"},
		{"/opt/socket", "", "is a socket"},
		{"/opt/\x00", "", "has a name no file can have"},
		{"/opt/" + strings.Repeat("n", 300), "", "has a name that is too long"},
	})
}

func suiteListing(t *testing.T, open func(testing.TB, string) system.System) {
	m := open(t, suiteLinuxHost).Machine()
	entries, err := m.ReadDir("/opt/folder")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"C", "a", "b", "version.txt"}; !slices.Equal(names, want) {
		t.Fatalf("listed %q, want %q", names, want)
	}
	info, err := entries[1].Info()
	if err != nil || info.Name() != "a" || info.Mode() != fs.ModeSetuid|0o755 || !entries[1].Type().IsRegular() {
		t.Errorf("the entry a: %v %v", info, err)
	}
	if entries, err := m.ReadDir("opt/empty"); err != nil || len(entries) != 0 {
		t.Errorf("an empty folder: %v %v", entries, err)
	}
	if _, err := m.ReadDir("/opt/nothing"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("an absent folder: %v", err)
	}
	for name, why := range map[string]string{
		"/opt/fifo":             "is not a folder, or lies beneath something that is not",
		"/opt/zoom/version.txt": "is not a folder, or lies beneath something that is not",
		"/opt/loop":             "is a loop of links",
	} {
		_, err := m.ReadDir(name)
		expect(t, "listing "+name, err, why)
	}
}

func suiteDescribing(t *testing.T, open func(testing.TB, string) system.System) {
	m := open(t, suiteLinuxHost).Machine()
	for _, c := range []struct {
		name string
		ask  func(string) (system.Info, error)
		mode fs.FileMode
	}{
		{"/opt/zoom", m.Lstat, fs.ModeDir | 0o777},
		{"/opt/zoom/a", m.Stat, fs.ModeSetuid | 0o755},
		{"/opt/zoom/b", m.Lstat, fs.ModeSticky | 0o777},
		{"/opt/absolute", m.Stat, 0o644},
		{"/opt/folder", m.Stat, fs.ModeDir | 0o777},
		{"/opt/fifo", m.Stat, fs.ModeNamedPipe | 0o644},
		{"/opt/socket", m.Lstat, fs.ModeSocket | 0o644},
	} {
		if info, err := c.ask(c.name); err != nil || info.Mode != c.mode {
			t.Errorf("%s is %v (%v), want %v", c.name, info.Mode, err, c.mode)
		}
	}
	if info, err := m.Lstat("/opt/dangling"); err != nil || info.Mode.Type() != fs.ModeSymlink {
		t.Errorf("a dangling link is %v (%v)", info.Mode, err)
	}
	if info, err := m.Stat("/opt/absolute"); err != nil || info.Size != 11 || info.ModTime.IsZero() {
		t.Errorf("a link's file is %+v (%v)", info, err)
	}
	if _, err := m.Stat("/opt/dangling"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("what a dangling link leads to: %v", err)
	}
	_, err := m.Stat("/opt/loop")
	expect(t, "describing a loop", err, "is a loop of links")
	if text, err := m.Readlink("/opt/above"); err != nil || text != "../../../../opt/zoom/version.txt" {
		t.Errorf("the text of a link: %q %v", text, err)
	}
	for _, name := range []string{"/opt/zoom", "/opt/zoom/a", "/opt/fifo"} {
		_, err := m.Readlink(name)
		expect(t, "the link "+name, err, "is not a link")
	}
	if _, err := m.Readlink("/opt/nothing"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("the text of no link: %v", err)
	}
}

func suiteBounds(t *testing.T, open func(testing.TB, string) system.System) {
	m := open(t, `os: linux
-- root/ten --
123456789
-- root/sparse --
@size 4294967296
`).Machine()
	if data, err := m.ReadFile("/ten", 10); err != nil || string(data) != "123456789\n" {
		t.Errorf("ten bytes of ten: %q %v", data, err)
	}
	for _, c := range []struct {
		name string
		max  int64
		why  string
	}{
		{"/ten", 9, "larger than 9 bytes"},
		{"/sparse", 1 << 10, "larger than 1 KiB"},
		{"/sparse", system.MaxFile, "larger than 16 MiB"},
		{"/sparse", system.MaxHive, "larger than 256 MiB"},
	} {
		_, err := m.ReadFile(c.name, c.max)
		expect(t, c.name, err, c.why)
		_, err = m.Open(c.name, c.max)
		expect(t, c.name, err, c.why)
	}
	f, err := m.Open("/ten", 10)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	part := make([]byte, 3)
	if _, err := f.ReadAt(part, 4); err != nil || string(part) != "567" || f.Size() != 10 {
		t.Errorf("at 4: %q %v, size %d", part, err, f.Size())
	}
	if whole, err := io.ReadAll(f); err != nil || string(whole) != "123456789\n" {
		t.Errorf("whole: %q %v", whole, err)
	}
	if f.Path() != "" {
		if again, err := os.ReadFile(f.Path()); err != nil || string(again) != "123456789\n" {
			t.Errorf("through its path: %q %v", again, err)
		}
	}
}

// homeOf finds a person's home.
func homeOf(t *testing.T, s system.System, name string) system.Home {
	t.Helper()
	homes, _ := s.Homes()
	for _, h := range homes {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("no home of %s among %d", name, len(homes))
	return system.Home{}
}

const outOfHome = "leads out of the home or onto another file system"

func suiteHome(t *testing.T, open func(testing.TB, string) system.System) {
	tree := homeOf(t, open(t, suiteLinuxHost), "ann").Tree
	ask(t, tree, []question{
		{".config/zoomus.conf", canary + "\n", ""},
		{"./.config/../.config/zoomus.conf", canary + "\n", ""},
		{"inside", canary + "\n", ""},
		{"folder/other.conf", "other\n", ""},
		{"nothing", "", absent},
		{"dangling", "", absent},
		{"absolute", "", outOfHome},
		{"passwd", "", outOfHome},
		{"ben/x", "", outOfHome},
		{"../ann/.config/zoomus.conf", "", outOfHome},
		{".config/../../../etc/passwd", "", outOfHome},
		{"/etc/passwd", "", outOfHome},
		{"loop", "", "is a loop of links"},
		{"fifo", "", "is a FIFO"},
		{".config", "", "is a folder"},
		{".", "", "is a folder"},
	})
	entries, err := tree.ReadDir(".config")
	if err != nil || len(entries) != 2 || entries[0].Name() != "other.conf" {
		t.Errorf("listing: %v %v", entries, err)
	}
	if _, err := tree.ReadDir(".."); err == nil {
		t.Error("listed what lies above the home")
	}
	if info, err := tree.Lstat("passwd"); err != nil || info.Mode.Type() != fs.ModeSymlink {
		t.Errorf("a link that leads out: %v %v", info, err)
	}
	_, err = tree.Stat("passwd")
	expect(t, "what a link that leads out leads to", err, outOfHome)
}

func suiteHomes(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, suiteLinuxHost)
	homes, err := s.Homes()
	if err != nil {
		t.Fatal(err)
	}
	var users []fact.User
	for _, h := range homes {
		users = append(users, h.User)
	}
	if want := []fact.User{{Name: "ann", ID: "1000", Home: "/home/ann"}, {Name: "ben", ID: "1001", Home: "/home/ben"},
		{Name: "eve", ID: "1002", Home: "/home/eve"}, {Name: "root", ID: "0", Home: "/root"}}; !slices.Equal(users, want) {
		t.Errorf("homes of %v, want %v", users, want)
	}
	for who, why := range map[string]string{
		"ben": "the home is not there; it may not be mounted",
		"eve": "the home is a link",
	} {
		tree := homeOf(t, s, who).Tree
		_, err := tree.ReadFile("x", system.MaxFile)
		expect(t, "reading in the home of "+who, err, why)
		_, err = tree.ReadDir(".")
		expect(t, "listing the home of "+who, err, why)
		_, err = tree.Lstat("x")
		expect(t, "describing in the home of "+who, err, why)
	}
	if got := s.Host(); got.OS != fact.Linux {
		t.Errorf("the host is %+v", got)
	}
}

func suiteOwner(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, `os: linux
user: ann 1000 /home/ann
user: ben 1001 /home/ben
-- home/ann/foreign --
hunter2
-- home/ann/own --
own
-- modes --
owner 1001 ~ann/foreign
link ~ann/alias -> foreign
`)
	tree := homeOf(t, s, "ann").Tree
	ask(t, tree, []question{
		{"own", "own\n", ""},
		{"foreign", "", "belongs to another account"},
		{"alias", "", "belongs to another account"},
	})
	if info, err := tree.Lstat("foreign"); err != nil || info.UID != 1001 {
		t.Errorf("a foreign file is %+v (%v)", info, err)
	}
	ask(t, s.Machine(), []question{{"/home/ann/foreign", canary + "\n", ""}})
}

func suiteDevice(t *testing.T, open func(testing.TB, string) system.System) {
	ask(t, open(t, "os: linux\n-- modes --\ndevice /opt/null\n").Machine(), []question{{"/opt/null", "", "is a device"}})
}

func suiteUnreadable(t *testing.T, open func(testing.TB, string) system.System) {
	m := open(t, `os: linux
-- root/secret --
hunter2
-- root/folder/x --
-- modes --
unreadable /secret no permission
unreadable /folder no permission
`).Machine()
	ask(t, m, []question{
		{"/secret", "", "no permission"},
		{"/folder/x", "", "no permission"},
		{"/folder/nothing", "", "no permission"},
	})
	_, err := m.ReadDir("/folder")
	expect(t, "listing", err, "no permission")
	if _, err := m.Lstat("/secret"); err != nil {
		t.Errorf("describing what cannot be read: %v", err)
	}
}

// suiteAtOnce is for the race detector.
func suiteAtOnce(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, suiteLinuxHost)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			homes, _ := s.Homes()
			for _, h := range homes {
				h.Tree.ReadFile(".config/zoomus.conf", system.MaxFile)
			}
			s.Machine().ReadDir("/opt/zoom")
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// suiteElsewhere asks Linux for what it has not.
func suiteElsewhere(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, suiteLinuxHost)
	if _, err := s.Registry(system.HKLM, nil, `SOFTWARE\Zoom`); !errors.Is(err, system.ErrNotHere) {
		t.Errorf("the registry: %v", err)
	}
	ann := homeOf(t, s, "ann")
	if _, err := s.Portal(t.Context(), ann, "devices"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("a table that is not there: %v", err)
	}
	if _, err := s.Snapd(t.Context(), "/v2/snaps"); !errors.Is(err, system.ErrNotHere) {
		t.Errorf("snapd: %v", err)
	}
	if s.Scope().Live {
		return
	}
	if _, err := s.Processes(t.Context()); !errors.Is(err, system.ErrNotHere) {
		t.Errorf("processes: %v", err)
	}
	if _, err := s.Devices(t.Context(), 1); !errors.Is(err, system.ErrNotHere) {
		t.Errorf("devices: %v", err)
	}
	if _, err := s.Listeners(t.Context()); !errors.Is(err, system.ErrNotHere) {
		t.Errorf("listeners: %v", err)
	}
}

func suiteWindows(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, `os: windows
user: Ann S-1-5-21-1-2-3-1001 C:/Users/Ann
-- root/Program Files/Zoom/bin/Zoom.exe --
one
-- root/Program Files/Zoom/bin/straße.txt --
street
-- root/both/Name --
upper
-- root/both/name --
lower
-- home/Ann/AppData/Roaming/Zoom/data/Zoom.us.ini --
hunter2
-- modes --
owner 5 ~Ann/AppData/Roaming/Zoom/data/Zoom.us.ini
`)
	ask(t, s.Machine(), []question{
		{"C:/Program Files/Zoom/bin/Zoom.exe", "one\n", ""},
		{"c:/PROGRAM files/zoom/BIN/zoom.EXE", "one\n", ""},
		{"/program files/zoom/bin/../BIN/zoom.exe", "one\n", ""},
		{"C:/Program Files/Zoom/bin/STRAßE.TXT", "street\n", ""},
		{"C:/both/Name", "upper\n", ""},
		{"C:/both/name", "lower\n", ""},
		{"C:/both/NAME", "upper\n", ""},
		{"C:/Program Files/Zoom/bin/Zoom", "", absent},
		{"D:/Program Files/Zoom/bin/Zoom.exe", "", "lies on another volume than the one looked at"},
		{"C:/PROGRA~1/Zoom/bin/Zoom.exe", "", "has a short name, and what it stands for is not known here"},
		{"C:/program files", "", "is a folder"},
	})
	tree := homeOf(t, s, "Ann").Tree
	ask(t, tree, []question{
		{"appdata/roaming/zoom/DATA/zoom.us.INI", canary + "\n", ""},
		{"appdata/nothing", "", absent},
		{"../Ann/x", "", outOfHome},
		{"C:/both/name", "", outOfHome},
	})
	if info, err := tree.Stat("appdata/roaming"); err != nil || info.UID != -1 {
		t.Errorf("a folder is %+v (%v)", info, err)
	}
	if entries, err := s.Machine().ReadDir("c:/BOTH"); err != nil || len(entries) != 2 || entries[0].Name() != "Name" {
		t.Errorf("listing: %v %v", entries, err)
	}
	if _, err := s.Registry(system.HKCU, nil, "Software"); err == nil || errors.Is(err, system.ErrNotExist) {
		t.Errorf("a person's registry without the person: %v", err)
	}
}

func suiteRegistry(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, `os: windows
user: Ann S-1-5-21-1-2-3-1001 C:/Users/Ann
user: Ben S-1-5-21-1-2-3-1002 C:/Users/Ben
-- HKLM.reg --
[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Zoom]
@="default"
"Text"="hunter2"
"Number"=dword:0000002a
"Bytes"=hex:00,01,ff
[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Zoom\b]
[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Zoom\A]
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000002
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Control]
"x"="second"
-- HKCU-Ann.reg --
[HKEY_CURRENT_USER\Software\Classes\zoommtg]
@="URL:Zoom"
-- HKCU-Ben.reg --
unreadable the hive has changes that are still in its log
`)
	key, err := s.Registry(system.HKLM, nil, `software\POLICIES\zoom`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"": "default", "TEXT": canary, "Number": uint64(42), "bytes": []byte{0, 1, 255}} {
		if got, err := key.Value(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("the value %q: %#v %v, want %#v", name, got, err, want)
		}
	}
	if _, err := key.Value("nothing"); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("a value that is not there: %v", err)
	}
	if names, err := key.Subkeys(); err != nil || !slices.Equal(names, []string{"A", "b"}) {
		t.Errorf("the keys below: %q %v", names, err)
	}
	if names, err := key.Names(); err != nil || !slices.Equal(names, []string{"", "Bytes", "Number", "Text"}) {
		t.Errorf("the values: %q %v", names, err)
	}
	if _, err := s.Registry(system.HKLM, nil, `SOFTWARE\Nothing`); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("a key that is not there: %v", err)
	}
	key, err = s.Registry(system.HKLM, nil, `SYSTEM\CurrentControlSet\Control`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Value("x"); err != nil || got != "second" {
		t.Errorf("the control set in use: %v %v", got, err)
	}
	ann, ben := homeOf(t, s, "Ann"), homeOf(t, s, "Ben")
	if _, err := s.Registry(system.HKCU, &ann, `Software\Classes\ZoomMtg`); err != nil {
		t.Errorf("a person's classes: %v", err)
	}
	_, err = s.Registry(system.HKCU, &ben, `Software`)
	if err == nil || errors.Is(err, system.ErrNotExist) || errors.Is(err, system.ErrNotHere) {
		t.Errorf("a hive that cannot be read: %v", err)
	}
}

func suiteMac(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, `os: macos
os_version: 14.6
name: mac
user: ann 501 /Users/ann
-- root/Users/.localized --
-- root/Users/Shared/x --
-- root/Users/Guest/x --
-- home/ann/Library/Preferences/us.zoom.xos.plist --
hunter2
`)
	if got, want := s.Host(), (fact.Host{OS: fact.MacOS, OSVersion: "14.6", Name: "mac"}); got != want {
		t.Errorf("the host is %+v, want %+v", got, want)
	}
	homes, err := s.Homes()
	if err != nil || len(homes) != 1 || homes[0].Name != "ann" || homes[0].Home != "/Users/ann" {
		t.Fatalf("homes: %v %v", homes, err)
	}
	ask(t, homes[0].Tree, []question{{"Library/Preferences/us.zoom.xos.plist", canary + "\n", ""}})
	if _, err := s.Portal(t.Context(), homes[0], "devices"); !errors.Is(err, system.ErrNotHere) {
		t.Errorf("the portal: %v", err)
	}
}

// suitePortal reads a table that xdg-permission-store 1.16.0 wrote when Zoom
// was given the camera and Slack was denied it.
func suitePortal(t *testing.T, open func(testing.TB, string) system.System) {
	s := open(t, `os: linux
user: ann 4711 /home/ann
-- home/ann/.local/share/flatpak/db/devices --
@base64
R1ZhcmlhbnQAAAAAAAAAABgAAABYAAAAAAAAKAIAAAAAAAAAAQAAAGp/mnz/////WAAAAAQASABc
AAAAgAAAAJkrlHz/////wAAAAAQASADEAAAABAEAAG1haW4AAAAoAQAAAAAAAADuheb1/////4AA
AAAGAHYAiAAAAMAAAABjYW1lcmEAAAAAeWNvbS5zbGFjay5TbGFjawBubwADEHVzLnpvb20uWm9v
bQB5ZXMABA0VKAMAKHZhe3Nhc30pYXBwcwAAACgCAAAAAAAAAAEAAADcxIXB/////wQBAAAPAHYA
GAEAACMBAABzZnew/////yMBAAAMAHYAMAEAADsBAABjb20uc2xhY2suU2xhY2sAAAAAAGNhbWVy
YQAHAGFzdXMuem9vbS5ab29tAGNhbWVyYQAHAGFz
-- home/ann/.local/share/flatpak/db/broken --
hunter2
-- home/ann/.local/share/flatpak/db/folder/x --
`)
	ann := homeOf(t, s, "ann")
	got, err := s.Portal(t.Context(), ann, "devices")
	want := map[string]map[string][]string{"camera": {"us.zoom.Zoom": {"yes"}, "com.slack.Slack": {"no"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the table devices: %v %v, want %v", got, err, want)
	}
	for _, table := range []string{"broken", "folder", "../db/devices", ""} {
		_, err := s.Portal(t.Context(), ann, table)
		if err == nil || errors.Is(err, system.ErrNotExist) || errors.Is(err, system.ErrNotHere) || strings.Contains(err.Error(), canary) {
			t.Errorf("the table %q: %v", table, err)
		}
	}
}
