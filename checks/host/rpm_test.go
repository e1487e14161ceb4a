package host_test

import (
	"os"
	"slices"
	"testing"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/host/system"
)

// TestRPMHost looks at a folder with the files of a host that uses rpm, with its
// database in each of the three forms, and with a cut one.
func TestRPMHost(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	const epochVersion = "copy linux:zoom:desktop:rpm 2:6.7.2.6498-1"
	for from, to := range map[string]string{
		"rpmdb.sqlite": "usr/lib/sysimage/rpm/rpmdb.sqlite", "Packages.db": "usr/lib/sysimage/rpm/Packages.db", "Packages": "var/lib/rpm/Packages",
	} {
		data, err := os.ReadFile("../format/rpm/testdata/" + from)
		if err != nil {
			t.Fatal(err)
		}
		for _, cut := range []bool{false, true} {
			root := t.TempDir()
			write(t, root, "etc/os-release", []byte("PRETTY_NAME=\"Fedora Linux 43\"\n"))
			if cut {
				data = data[:len(data)/3]
			}
			write(t, root, to, data)
			sys, err := system.Offline(root)
			if err != nil {
				t.Fatal(err)
			}
			set, findings := judge(t, sys, cat, "")
			sys.Close()
			lines, _ := said(set, findings)
			want := epochVersion
			if cut {
				want = "unreadable /" + to
			}
			if !slices.Contains(lines, want) {
				t.Errorf("%s, cut %v: got %v, want %s", to, cut, lines, want)
			}
		}
	}
}
