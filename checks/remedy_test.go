package checks

import (
	"strings"
	"testing"

	"huddleguard/checks/fact"
)

// TestUpdateRemedy: an update that Huddleguard could do is shown with its
// command, and one it could not do with words alone.
func TestUpdateRemedy(t *testing.T) {
	held := install("linux:zoom:desktop:deb", "5.17.5.2543")
	held.Held = fact.Yes
	for _, c := range []struct {
		inst       fact.Installation
		applicable bool
		says       string
	}{
		{install("linux:zoom:desktop:deb", "5.17.5.2543"), true, "Update Zoom: apt-get -y --only-upgrade --no-remove -o Dpkg::Options::=--force-confold install zoom (with administrator rights). The package brings no repository along"},
		{install("linux:zoom:desktop:flatpak", "5.17.5.2543"), true, "Update Zoom: flatpak update -y --noninteractive --system us.zoom.Zoom (with administrator rights)"},
		{install("windows:zoom:desktop:msi", "5.12.99999"), true, "Update Zoom: winget upgrade --id Zoom.Zoom --exact"},
		{install("linux:zoom:desktop:files", "5.17.5.2543"), false, "Update the program."},
		{held, false, "Update the program."},
	} {
		f := released(t, "2026-11-24", c.inst)
		if f.Outcome != Fail || len(f.Remedies) != 1 {
			t.Errorf("%s: %s with %v", c.inst.ID, f.Outcome, f.Remedies)
			continue
		}
		if r := f.Remedies[0]; r.Kind != RemedyUpdate || r.Applicable != c.applicable || !strings.HasPrefix(r.Text, c.says) {
			t.Errorf("%s: %+v, want %v %q", c.inst.ID, r, c.applicable, c.says)
		}
	}
}
