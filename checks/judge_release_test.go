package checks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/release"
)

// on is a day in UTC.
func on(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// released judges one copy's release on a day.
func released(t *testing.T, day string, in fact.Installation) Finding {
	t.Helper()
	set := fact.Set{Schema: fact.Schema, Installations: []fact.Installation{in}}
	for _, f := range Evaluate(Input{Facts: set, Catalogue: builtIn(t), Now: on(day)}) {
		if strings.HasSuffix(f.ID, "/version/supported-release") {
			return f
		}
	}
	t.Fatal("no finding")
	return Finding{}
}

func install(id, raw string) fact.Installation {
	p := strings.Split(id, ":")
	return fact.Installation{ID: id, Client: p[1], Edition: p[2], Packaging: fact.Packaging(p[3]), Path: "/somewhere",
		Versions: []fact.Version{{Raw: raw, Where: "somewhere"}}}
}

// TestRelease: the days of the releases stand in checks/release/table.txt; the
// day a limit ends was counted by hand.
func TestRelease(t *testing.T) {
	for _, c := range []struct {
		id, raw, day string
		outcome      Outcome
		severity     Severity
		says         string
	}{
		// Zoom 7.1.0 was first seen on 2026-06-22: nine months end on 2027-03-22.
		{"windows:zoom:desktop:exe", "7.1.0.41345", "2027-03-22", Pass, Medium, "recent enough (first seen on 2026-06-22). Zoom promises"},
		{"windows:zoom:desktop:exe", "7.1.0.41345", "2027-03-23", Fail, Medium, "older than its maker promises"},
		// The patch is left out and the line is old: any patch of it is too old.
		{"windows:zoom:desktop:msi", "5.12.99999", "2026-11-24", Fail, Medium, "between 2022-"},
		// 6.7 on Windows is in no list.
		{"windows:zoom:desktop:msi", "6.7.30439", "2026-11-24", Unknown, Medium, "cannot be told (it came out between 2025-09-16 and 2026-11-24)"},
		// Newer than all: after 7.1 began, which is old itself one day.
		{"windows:zoom:desktop:exe", "8.0.0.1", "2027-03-22", Pass, Medium, "newer than all we know of"},
		{"windows:zoom:desktop:exe", "8.0.0.1", "2027-03-23", Unknown, Medium, "cannot be told"},
		{"windows:zoom:desktop:exe", "4.6.12.1", "2026-11-24", Fail, Medium, "before 2021-02-08"},
		// A month too short for the day counts into the next: 2026-05-31 and nine months.
		{"linux:jitsi:desktop:flatpak", "2026.6.0", "2027-05-31", Pass, Medium, "first seen on 2026-05-31"},
		{"linux:jitsi:desktop:flatpak", "2026.6.0", "2027-06-01", Fail, Low, "This limit is ours"},
		// Slack 4.47.59 was first seen on 2025-11-10 or 11.
		{"linux:slack:desktop:snap", "4.47.59", "2026-11-10", Pass, Medium, "12 to 18 months"},
		{"linux:slack:desktop:snap", "4.47.59", "2026-11-24", Fail, Low, "may have ended already. This limit is ours"},
		{"linux:slack:desktop:snap", "4.44.60", "2026-11-15", Fail, Low, "may have ended already"},
		{"linux:slack:desktop:snap", "4.44.60", "2026-11-16", Fail, Medium, "older than its maker promises"},
		// Teams of July 17: 150 days end on December 14.
		{"windows:teams:desktop:msix", "26198.304.4946.9672", "2026-12-14", Pass, Medium, "its number says 2026-07-17"},
		{"windows:teams:desktop:msix", "26198.304.4946.9672", "2026-12-15", Fail, Low, "This limit is ours"},
		{"windows:teams:consumer:msix", "26149.701.4759.8860", "2026-11-24", Fail, Low, "its number says 2026-05-29"},
		{"windows:teams:desktop:msix", "26198.304.4946.9672", "2026-07-16", Unknown, Medium, "clock is wrong"},
		// The newest release we know of is old, and there may be none after it.
		{"windows:mumble:desktop:msi", "1.5.915", "2027-07-21", Unknown, Medium, "we know of no newer release"},
		{"windows:mumble:desktop:msi", "1.5.901", "2027-07-21", Fail, Low, "This limit is ours"},
		// Nothing is known of its releases.
		{"macos:zoom:desktop:bundle", "7.1.5.84650", "2026-11-24", Unknown, Medium, "not known to us"},
		{"windows:zoom:rooms:msi", "5.17.5.1", "2026-11-24", Unknown, Medium, "not known to us"},
		{"windows:zoom:desktop:exe", "a string", "2026-11-24", Unknown, Medium, "in a form we do not know"},
		// Not judged: others look after it, or the whole program has ended.
		{"linux:mumble:desktop:deb", "1.3.4-4", "2026-11-24", NotApplicable, Medium, "first seen on 2021-02-11"},
		{"linux:linphone:desktop:deb", "4.4.10-3", "2026-11-24", NotApplicable, Medium, "its age says nothing."},
		{"linux:meet:desktop:pwa", "156.0.8078.79", "2026-11-24", NotApplicable, Medium, "no releases of its own"},
		{"windows:skype:desktop:msix", "15.138.3210.0", "2026-11-24", NotApplicable, Medium, "the program itself has ended"},
		{"windows:slack:desktop:msi", "4.48.102.0", "2026-11-24", NotApplicable, Medium, "the program itself has ended"},
	} {
		f := released(t, c.day, install(c.id, c.raw))
		if f.Outcome != c.outcome || f.Severity != c.severity || !strings.Contains(f.Title, c.says) {
			t.Errorf("%s %s on %s: %s %s, %q", c.id, c.raw, c.day, f.Outcome, f.Severity, f.Title)
		}
		if strings.Contains(f.Title, "0001-01-01") || strings.Contains(f.Title, "catalogue/") {
			t.Errorf("%s %s: %q", c.id, c.raw, f.Title)
		}
	}
}

// TestReleaseUnread: a witness that could not be read may be the older one.
func TestReleaseUnread(t *testing.T) {
	in := install("linux:slack:desktop:snap", "4.51.180")
	in.Versions = append(in.Versions, fact.Version{Where: "the program", Why: "permission denied"})
	if f := released(t, "2026-11-24", in); f.Outcome != Unknown || !strings.Contains(f.Title, "permission denied") {
		t.Errorf("got %s, %q", f.Outcome, f.Title)
	}
	in.Versions = nil
	if f := released(t, "2026-11-24", in); f.Outcome != Unknown {
		t.Errorf("no version at all: %s, %q", f.Outcome, f.Title)
	}
}

// TestReleaseBecause: the report names who saw the release, and when.
func TestReleaseBecause(t *testing.T) {
	f := released(t, "2026-11-24", install("linux:zoom:desktop:deb", "6.7.2.6498"))
	last := f.Because[len(f.Because)-1]
	if last.Where != "flathub/us.zoom.Zoom, up to 2026-05-18" || last.Value != "2025-12-30" || len(f.Remedies) != 1 {
		t.Errorf("got %+v, %v", last, f.Remedies)
	}
}

// TestKeeps: both ends of an interval must agree.
func TestKeeps(t *testing.T) {
	nine := catalogue.Rule{Support: &catalogue.Support{Rule: catalogue.RuleAge, Months: 9, By: catalogue.ByVendor}}
	built := catalogue.Rule{Support: &catalogue.Support{Rule: catalogue.RuleDatedBuild, Days: 150, By: catalogue.ByUs}}
	for _, c := range []struct {
		rule           catalogue.Rule
		earliest, last string
		reason         release.Reason
		want           Outcome
	}{
		{nine, "2026-02-24", "2026-02-24", release.Known, Pass},
		{nine, "2026-02-23", "2026-02-23", release.Known, Fail},
		{nine, "2026-02-23", "2026-02-24", release.Between, Unknown},
		{nine, "2026-02-24", "", release.After, Pass},
		{nine, "2026-02-23", "", release.After, Unknown},
		{nine, "", "2026-02-23", release.Before, Fail},
		{nine, "", "2026-02-24", release.Before, Unknown},
		{built, "2026-06-27", "2026-06-27", release.Dated, Pass},
		{built, "2026-06-26", "2026-06-26", release.Dated, Fail},
		{built, "2026-11-01", "2026-11-02", release.Between, Unknown},
	} {
		in := release.Interval{Reason: c.reason}
		if c.earliest != "" {
			in.Earliest = on(c.earliest)
		}
		if c.last != "" {
			in.Latest = on(c.last)
		}
		if got := keeps(c.rule, in, on("2026-11-24").Add(23*time.Hour)); got != c.want {
			t.Errorf("%s of %s … %s: got %s, want %s", c.rule.Rule, c.earliest, c.last, got, c.want)
		}
	}
}

// TestReleaseRules: a distribution's rule goes before the others wherever it
// stands, and a catalogue without rules asks nothing.
func TestReleaseRules(t *testing.T) {
	cat := *builtIn(t)
	in := Input{Facts: fact.Set{Schema: fact.Schema, Installations: []fact.Installation{install("linux:zoom:desktop:deb", "6.7.2.6498")}},
		Catalogue: &cat, Now: on("2026-11-24")}
	of := func(rules ...catalogue.Support) []Finding {
		cat.Pages = []catalogue.Page{*pageOf(t, "zoom")}
		cat.Pages[0].Support = rules
		return slices.DeleteFunc(Evaluate(in), func(f Finding) bool { return f.ID != "zoom/version/supported-release" })
	}
	got := of(catalogue.Support{ID: "nine", Rule: catalogue.RuleAge, Months: 9, By: catalogue.ByVendor}, catalogue.Support{ID: "left", Rule: catalogue.RuleDistribution})
	if len(got) != 1 || got[0].Outcome != NotApplicable {
		t.Errorf("got %+v", got)
	}
	cat.Support = nil
	if got := of(); len(got) != 0 {
		t.Errorf("without rules: %+v", got)
	}
}

func pageOf(t *testing.T, id string) *catalogue.Page {
	t.Helper()
	p, ok := builtIn(t).Page(id)
	if !ok {
		t.Fatal("no page", id)
	}
	return p
}
