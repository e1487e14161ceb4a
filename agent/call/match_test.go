package call_test

import (
	"path"
	"strings"
	"testing"

	"huddleguard/agent/call"
	"huddleguard/checks/fact"
)

// TestNamesAreOnes: no program's name belongs to two clients, since then a call
// of one would be the other's.
func TestNamesAreOnes(t *testing.T) {
	for _, os := range []fact.OS{fact.Linux, fact.Windows, fact.MacOS} {
		owner := map[string]string{}
		cat := builtIn(t)
		for i := range cat.Pages {
			for _, in := range cat.Pages[i].Installs {
				if in.System != os {
					continue
				}
				for _, p := range append(append([]string{}, in.Programs...), in.Processes...) {
					name := strings.TrimSuffix(strings.ToLower(path.Base(p)), ".exe")
					if other := owner[name]; other != "" && other != cat.Pages[i].ID {
						t.Errorf("%s: %q is %s's and %s's", os, name, other, cat.Pages[i].ID)
					}
					owner[name] = cat.Pages[i].ID
				}
			}
		}
	}
}

// TestProgramsOnLinux: who records is known by the name of the program.
func TestProgramsOnLinux(t *testing.T) {
	m := call.NewMatcher(builtIn(t), fact.Linux)
	for program, want := range map[string]string{
		"/opt/zoom/zoom": "zoom", "zoom": "zoom", "slack": "slack", "teams-for-linux": "teams", "teams": "teams", "CiscoCollabHost": "webex",
		"Discord": "discord", "element-desktop": "element", "signal-desktop": "signal", "mumble": "mumble", "linphone": "linphone", "jami": "jami",
		"jitsi-meet": "jitsi", "skypeforlinux": "skype", "ZoomWebviewHost": "zoom", "cheese": "", "obs": "", "": "", "zoomed": "",
	} {
		claims := m.Claims(call.Sighting{Signal: "linux-stream", Place: "records 1", Program: program})
		got := ""
		if len(claims) == 1 {
			got = claims[0].Client
		}
		if got != want || len(claims) > 1 {
			t.Errorf("%q: %+v, want %q", program, claims, want)
		}
	}
	for app, want := range map[string]string{"us.zoom.Zoom": "zoom", "com.slack.Slack": "slack", "org.gnome.Cheese": ""} {
		claims := m.Claims(call.Sighting{Signal: "linux-stream", Place: "records 1", App: app})
		if (len(claims) == 1) != (want != "") || want != "" && claims[0].Client != want {
			t.Errorf("%s: %+v, want %q", app, claims, want)
		}
	}
}
