package hosttest

import (
	"bytes"
	"debug/pe"
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
