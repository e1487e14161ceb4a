package host_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/host/system"
)

// TestWindowsVolume looks at a folder with the files of a Windows computer, its
// hives written by hivexregedit (testdata/windows/make.sh): what a recorded host
// says in text is read here from real hives.
func TestWindowsVolume(t *testing.T) {
	root := t.TempDir()
	const teams = "Program Files/WindowsApps/MSTeams_26198.304.4946.9672_x64__8wekyb3d8bbwe/AppxManifest.xml"
	for name, from := range map[string]string{
		"Windows/System32/config/SOFTWARE":                       "SOFTWARE",
		"Windows/System32/config/SYSTEM":                         "SYSTEM",
		"Users/ann/NTUSER.DAT":                                   "NTUSER.DAT",
		"Users/ann/AppData/Local/Microsoft/Windows/UsrClass.dat": "UsrClass.dat",
		"Program Files/Zoom/bin/Zoom.exe":                        "../../../format/pe/testdata/signed.exe",
	} {
		data, err := os.ReadFile(filepath.Join("testdata/windows", from))
		if err != nil {
			t.Fatal(err)
		}
		write(t, root, name, data)
	}
	write(t, root, teams, []byte(`<?xml version="1.0"?><Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">`+
		`<Identity Name="MSTeams" Publisher="CN=Microsoft Corporation" Version="26198.304.4946.9672" ProcessorArchitecture="x64"/></Package>`))
	sys, err := system.Offline(root)
	if err != nil {
		t.Fatal(err)
	}
	defer sys.Close()
	if h := sys.Host(); h.OSVersion != "10.0.26100" || h.Name != "DESK" {
		t.Errorf("the host is %+v", h)
	}
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	set, findings := judge(t, sys, cat, "")
	lines, passes := said(set, findings)
	for _, want := range []string{
		"copy windows:zoom:desktop:msi 5.0.2.24046", "copy windows:teams:desktop:msix 26198.304.4946.9672",
		"fail medium zoom/update/automatic", "fail low zoom/version/form", "unknown zoom/origin/source",
		"pass teams/permission/camera @ann", "pass zoom/permission/camera @ann", "pass zoom/permission/microphone @ann",
	} {
		if !slices.Contains(lines, want) && !slices.Contains(passes, want) {
			t.Errorf("missing: %s", want)
		}
	}
	for _, u := range set.Unreadable {
		t.Errorf("could not be read: %s: %s", u.What, u.Why)
	}
}

func write(t *testing.T, root, name string, data []byte) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
