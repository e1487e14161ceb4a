package checks

import (
	"testing"

	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

const (
	facebook = "zoom/signin/facebook"
	macZoom  = "macos:zoom:desktop:bundle"
)

// weak is a Mac where Zoom takes Facebook's sign-in, by the machine's settings
// and by those of asha and bo.
func weak(t *testing.T, users ...string) fact.Set {
	t.Helper()
	var facts []fact.Fact
	p := places(t, builtIn(t))
	for _, user := range users {
		for _, i := range p[:3] {
			facts = append(facts, fact.Fact{Place: i, User: user, State: fact.Present, Value: false, Where: "somewhere"})
		}
	}
	return mac(facts...)
}

func waived(t *testing.T, in Input) map[string]Finding {
	t.Helper()
	in.Catalogue, in.Now = builtIn(t), now
	out := map[string]Finding{}
	for _, f := range Evaluate(in) {
		if f.ID == facebook {
			out[f.User] = f
		}
	}
	return out
}

func TestWaive(t *testing.T) {
	w := func(until policy.Date) policy.Waiver {
		return policy.Waiver{Check: facebook, Reason: "r", Owner: "o", Until: until}
	}
	for _, k := range []struct {
		name           string
		waivers        []policy.Waiver
		outcome        Outcome
		until          policy.Date
		returns, ended bool
		sentence       string
	}{
		{"none", nil, Fail, "", false, false, ""},
		{"one that holds", []policy.Waiver{w("2027-01-31")}, Waived, "2027-01-31", false, false, "waiver.holds"},
		{"fifteen days before its end", []policy.Waiver{w("2026-12-09")}, Waived, "2026-12-09", false, false, "waiver.holds"},
		{"fourteen days before its end", []policy.Waiver{w("2026-12-08")}, Waived, "2026-12-08", true, false, "waiver.returns"},
		{"on its last day", []policy.Waiver{w("2026-11-24")}, Waived, "2026-11-24", true, false, "waiver.returns"},
		{"on the day after", []policy.Waiver{w("2026-11-23")}, Fail, "2026-11-23", false, true, "waiver.ended"},
		{"the longest counts", []policy.Waiver{w("2026-11-01"), w("2027-03-01"), w("2026-12-01")}, Waived, "2027-03-01", false, false, "waiver.holds"},
		{"of another check", []policy.Waiver{{Check: "zoom/signin/google", Reason: "r", Owner: "o", Until: "2027-01-31"}}, Fail, "", false, false, ""},
		{"by a pattern", []policy.Waiver{{Check: "zoom/signin/*", Reason: "r", Owner: "o", Until: "2027-01-31"}}, Waived, "2027-01-31", false, false, "waiver.holds"},
		{"of another copy", []policy.Waiver{{Check: facebook, Installation: "x", Reason: "r", Owner: "o", Until: "2027-01-31"}}, Fail, "", false, false, ""},
	} {
		f := waived(t, Input{Facts: weak(t, ""), Policy: policy.Policy{Waivers: k.waivers}})[""]
		if f.Outcome != k.outcome || f.Judged() != Fail || f.Severity != Low || len(f.Remedies) == 0 {
			t.Errorf("%s: %s, judged %s, %s, %v", k.name, f.Outcome, f.Judged(), f.Severity, f.Remedies)
		}
		if (f.Waiver == nil) != (k.sentence == "") {
			t.Fatalf("%s: the waiver is %+v", k.name, f.Waiver)
		}
		if w := f.Waiver; w != nil && (w.Until != k.until || w.Returns != k.returns || w.Ended != k.ended || w.Message.ID != k.sentence || w.By != ByPolicy || w.Text == "") {
			t.Errorf("%s: %+v", k.name, w)
		}
	}
}

// TestPersonsWaivers: a person's reaches what is theirs and, in their view, the
// machine's; nobody else's, and nothing where the policy does not let them.
func TestPersonsWaivers(t *testing.T) {
	mine := policy.Waiver{Check: facebook, Reason: "r", Owner: "asha", Until: "2026-12-31", Made: "2026-11-24"}
	no := false
	outcomes := func(set fact.Set, p policy.Policy, w policy.Waiver) map[string]Finding {
		return waived(t, Input{Facts: set, Policy: p, Person: "asha", Waivers: []policy.Waiver{w}})
	}
	got := outcomes(weak(t, "asha", "bo"), policy.Policy{}, mine)
	if got["asha"].Outcome != Waived || got["asha"].Waiver.By != ByPerson || got["bo"].Outcome != Fail || got["bo"].Waiver != nil {
		t.Errorf("asha's own: %s, bo's: %s", got["asha"].Outcome, got["bo"].Outcome)
	}
	if got := outcomes(weak(t, ""), policy.Policy{}, mine)[""]; got.Outcome != Waived {
		t.Errorf("the machine's, in asha's view: %s", got.Outcome)
	}
	if got := outcomes(weak(t, "asha"), policy.Policy{PersonsMayWaive: &no}, mine)["asha"]; got.Outcome != Fail || got.Waiver != nil {
		t.Errorf("where persons may not: %s", got.Outcome)
	}
	long := mine
	long.Until = "2099-01-01"
	if got := outcomes(weak(t, "asha"), policy.Policy{MaxWaiverDays: 30}, long)["asha"]; got.Outcome != Waived || got.Waiver.Until != "2026-12-24" {
		t.Errorf("longer than allowed: %+v", got.Waiver)
	}
	key := mine
	key.Check = got["asha"].Key
	if got := outcomes(weak(t, "asha"), policy.Policy{}, key)["asha"]; got.Outcome != Waived {
		t.Errorf("by the key of the finding: %s", got.Outcome)
	}
	ours := policy.Waiver{Check: facebook, Reason: "p", Owner: "it", Until: "2026-12-31"}
	if got := outcomes(weak(t, "asha"), policy.Policy{Waivers: []policy.Waiver{ours}}, mine)["asha"]; got.Waiver.By != ByPolicy {
		t.Errorf("of two that hold as long, the policy's goes first: %+v", got.Waiver)
	}
}

// TestOnlyFailuresAreWaived: what passes still passes, and what nobody could
// look at stays unknown.
func TestOnlyFailuresAreWaived(t *testing.T) {
	p := policy.Policy{Waivers: []policy.Waiver{{Check: "*/*/*", Reason: "r", Owner: "o", Until: "2027-01-31"}}}
	seen := map[Outcome]bool{}
	for _, f := range Evaluate(Input{Facts: weak(t, ""), Catalogue: builtIn(t), Policy: p, Now: now}) {
		seen[f.Outcome] = true
		if f.Outcome == Fail || f.Outcome != Waived && f.Waiver != nil {
			t.Errorf("%s: %s with %+v", f.Key, f.Outcome, f.Waiver)
		}
	}
	if !seen[Waived] || !seen[Unknown] || !seen[Pass] {
		t.Errorf("the outcomes are %v", seen)
	}
}
