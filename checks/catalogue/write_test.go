package catalogue

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// settingAt finds a setting of a built-in page, and its place by path and key.
func settingAt(t *testing.T, id, path, key string) (*Setting, int) {
	t.Helper()
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := c.Find(id)
	if !ok || f.Setting == nil {
		t.Fatalf("there is no setting %s", id)
	}
	for i := range f.Setting.Places {
		if p := &f.Setting.Places[i]; p.Path == path && p.Key == key {
			return f.Setting, i
		}
	}
	t.Fatalf("%s has no place %s %s", id, path, key)
	return nil, 0
}

// nothing is what no value is written for.
type nothing struct{}

// TestWrite: what is written on real clients' pages, from the vendors' words.
func TestWrite(t *testing.T) {
	for _, c := range []struct {
		id, path, key string
		want          any // nothing{}: taken away; nil: nobody can say
	}{
		{"mumble/telemetry/usage-statistics", "~/.config/Mumble/Mumble.conf", "usage", false},
		{"mumble/privacy/hide-system", "~/.config/Mumble/Mumble.conf", "hideos", true},
		// Zoom's own keys turn the sense around.
		{"zoom/update/automatic", `HKLM\SOFTWARE\Zoom\MSI`, "DisableUpdate", false},
		{"zoom/update/automatic", `HKLM\SOFTWARE\Zoom\MSI`, "EnableClientAutoUpdate", true},
		{"zoom/terminal/ntlm", `HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0`, "RestrictSendingNTLMTraffic", 2.0},
		{"linphone/terminal/media-encryption", "~/.config/linphone/linphonerc", "media_encryption", "zrtp"},
		{"teams/telemetry/diagnostic-data", `HKCU\Software\Policies\Microsoft\office\common\clienttelemetry`, "sendtelemetry", 1.0},
		{"teams/privacy/network-addresses", "~/.config/teams-for-linux/config.json", "network.webRTCIPHandlingPolicy", "default_public_interface_only"},
		// The logging library wants a bare false, not a word.
		{"teams/privacy/log-file", "~/.config/teams-for-linux/config.json", "logConfig.transports.file.level", false},
		{"teams/exposure/certificates", "~/.config/teams-for-linux/config.json", "customCACertsFingerprints", []string{}},
		// Anything but a yes is a no.
		{"discord/update/host", "~/.config/discord/settings.json", "SKIP_HOST_UPDATE", false},
		// Without the key the client goes to its own server.
		{"zoom/exposure/server", "~/.config/zoomus.conf", "conf.webserver", nothing{}},
		{"element/update/server", "~/.config/Element/config.json", "update_base_url", nothing{}},
		{"zoom/exposure/fake-version", "~/.config/zoomus.conf", "fake.version", nothing{}},
		{"webex/exposure/web-inspector", "~/Desktop/cisco_spark_enable_webinspector.txt", "", nothing{}},
		// Which servers, and which flags to keep, only the person knows.
		{"teams/signin/servers", "~/.config/teams-for-linux/config.json", "authServerWhitelist", nil},
		{"teams/exposure/electron-flags", "~/.config/teams-for-linux/config.json", "electronCLIFlags", nil},
		// The messages would be lost with their key.
		{"signal/privacy/database-key", "~/.config/Signal/config.json", "key", nil},
		{"teams/signin/certificate-password", "~/.config/teams-for-linux/config.json", "clientCertPassword", nil},
	} {
		s, i := settingAt(t, c.id, c.path, c.key)
		value, absent, ok := s.Write(i)
		got := value
		switch {
		case !ok:
			got = nil
		case absent:
			got = nothing{}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v is written, want %v", c.id, got, c.want)
		}
	}
}

