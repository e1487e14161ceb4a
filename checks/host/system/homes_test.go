package system_test

import (
	"slices"
	"strings"
	"testing"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/system"
)

func TestPeople(t *testing.T) {
	const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
sys:x:3:3::/dev:/usr/sbin/nologin
systemd-network:x:998:998::/home/net:/usr/sbin/nologin
ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash
ben:x:1001:1001::/srv/people/ben/:/usr/sbin/nologin
silver:x:1002:1002::/var/home/silver:/bin/sh
nixbld1:x:30001:30000::/var/empty:/sbin/nologin
libvirt-qemu:x:64055:109::/var/lib/libvirt:/usr/sbin/nologin
fixed:x:60500:60500::/home/fixed:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
odd-nobody:x:65534:65534::/home/nobody:/bin/sh
snap_daemon:x:584788:584788::/nonexistent:/usr/bin/false
eve@corp:*:1234567890:1::/home/corp/eve:/bin/bash
minus:x:4294967295:1::/home/minus:/bin/sh
over:x:4294967296:1::/home/over:/bin/sh
slash:x:1003:1003::/:/bin/sh
none:x:1004:1004:::/bin/sh
relative:x:1005:1005::home:/bin/sh
up:x:1006:1006::/home/../etc:/bin/sh
short:x:1007:1007:/home/short
text:x:ten:1007::/home/text:/bin/sh
:x:1008:1008::/home/noname:/bin/sh
`
	var got []string
	for _, u := range system.People(passwd) {
		got = append(got, u.Name+" "+u.ID+" "+u.Home)
	}
	want := []string{
		"root 0 /root",
		"ann 1000 /home/ann",
		"ben 1001 /srv/people/ben",
		"silver 1002 /var/home/silver",
		"eve@corp 1234567890 /home/corp/eve",
	}
	if !slices.Equal(got, want) {
		t.Errorf("people are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// names opens an image and lists its people.
func names(t *testing.T, archive string) ([]string, error) {
	t.Helper()
	homes, err := over(system.Offline)(t, archive).Homes()
	var all []string
	for _, h := range homes {
		all = append(all, h.Name+" "+h.ID+" "+h.Home)
	}
	return all, err
}

func TestHomesOfADirectory(t *testing.T) {
	got, err := names(t, `os: linux
user: ann 1000 /home/ann
-- root/home/eve/x --
-- root/home/corp/dan/x --
-- root/home/lost+found/x --
-- root/home/brew/x --
-- root/home/file --
-- modes --
owner 70000 /home/eve
owner 70001 /home/corp/dan
owner 1000 /home/brew
owner 65534 /home/lost+found/x
`)
	want := []string{"ann 1000 /home/ann", "dan 70001 /home/corp/dan", "eve 70000 /home/eve"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("people are %q (%v), want %q", got, err, want)
	}
}

func TestNoAccounts(t *testing.T) {
	got, err := names(t, "os: linux\n-- root/etc/passwd/x --\n")
	if err == nil || err.Error() != "reading the list of accounts: is a folder" || len(got) != 0 {
		t.Errorf("people are %q, %v", got, err)
	}
}

func TestOneHomeForTwo(t *testing.T) {
	got, err := names(t, "os: linux\n-- root/etc/passwd --\nroot:x:0:0::/root:\ntoor:x:0:0::/root:\n")
	if want := []string{"root 0 /root"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("people are %q (%v), want %q", got, err, want)
	}
}

func TestNoImage(t *testing.T) {
	empty := t.TempDir()
	for dir, why := range map[string]string{
		empty: "no system found: expected etc/os-release or var/lib/dpkg (Linux), Windows/System32/config/SOFTWARE (Windows)" +
			" or System/Library/CoreServices/SystemVersion.plist (macOS) in it",
		empty + "/nothing": "file does not exist",
	} {
		_, err := system.Offline(dir)
		if err == nil || !strings.HasSuffix(err.Error(), why) || !strings.HasPrefix(err.Error(), "opening the image ") {
			t.Errorf("%s: %v, want … %s", dir, err, why)
		}
	}
}

func TestLinuxHost(t *testing.T) {
	s := over(system.Offline)(t, `os: linux
-- root/usr/lib/os-release --
NAME="Debian GNU/Linux"
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
-- root/etc/hostname --
# the name

 desk
-- root/bin/sh --
@base64
f0VMRgIBAQAAAAAAAAAAAAMAtwA=
-- modes --
link /etc/os-release -> ../usr/lib/os-release
`)
	want := fact.Host{OS: fact.Linux, OSVersion: "Debian GNU/Linux 12 (bookworm)", Name: "desk", Arch: fact.ARM64}
	if got := s.Host(); got != want {
		t.Errorf("the host is %+v, want %+v", got, want)
	}
}

func TestReleaseValue(t *testing.T) {
	for text, want := range map[string]string{
		"PRETTY_NAME=Plain\n":            "Plain",
		"X=1\nPRETTY_NAME='Single One'":  "Single One",
		`PRETTY_NAME="A \"B\" \$C \\ D"`: `A "B" $C \ D`,
		"MY_PRETTY_NAME=x\n":             "",
		"":                               "",
	} {
		if got := system.ReleaseValue(text, "PRETTY_NAME"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestBrokenHives: without a hive that can be read nothing is said of its keys.
func TestBrokenHives(t *testing.T) {
	s := over(system.Offline)(t, "os: windows\nuser: Ann S-1-5-21-1-2-3-1001 C:/Users/Ann\n-- root/Users/Public/x --\n-- root/Users/desktop.ini --\n")
	homes, err := s.Homes()
	if err == nil || !strings.HasPrefix(err.Error(), "reading the list of profiles: ") || len(homes) != 1 || homes[0].Name != "Ann" {
		t.Fatalf("homes: %v %v", homes, err)
	}
	for _, ask := range []func() (system.Key, error){
		func() (system.Key, error) { return s.Registry(system.HKLM, nil, `SOFTWARE\Zoom`) },
		func() (system.Key, error) { return s.Registry(system.HKLM, nil, `SYSTEM\CurrentControlSet`) },
		func() (system.Key, error) { return s.Registry(system.HKLM, nil, `SAM\SAM`) },
		func() (system.Key, error) { return s.Registry(system.HKCU, &homes[0], `Software\Zoom`) },
	} {
		if _, err := ask(); err == nil || isQuiet(err) {
			t.Errorf("a hive that cannot be read passes: %v", err)
		}
	}
}
