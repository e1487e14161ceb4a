package checks

import (
	"testing"
	"testing/fstest"

	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

// TestAsked: the profile, the preferred body and the chosen value decide what
// is asked of a setting.
func TestAsked(t *testing.T) {
	c := builtIn(t)
	asked := func(p policy.Policy, id string) string {
		f, ok := c.Find(id)
		if !ok {
			t.Fatal(id, "is gone")
		}
		s := Asked(&p, c, f.Page, f.Setting)
		if s == nil {
			return "not asked"
		}
		return s.Want.Words()
	}
	const recording, level = "zoom/privacy/local-recording", "teams/telemetry/diagnostic-data"
	for _, k := range []struct {
		name   string
		policy policy.Policy
		id     string
		want   string
	}{
		{"nobody decided", policy.Policy{}, recording, "true"},
		{"CIS wants recording", policy.Policy{Prefer: []string{"cis"}}, recording, "not asked"},
		{"CyCord before CIS", policy.Policy{Prefer: []string{"cycord", "cis"}}, recording, "true"},
		{"another profile", policy.Policy{Profile: policy.Quiet}, recording, "not asked"},
		{"either level will do", policy.Policy{}, level, "1 | 3"},
		{"one level", policy.Policy{Rules: map[string]policy.Rule{level: {Value: uint64(3)}}}, level, "3"},
	} {
		if got := asked(k.policy, k.id); got != k.want {
			t.Errorf("%s: %s, want %s", k.name, got, k.want)
		}
	}
}

// TestKnown: a value is taken for a setting that leaves a choice, and for nothing else.
func TestKnown(t *testing.T) {
	known := Known(builtIn(t))
	for in, good := range map[string]bool{
		"rules: {teams/telemetry/diagnostic-data: {value: 1}}":             true,
		"rules: {teams/telemetry/diagnostic-data: {value: 2}}":             false,
		"rules: {zoom/signin/facebook: {value: true}}":                     false,
		"rules: {zoom/version/retired: {value: 1}}":                        false,
		"rules: {\"*/version/*\": {mode: audit}}":                          true,
		"rules: {any/approval/client-count: {mode: audit}}":                true,
		"prefer: [cis, cycord, cert-in]":                                   true,
		"settings_of_added_pages: [acme/telemetry/usage]":                  false,
		"rules: {linphone/terminal/media-encryption: {value: zrtp}}":       true,
		"rules: {linphone/terminal/media-encryption: {value: plain-text}}": false,
	} {
		if _, err := policy.Decode("policy.yaml", []byte(in), known); (err == nil) != good {
			t.Errorf("%s: %v", in, err)
		}
	}
}

const acme = `id: acme
name: Acme
vendor: Acme
editions: [{id: desktop, name: Acme}]
installs:
  - {system: linux, packaging: deb, edition: desktop, ids: [acme], scheme: debian, updates: manager, source: s, seen: 2026-11-24}
settings:
  - id: telemetry/usage
    title: No usage statistics are sent
    why: w
    severity: low
    profiles: [advisory]
    serves: [NSA-C5]
    type: bool
    want: {is: false}
    places:
      - {system: linux, store: ini, path: ~/.acme, section: a, key: b, place: live-file, effect: seen, source: s, seen: 2026-11-24}
    defaults: [{value: true, meets: false, source: s, seen: 2026-11-24}]
`

// TestAddedPages: a setting of the administrator's own page is offered for
// writing only where the policy lists it.
func TestAddedPages(t *testing.T) {
	c, err := builtIn(t).Add(fstest.MapFS{"acme.yaml": {Data: []byte(acme)}})
	if err != nil {
		t.Fatal(err)
	}
	set := fact.Set{Schema: fact.Schema, Taken: now, Host: fact.Host{OS: fact.Linux},
		Installations: []fact.Installation{{ID: "linux:acme:desktop:deb", Client: "acme", Edition: "desktop", Packaging: fact.Deb}},
		Facts: []fact.Fact{{Kind: fact.Setting, Name: "acme/telemetry/usage", Client: "acme", Installation: "linux:acme:desktop:deb",
			User: "asha", State: fact.Absent, Where: "~/.acme"}}}
	for _, k := range []struct {
		listed []string
		want   RemedyKind
	}{{nil, RemedyGuidance}, {[]string{"acme/telemetry/usage"}, RemedySetting}} {
		p := policy.Policy{SettingsOfAddedPages: k.listed}
		for _, f := range Evaluate(Input{Facts: set, Catalogue: c, Policy: p, Now: now}) {
			if f.ID == "acme/telemetry/usage" && (f.Outcome != Fail || f.Remedies[0].Kind != k.want) {
				t.Errorf("listed %v: %+v", k.listed, f)
			}
		}
	}
}
