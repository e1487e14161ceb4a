package host_test

import (
	"strings"
	"testing"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/host/hosttest"
)

// firefoxAt is a person who meets in Firefox, with policies in /etc.
const firefoxAt = `os: linux
name: desk
user: ann 1000 /home/ann
-- home/ann/.mozilla/firefox/profiles.ini --
[Profile0]
IsRelative=1
Path=abcd.default
-- home/ann/.mozilla/firefox/abcd.default/permissions.sqlite --
@sqlite
CREATE TABLE moz_perms (id INTEGER PRIMARY KEY, origin TEXT, type TEXT, permission INTEGER);
INSERT INTO moz_perms (origin, type, permission) VALUES ('https://meet.google.com', 'camera', 1);
-- root/etc/firefox/policies/policies.json --
POLICIES
`

// TestWhosePolicy: in a file that the organisation and Huddleguard both write,
// a value other than ours is the organisation's and is not fought; where none
// stands, ours is offered beside what the organisation wrote.
func TestWhosePolicy(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		policies string
		outcome  checks.Outcome
		managed  bool
		mends    int
	}{
		{`{"policies": {"DisableTelemetry": true}}`, checks.Pass, false, 0},
		{`{"policies": {"DisableTelemetry": false}}`, checks.Fail, true, 0},
		{`{"policies": {"DisableFirefoxStudies": true}}`, checks.Fail, false, 1},
	} {
		_, findings := judge(t, hosttest.FromText(t, strings.Replace(firefoxAt, "POLICIES", c.policies, 1)), cat, "")
		seen := false
		for _, f := range findings {
			if f.ID != "meet/telemetry/browser-usage" {
				continue
			}
			seen = true
			mends := 0
			for _, r := range f.Remedies {
				for _, m := range r.Mends {
					mends++
					if m.User != "" || m.At.Path != "/etc/firefox/policies/policies.json" || m.After.Value != true {
						t.Errorf("%s: %+v is to be written", c.policies, m)
					}
				}
			}
			if f.Outcome != c.outcome || f.Managed != c.managed || mends != c.mends {
				t.Errorf("%s: %s, managed %v, %d changes", c.policies, f.Outcome, f.Managed, mends)
			}
		}
		if !seen {
			t.Errorf("%s: no finding", c.policies)
		}
	}
}
