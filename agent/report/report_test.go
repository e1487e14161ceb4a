package report

import (
	"bytes"
	"strings"
	"testing"

	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

func TestNewDropsNothing(t *testing.T) {
	set, findings := sampleSet(), sampleFindings()
	r := New(set, findings, known())
	if len(r.Findings) != len(findings) || len(r.Installations) != len(set.Installations) || len(r.Unreadable) != len(set.Unreadable) {
		t.Fatalf("%d findings, %d copies, %d unreadable", len(r.Findings), len(r.Installations), len(r.Unreadable))
	}
	for i, f := range r.Findings {
		if f.Key != findings[i].Key {
			t.Errorf("finding %d is %s, want %s", i, f.Key, findings[i].Key)
		}
		if f.Because == nil || f.Advisories == nil || f.Remedies == nil {
			t.Errorf("%s: a list is null", f.Key)
		}
	}
	in := r.Installations[0] // mumble
	if in.Version.Raw != "1.3.4-4" || in.Version.Low == "" || in.Scope != "machine" || in.InCall != fact.Yes {
		t.Errorf("the first copy is %+v", in)
	}
	if last := r.Installations[3]; last.User != "asha" || last.Scope != "user" {
		t.Errorf("the last copy is %+v", last)
	}
	if skype := r.Installations[1]; skype.Running != fact.Unknown || skype.Version.Raw != "" {
		t.Errorf("what is not known of Skype is %+v", skype)
	}
}

func TestExitCode(t *testing.T) {
	of := func(o checks.Outcome, s checks.Severity) checks.Finding {
		return checks.Finding{Outcome: o, Severity: s}
	}
	unread := []fact.Unreadable{{What: "x", Why: "y"}}
	for _, c := range []struct {
		name     string
		findings []checks.Finding
		unread   []fact.Unreadable
		failOn   checks.Severity
		want     int
	}{
		{"nothing", nil, nil, checks.Medium, 0},
		{"all is well", []checks.Finding{of(checks.Pass, checks.High)}, nil, checks.Medium, 0},
		{"fails at the level", []checks.Finding{of(checks.Fail, checks.Medium)}, nil, checks.Medium, 1},
		{"fails above the level", []checks.Finding{of(checks.Fail, checks.Critical)}, nil, checks.Medium, 1},
		{"fails below the level", []checks.Finding{of(checks.Fail, checks.Low)}, nil, checks.Medium, 0},
		{"a note", []checks.Finding{of(checks.Fail, checks.Info)}, nil, checks.Info, 1},
		{"waived", []checks.Finding{of(checks.Waived, checks.Critical)}, nil, checks.Info, 0},
		{"does not apply", []checks.Finding{of(checks.NotApplicable, checks.Critical)}, nil, checks.Info, 0},
		{"unknown", []checks.Finding{of(checks.Unknown, checks.Info)}, nil, checks.Critical, 3},
		{"unreadable", nil, unread, checks.Medium, 3},
		{"unreadable and a pass", []checks.Finding{of(checks.Pass, checks.High)}, unread, checks.Medium, 3},
		{"unknown, and fails below the level", []checks.Finding{of(checks.Unknown, checks.High), of(checks.Fail, checks.Low)}, nil, checks.Medium, 3},
		{"fails after what is unknown", []checks.Finding{of(checks.Unknown, checks.High), of(checks.Fail, checks.High)}, unread, checks.Medium, 1},
		{"an outcome of a later version", []checks.Finding{of("suspended", checks.High)}, nil, checks.Medium, 3},
	} {
		if got := ExitCode(Report{Findings: c.findings, Unreadable: c.unread}, c.failOn); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

// Only a report in which all was seen says that all is well.
func TestVerdict(t *testing.T) {
	copies := []Installation{{ID: "a", Client: "zoom"}}
	of := func(o checks.Outcome, s checks.Severity) []checks.Finding {
		return []checks.Finding{{ID: "zoom/a/b", Client: "zoom", Outcome: o, Severity: s, Message: message.New("update.not-held")}}
	}
	unread := []fact.Unreadable{{What: "x", Why: "y"}}
	for _, c := range []struct {
		name string
		r    Report
		mood string
		want string
	}{
		{"well", Report{Installations: copies, Findings: of(checks.Pass, checks.High)}, "good",
			"Everything in view was looked at, and there is nothing to mend."},
		{"note", Report{Installations: copies, Findings: of(checks.Fail, checks.Info)}, "good",
			"Everything in view was looked at, and there is nothing to mend. 1 thing is worth knowing."},
		{"fail", Report{Installations: copies, Findings: of(checks.Fail, checks.Low)}, "bad", "1 thing to mend."},
		{"waived", Report{Installations: copies, Findings: of(checks.Waived, checks.High)}, "unsure",
			"Everything in view was looked at, and nothing is left to mend but what was waived. 1 thing is waived."},
		{"unknown", Report{Installations: copies, Findings: of(checks.Unknown, checks.Info)}, "unsure",
			"Nothing to mend was found, but not everything is known. 1 thing is not known."},
		{"unreadable", Report{Installations: copies, Findings: of(checks.Pass, checks.High), Unreadable: unread}, "unsure",
			"Nothing to mend was found, but not everything is known. 1 place could not be looked at."},
		{"later outcome", Report{Installations: copies, Findings: of("suspended", checks.High)}, "unsure",
			"Nothing to mend was found, but not everything is known. 1 thing is not known."},
		{"no client", Report{}, "good", "No conferencing client was found, and everything in view was looked at."},
		{"no client seen", Report{Unreadable: unread}, "unsure",
			"No conferencing client was found, but not everything could be looked at. 1 place could not be looked at."},
		{"leftover of a client that is gone", Report{Findings: of(checks.Fail, checks.High)}, "bad", "1 thing to mend."},
	} {
		sum := c.r.tally(c.r.parts())
		if got := strings.Join(words{printer(t, "en")}.verdict(&c.r, sum), " "); got != c.want || sum.mood() != c.mood {
			t.Errorf("%s: got %q (%s), want %q (%s)", c.name, got, sum.mood(), c.want, c.mood)
		}
	}
}

func TestNoClient(t *testing.T) {
	r := New(fact.Set{Taken: taken, Host: fact.Host{OS: fact.Linux}, Scope: fact.Scope{Live: true, Users: fact.Self},
		Unreadable: []fact.Unreadable{{What: "snapd", Why: "no permission"}}}, nil, known())
	var b bytes.Buffer
	if err := Text(&b, r, printer(t, "en"), TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	const want = `Conferencing programs on this computer
Linux, looked at on 2026-11-24 09:30 UTC. In view: the machine and your own
account.

Looked for: Mumble, Skype, Zoom.
What could not be looked at may hold one.

Could not be looked at
  ? snapd: no permission

No conferencing client was found, but not everything could be looked at.
1 place could not be looked at.
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// Clients stand in the order of their worst finding, and what says the same of
// several people stands once.
func TestParts(t *testing.T) {
	r := sample()
	parts := r.parts()
	var order []string
	for _, p := range parts {
		order = append(order, p.client)
	}
	if got := strings.Join(order, " "); got != "skype zoom mumble any" {
		t.Errorf("the order is %s", got)
	}
	zoom := parts[1]
	if len(zoom.mend) != 2 || len(zoom.mend[1].same) != 3 || zoom.mend[0].Severity != checks.Medium {
		t.Errorf("to mend in Zoom: %d, the second of %d", len(zoom.mend), len(zoom.mend[1].same))
	}
}

// A client that is not there, and of which nothing is to say, is not shown.
func TestAbsentClientWithPasses(t *testing.T) {
	r := Report{Findings: []checks.Finding{{ID: "zoom/exposure/leftover-server", Client: "zoom", Outcome: checks.Pass, Severity: checks.Critical}}}
	if parts := r.parts(); len(parts) != 0 {
		t.Errorf("%d clients are shown", len(parts))
	}
}
