package checks

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

var now = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func builtIn(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mac is a Mac with Zoom, and facts of one setting in its places: the
// organisation's, the machine's, the person's.
func mac(facts ...fact.Fact) fact.Set {
	set := fact.Set{Schema: fact.Schema, Taken: now, Host: fact.Host{OS: fact.MacOS}, Installations: []fact.Installation{{
		ID: "macos:zoom:desktop:bundle", Client: "zoom", Edition: "desktop", Name: "Zoom", Packaging: fact.Bundle,
		Versions: []fact.Version{{Raw: "7.1.5.84650", Where: "Info.plist"}},
	}}}
	for _, f := range facts {
		f.Kind, f.Name, f.Client, f.Installation = fact.Setting, "zoom/signin/facebook", "zoom", set.Installations[0].ID
		set.Facts = append(set.Facts, f)
	}
	return set
}

// places are the indices of the setting's places on a Mac, in order.
func places(t *testing.T, c *catalogue.Catalogue) []int {
	t.Helper()
	f, ok := c.Find("zoom/signin/facebook")
	if !ok {
		t.Fatal("the setting is gone")
	}
	p := f.Setting.PlacesFor(fact.MacOS, &fact.Installation{Packaging: fact.Bundle, Edition: "desktop"})
	if len(p) < 3 {
		t.Fatalf("only %d places", len(p))
	}
	return p
}

// TestPrecedence: the first place that holds a value decides, and one before
// it that could not be read makes it unknown.
func TestPrecedence(t *testing.T) {
	c := builtIn(t)
	p := places(t, c)
	at := func(place int, state fact.State, value any, managed bool) fact.Fact {
		return fact.Fact{Place: p[place], State: state, Value: value, Managed: managed, Where: "somewhere"}
	}
	absentFrom := func(first int, facts ...fact.Fact) []fact.Fact {
		for i := first; i < len(p); i++ {
			facts = append(facts, at(i, fact.Absent, nil, false))
		}
		return facts
	}
	for _, k := range []struct {
		name    string
		facts   []fact.Fact
		outcome Outcome
		managed bool
	}{
		{"the organisation forces it off", absentFrom(1, at(0, fact.Present, true, true)), Pass, true},
		{"the organisation forces it on, the machine off", absentFrom(2, at(0, fact.Present, false, true), at(1, fact.Present, true, false)), Fail, true},
		{"the organisation's place cannot be read, the machine's is good", absentFrom(2, at(0, fact.Hidden, nil, true), at(1, fact.Present, true, false)), Unknown, false},
		{"the machine's decides before one that cannot be read", absentFrom(3, at(0, fact.Absent, nil, true), at(1, fact.Present, true, false), at(2, fact.Hidden, nil, false)), Pass, false},
		{"nothing is set: the product's default is bad", absentFrom(0), Fail, false},
		{"one place was never looked at", absentFrom(1), Unknown, false},
		{"a value of no known kind", absentFrom(1, at(0, fact.Present, []byte("x"), true)), Unknown, true},
	} {
		var got []Finding
		for _, f := range Evaluate(Input{Facts: mac(k.facts...), Catalogue: c, Now: now}) {
			if f.ID == "zoom/signin/facebook" {
				got = append(got, f)
			}
		}
		if len(got) != 1 || got[0].Outcome != k.outcome || got[0].Managed != k.managed {
			t.Errorf("%s: got %+v", k.name, got)
		}
	}
}

// TestProfiles: what only the strict profile asks for is not judged otherwise,
// and the quiet one is telemetry alone.
func TestProfiles(t *testing.T) {
	c := builtIn(t)
	ids := func(p policy.Profile) map[string]bool {
		m := map[string]bool{}
		for _, f := range Evaluate(Input{Facts: mac(), Catalogue: c, Policy: policy.Policy{Profile: p}, Now: now}) {
			m[f.ID] = true
		}
		return m
	}
	if ids(policy.Advisory)["zoom/signin/google"] || !ids(policy.Strict)["zoom/signin/google"] {
		t.Error("zoom/signin/google is the strict profile's alone")
	}
	quiet := ids(policy.Quiet)
	if !quiet["zoom/telemetry/crash-reports"] || quiet["zoom/signin/facebook"] {
		t.Error("the quiet profile is telemetry alone")
	}
}

// TestAnalogy: an advisory about Zoom serves another client by analogy.
func TestAnalogy(t *testing.T) {
	set := mac()
	set.Installations[0].Client, set.Installations[0].ID = "webex", "macos:webex:desktop:bundle"
	for _, in := range []fact.Set{mac(), set} {
		for _, f := range Evaluate(Input{Facts: in, Catalogue: builtIn(t), Now: now}) {
			for _, a := range f.Advisories {
				if strings.HasPrefix(a, "CERTIN-01") && strings.HasSuffix(a, "(by analogy)") != (f.Client != "zoom") {
					t.Errorf("%s: %s", f.ID, a)
				}
			}
		}
	}
}

// FuzzEvaluate: facts of any shape are judged without a panic, and nothing that
// was hidden passes.
func FuzzEvaluate(f *testing.F) {
	c := builtIn(f)
	data, err := json.Marshal(mac(fact.Fact{State: fact.Hidden, Place: 1, Why: "no"}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"installations":[{"client":"zoom"}],"facts":[{"kind":"permission","name":"camera","client":"zoom","state":"unreadable"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var set fact.Set
		if json.Unmarshal(data, &set) != nil {
			return
		}
		for _, finding := range Evaluate(Input{Facts: set, Catalogue: c, Now: now}) {
			if finding.Outcome != Pass {
				continue
			}
			for _, b := range finding.Because {
				if b.State == fact.Hidden && !strings.Contains(finding.ID, "/version/") {
					t.Errorf("%s passes on %s, which was hidden", finding.ID, b.Where)
				}
			}
		}
	})
}