// TestWriteValue: an administrator may choose among what is wanted.
func TestWriteValue(t *testing.T) {
	five := 5.0
	for _, c := range []struct {
		s            Setting
		choice, want any
	}{
		{Setting{Type: "string", Want: Want{OneOf: []any{"srtp", "zrtp"}}}, "zrtp", "zrtp"},
		{Setting{Type: "string", Want: Want{OneOf: []any{"srtp", "zrtp"}}}, "none", nil},
		{Setting{Type: "string", Want: Want{OneOf: []any{false}}}, "false", false},
		{Setting{Type: "int", Want: Want{AtLeast: &five}}, 7, 7.0},
		{Setting{Type: "int", Want: Want{AtLeast: &five}}, 4, nil},
		{Setting{Type: "bool", Want: Want{Is: false}}, false, false},
		{Setting{Type: "bool", Want: Want{Is: false}}, true, nil},
		{Setting{Type: "string", Want: Want{Not: "*"}}, "*.example.org", "*.example.org"},
		{Setting{Type: "string", Want: Want{Not: "*"}}, "a\nkey=b", nil},
		{Setting{Type: "string", Want: Want{Hosts: []string{"zoom.us"}}}, "https://acme.zoom.us", "https://acme.zoom.us"},
		{Setting{Type: "string", Want: Want{Hosts: []string{"zoom.us"}}}, "https://zoom.us.example", nil},
		{Setting{Type: "list", Want: Want{Lacks: []string{"no-sandbox"}}}, []any{"mute-audio"}, []string{"mute-audio"}},
		{Setting{Type: "list", Want: Want{Lacks: []string{"no-sandbox"}}}, []any{"--no-sandbox"}, nil},
		{Setting{Type: "string", Want: Want{Absent: true}}, "", nil},
		{Setting{Type: "string", Want: Want{Not: ""}, ByHand: true}, "x", nil},
	} {
		c.s.Places = []Place{{Store: "json"}}
		got, ok := c.s.WriteValue(0, c.choice)
		if ok != (c.want != nil) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s of %v: got %v, %v", c.s.Want.Words(), c.choice, got, ok)
		}
	}
}

// TestWhatIsWrittenMeets walks every place that may be written: what is written
// there is what the page asks for, of its type, and where nothing is to stand
// every copy that reads the place does what is asked for by itself.
func TestWhatIsWrittenMeets(t *testing.T) {
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for i := range c.Pages {
		for j := range c.Pages[i].Settings {
			s := &c.Pages[i].Settings[j]
			for k := range s.Places {
				if p := &s.Places[k]; p.Managed || p.Place == "unseen" {
					continue
				}
				name := fmt.Sprintf("%s/%s places[%d]", c.Pages[i].ID, s.ID, k)
				value, absent, ok := s.Write(k)
				if !ok {
					t.Logf("%s: left to people (%s)", name, s.WantAt(k).Words())
					continue
				}
				written++
				checkWritten(t, name, s, k, value, absent)
			}
		}
	}
	if written < 150 {
		t.Errorf("only %d places can be written", written)
	}
}

func checkWritten(t *testing.T, name string, s *Setting, place int, value any, absent bool) {
	t.Helper()
	w, typ := s.WantAt(place), s.TypeAt(place)
	if absent {
		if value != nil {
			t.Errorf("%s: a value beside its absence", name)
		}
		for _, p := range packagings {
			d := s.DefaultFor(s.Places[place].System, p)
			concerns := len(s.Places[place].Packagings) == 0 || slices.Contains(s.Places[place].Packagings, p)
			if concerns && (d == nil || !d.Meets) {
				t.Errorf("%s: taken away, and without it a %s does not do what is wanted", name, p)
			}
		}
		return
	}
	if meets, is := w.Meets(typ, value); !meets || !is {
		t.Errorf("%s: %v is written, and %s is wanted", name, value, w.Words())
	}
	if again, ok := s.WriteValue(place, value); !ok || !reflect.DeepEqual(again, value) {
		t.Errorf("%s: an administrator could not choose %v", name, value)
	}
	if shown, ok := s.Reveal(place, value); !ok || shown == Other {
		t.Errorf("%s: %v could not be shown when it is read back", name, value)
	}
}
