package policy

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var known = Known{
	Clients: []string{"teams", "zoom"},
	Checks: []string{"teams/telemetry/diagnostic-data", "teams/permission/site-camera", "zoom/permission/site-camera",
		"zoom/telemetry/crash-reports", "zoom/telemetry/memory-logs", "acme/telemetry/usage"},
	Bodies: []string{"cis", "cycord"},
	Value: func(check string, value any) error {
		if check != "teams/telemetry/diagnostic-data" || value != uint64(3) {
			return errors.New("takes 1 or 3")
		}
		return nil
	},
	Today: "2026-11-24",
}

const whole = `profile: strict
prefer: [cis, cycord]
mode: audit
rules:
  zoom/telemetry/*: {mode: enforce}
  teams/telemetry/diagnostic-data: {mode: advise, value: 3}
  "*/permission/site-camera": {mode: audit}
approved_clients: [teams, zoom]
official_use: true
max_clients: 2
advisory_days: 30
scan_every: 90m
call: {dwell: 3s, grace: 1m}
waivers:
  - check: zoom/telemetry/crash-reports
    installation: linux:zoom:desktop:deb
    user: asha
    reason: The helpdesk reads the reports
    owner: it@example.org
    until: 2027-01-31
persons_may_waive: false
max_waiver_days: 90
settings_of_added_pages: [acme/telemetry/usage]
feed: {url: https://example.org/feed, root: /etc/huddleguard/feed-root.json}
exports:
  - {kind: drop-directory, address: /var/spool/huddleguard}
  - {kind: syslog, address: "tls://log.example.org:6514"}
  - {kind: https, address: "https://siem.example.org/in"}
`

func wholePolicy() Policy {
	no := false
	return Policy{
		Profile: Strict, Prefer: []string{"cis", "cycord"}, DefaultMode: Audit,
		Rules: map[string]Rule{"zoom/telemetry/*": {Mode: Enforce}, "*/permission/site-camera": {Mode: Audit},
			"teams/telemetry/diagnostic-data": {Mode: Advise, Value: uint64(3)}},
		ApprovedClients: []string{"teams", "zoom"}, OfficialUse: true, MaxClients: 2, AdvisoryDays: 30,
		ScanEvery: "90m", Call: Call{"3s", "1m"},
		Waivers: []Waiver{{Check: "zoom/telemetry/crash-reports", Installation: "linux:zoom:desktop:deb", User: "asha",
			Reason: "The helpdesk reads the reports", Owner: "it@example.org", Until: "2027-01-31"}},
		PersonsMayWaive: &no, MaxWaiverDays: 90, SettingsOfAddedPages: []string{"acme/telemetry/usage"},
		Feed: &Feed{URL: "https://example.org/feed", Root: "/etc/huddleguard/feed-root.json"},
		Exports: []Export{{DropDirectory, "/var/spool/huddleguard"}, {Syslog, "tls://log.example.org:6514"},
			{HTTPS, "https://siem.example.org/in"}},
	}
}

func TestDecode(t *testing.T) {
	got, err := Decode("policy.yaml", []byte(whole), known)
	if err != nil || !reflect.DeepEqual(got.Policy, wholePolicy()) {
		t.Errorf("got %+v, %v", got.Policy, err)
	}
	for name, line := range map[string]int{"profile": 1, "rules[teams/telemetry/diagnostic-data].value": 6, "approved_clients[zoom]": 8,
		"call.grace": 13, "waivers[zoom/telemetry/crash-reports|linux:zoom:desktop:deb|asha]": 15, "feed": 24,
		"exports[syslog tls://log.example.org:6514]": 27} {
		if got.From[name] != (Origin{"policy.yaml", line}) {
			t.Errorf("%s is from %v, want line %d", name, got.From[name], line)
		}
	}
	if got, err := Decode("policy.yaml", []byte("{}"), known); err != nil || !reflect.DeepEqual(got.Policy, Policy{}) {
		t.Errorf("an empty policy: %+v, %v", got, err)
	}
}

// TestExample: the example that is shipped is one that is taken.
func TestExample(t *testing.T) {
	data, err := os.ReadFile("../../docs/examples/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k := known
	k.Checks = append(slices.Clone(k.Checks), "zoom/privacy/local-recording")
	if _, err := Decode("policy.yaml", data, k); err != nil {
		t.Error(err)
	}
}

// faults are what Decode must refuse, and what it says. Those the schema cannot
// see end in "!".
var faults = map[string]string{
	"profile: lax\n":                         "policy.yaml:1:10: profile \"lax\"",
	"profile: strict\napproved: [zoom]\n":    "policy.yaml:2:1: ",
	"approved_clients: [zoom, slick]\n":      "policy.yaml:1:26: there is no client \"slick\"!",
	"max_clients: many\n":                    "policy.yaml:1:14: ",
	"max_clients: -1\n":                      "max_clients cannot be below 0",
	"advisory_days: -1\n":                    "advisory_days cannot be below 0",
	"feed: {url: ftp://x, root: /r}\n":       "is not an https address",
	"feed: {url: https://x}\n":               "feed.root names no file",
	"official_use: true\nofficial_use: no\n": "policy.yaml:2:1: !",
	"":                                       "policy.yaml:1:1: holds nothing!",
	"# nothing\n":                            "policy.yaml:1:1: holds nothing!",
	"a: [":                                   "policy.yaml:1:!",
	"mode: harsh\n":                          "policy.yaml:1:7: mode \"harsh\" is none of [audit advise enforce]",
	"prefer: [cycord, moon]\n":               "policy.yaml:1:18: nobody is called \"moon\"!",
	"rules:\n  zoom/telemetry/*:\n    mode: on\n":                                                             "policy.yaml:3:11: mode \"on\"",
	"rules: {zoom/telemetry/*: {value: 3}}\n":                                                                 "policy.yaml:1:35: a value is for one check!",
	"rules: {teams/telemetry/diagnostic-data: {value: 2}}\n":                                                  "policy.yaml:1:50: takes 1 or 3!",
	"rules: {zoom/telemetry/*: {}}\n":                                                                         "says neither mode nor value",
	"rules: {zoom/telemetry: {mode: audit}}\n":                                                                "policy.yaml:1:25: \"zoom/telemetry\" is not client/kind/thing",
	"rules: {zoom/tele*/x: {mode: audit}}\n":                                                                  "is not client/kind/thing",
	"rules: {zoom/telemetry/nothing: {mode: audit}}\n":                                                        "there is no check \"zoom/telemetry/nothing\"!",
	"rules: {zoom/telemetry/*: {mode: audit, waive: yes}}\n":                                                  "policy.yaml:1:41: ",
	"scan_every: often\n":                                                                                     "policy.yaml:1:13: \"often\" is no time span",
	"scan_every: 4\n":                                                                                         "policy.yaml:1:13: ",
	"scan_every: 1m\n":                                                                                        "1m is not from 15m0s to 168h0m0s!",
	"call: {dwell: 5m}\n":                                                                                     "policy.yaml:1:15: 5m is not from!",
	"call: {grace: 0s}\n":                                                                                     "0s is not from!",
	"max_waiver_days: 400\n":                                                                                  "is not from 0 to 366",
	"waivers: [{check: zoom/telemetry/*, owner: o, until: 2027-01-31}]\n":                                     "reason is missing",
	"waivers: [{check: zoom/telemetry/*, reason: r, until: 2027-01-31}]\n":                                    "owner is missing",
	"waivers: [{check: zoom/telemetry/*, reason: r, owner: o, until: soon}]\n":                                "policy.yaml:1:65: until \"soon\"",
	"waivers: [{check: zoom/telemetry/*, reason: r, owner: o, until: 2027-02-30}]\n":                          "is not a date!",
	"waivers: [{check: zoom/telemetry/*, reason: r, owner: o, until: 2028-01-31}]\n":                          "more than 366 days ahead!",
	"waivers: [{check: zoom/telemetry/*, reason: \"a\\nb\", owner: o, until: 2027-01-31}]\n":                  "reason is not one line",
	"waivers: [{check: zoom, reason: r, owner: o, until: 2027-01-31}]\n":                                      "is not client/kind/thing",
	"waivers:\n" + strings.Repeat("- {check: zoom/telemetry/*, reason: r, owner: o, until: 2027-01-31}\n", 2): "is there twice!",
	"settings_of_added_pages: [acme/telemetry/*]\n":                                                           "there is no check",
	"exports: [{kind: ftp, address: /x}]\n":                                                                   "policy.yaml:1:18: kind \"ftp\"",
	"exports: [{kind: drop-directory, address: spool}]\n":                                                     "is no address for drop-directory",
	"exports: [{kind: syslog, address: \"udp://log\"}]\n":                                                     "is no address for syslog!",
	"exports: [{kind: https, address: \"http://x\"}]\n":                                                       "is no address for https",
	"exports: [{kind: https, address: \"https://u:p@x/\"}]\n":                                                 "is no address for https!",
	"exports: [{kind: https}]\n":                                                                              "is no address for https",
}

func TestFaults(t *testing.T) {
	for in, want := range faults {
		want = strings.TrimSuffix(want, "!")
		got, err := Decode("policy.yaml", []byte(in), known)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || got.From != nil {
			t.Errorf("%q: got %+v, %v, want %q", in, got, err, want)
		}
	}
}

// TestSchema holds the published schema against what Decode takes: it takes all
// of that, and refuses what it can see is wrong.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]bool{whole: true, "{}": true}
	for in, want := range faults {
		if !strings.HasSuffix(want, "!") {
			cases[in] = false
		}
	}
	for in, good := range cases {
		var v any
		if err := yaml.Unmarshal([]byte(in), &v); err != nil {
			t.Fatal(in, err)
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); (err == nil) != good {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// TestSchemaMembers: neither the schema nor the type has a member the other lacks.
func TestSchemaMembers(t *testing.T) {
	data, err := os.ReadFile("../../docs/schema/policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeFor[Policy]()
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
		if schema.Properties[name] == nil {
			t.Errorf("the schema has no %q", name)
		}
		delete(schema.Properties, name)
	}
	for name := range schema.Properties {
		t.Errorf("the schema alone has %q", name)
	}
}

func TestMode(t *testing.T) {
	p := Policy{DefaultMode: Audit, Rules: map[string]Rule{
		"*/telemetry/*":                {Mode: Advise},
		"zoom/*/*":                     {Mode: Enforce},
		"zoom/telemetry/*":             {Mode: Audit},
		"*/telemetry/crash-reports":    {Mode: Enforce},
		"zoom/telemetry/memory-logs":   {Value: true},
		"zoom/terminal/remote-control": {Mode: Advise},
	}}
	for check, want := range map[string]Mode{
		"slack/update/automatic":        Audit,   // the policy's own
		"slack/telemetry/usage":         Advise,  // of the kind
		"zoom/update/automatic":         Enforce, // of the client
		"zoom/telemetry/memory-logs":    Audit,   // its own rule names no mode
		"zoom/telemetry/crash-reports":  Audit,   // two words each: the client goes first
		"slack/telemetry/crash-reports": Enforce,
		"zoom/terminal/remote-control":  Advise,
	} {
		if got := p.Mode(check); got != want {
			t.Errorf("%s: %s, want %s", check, got, want)
		}
	}
	if p.Value("zoom/telemetry/memory-logs") != true || p.Value("zoom/update/automatic") != nil {
		t.Error("the value of a rule is not found, or one that is not there")
	}
	if got := (&Policy{}).Mode("zoom/update/automatic"); got != Advise {
		t.Errorf("nobody decided: %s", got)
	}
}

// TestEnforced: what a worker is told of a policy is what is enforced, and no
// name, reason or address of it.
func TestEnforced(t *testing.T) {
	yes := true
	p := Policy{Profile: Strict, Prefer: []string{"nsa"}, DefaultMode: Audit, Rules: map[string]Rule{"a/b/c": {Mode: Enforce}},
		SettingsOfAddedPages: []string{"x/y/z"}, Waivers: []Waiver{{Reason: "r"}}, Feed: &Feed{URL: "u"}, Exports: []Export{{Address: "a"}},
		ApprovedClients: []string{"zoom"}, PersonsMayWaive: &yes, ScanEvery: "1h"}
	want := Policy{Profile: Strict, Prefer: p.Prefer, DefaultMode: Audit, Rules: p.Rules, SettingsOfAddedPages: p.SettingsOfAddedPages}
	if got := p.Enforced(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestDefaults(t *testing.T) {
	p := Policy{}
	if p.Every() != 4*time.Hour || p.Dwell() != 0 || p.Grace() != 0 || p.Enforces() || p.WaiverDays() != 366 || !p.MayWaive() || p.Writes("a/b/c") {
		t.Errorf("got %v %v %v %v %v", p.Every(), p.Dwell(), p.Grace(), p.WaiverDays(), p.MayWaive())
	}
	p = wholePolicy()
	if p.Every() != 90*time.Minute || p.Dwell() != 3*time.Second || p.Grace() != time.Minute || p.WaiverDays() != 90 || p.MayWaive() || !p.Writes("acme/telemetry/usage") {
		t.Errorf("got %v %v %v %v %v", p.Every(), p.Dwell(), p.Grace(), p.WaiverDays(), p.MayWaive())
	}
}

func decoded(t *testing.T, name, text string) Layer {
	t.Helper()
	l, err := Decode(name, []byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestMerge(t *testing.T) {
	base := decoded(t, "policy.yaml", whole)
	next := decoded(t, "50.yaml", `mode: enforce
prefer: [cycord]
official_use: false
rules:
  zoom/telemetry/*: {mode: advise}
  teams/telemetry/diagnostic-data: {mode: enforce}
approved_clients: [zoom]
call: {grace: 10s}
waivers:
  - {check: zoom/telemetry/crash-reports, installation: linux:zoom:desktop:deb, user: asha, reason: again, owner: o, until: 2027-01-01}
  - {check: zoom/telemetry/memory-logs, reason: r, owner: o, until: 2027-01-01}
`)
	got := Merge(base, next)
	want := wholePolicy()
	want.DefaultMode, want.Prefer, want.OfficialUse, want.Call.Grace = Enforce, []string{"cycord"}, false, "10s"
	want.Rules["zoom/telemetry/*"] = Rule{Mode: Advise}
	want.Rules["teams/telemetry/diagnostic-data"] = Rule{Mode: Enforce, Value: uint64(3)}
	want.Waivers[0].Reason, want.Waivers[0].Owner, want.Waivers[0].Until = "again", "o", "2027-01-01"
	want.Waivers = append(want.Waivers, Waiver{Check: "zoom/telemetry/memory-logs", Reason: "r", Owner: "o", Until: "2027-01-01"})
	if !reflect.DeepEqual(got.Policy, want) {
		t.Errorf("got %+v\nwant %+v", got.Policy, want)
	}
	for name, from := range map[string]Origin{
		"profile": {"policy.yaml", 1}, "mode": {"50.yaml", 1}, "official_use": {"50.yaml", 3}, "call.dwell": {"policy.yaml", 13}, "call.grace": {"50.yaml", 8},
		"rules[teams/telemetry/diagnostic-data].mode": {"50.yaml", 6}, "rules[teams/telemetry/diagnostic-data].value": {"policy.yaml", 6},
		"approved_clients[teams]": {"policy.yaml", 8}, "approved_clients[zoom]": {"50.yaml", 7},
	} {
		if got.From[name] != from {
			t.Errorf("%s is from %v, want %v", name, got.From[name], from)
		}
	}
	if !reflect.DeepEqual(base.Policy, wholePolicy()) || base.From["mode"] != (Origin{"policy.yaml", 3}) {
		t.Error("merging changed what was merged")
	}
	if got := Merge(Layer{}, base); !reflect.DeepEqual(got, base) {
		t.Errorf("over nothing: %+v", got)
	}
}

// TestMembers: all that is given is listed with its origin, and what nobody
// decided with what then holds.
func TestMembers(t *testing.T) {
	l := decoded(t, "policy.yaml", whole)
	listed := map[string]bool{}
	for _, m := range l.Members() {
		listed[m.Name] = true
		if m.From == nil {
			t.Errorf("%s has no origin", m.Name)
		}
	}
	for name := range l.From {
		if !listed[name] {
			t.Errorf("%s is not listed", name)
		}
	}
	for _, m := range (&Layer{}).Members() {
		if m.From != nil {
			t.Errorf("%s has the origin %v", m.Name, m.From)
		}
		if m.Name == "scan_every" && m.Value != "4h0m0s" {
			t.Errorf("scan_every is %v", m.Value)
		}
	}
}

func TestWaiver(t *testing.T) {
	w := Waiver{Check: "zoom/telemetry/*", User: "asha"}
	asha := Subject{Key: "zoom/telemetry/crash-reports|i|asha", Check: "zoom/telemetry/crash-reports", Installation: "i", User: "asha"}
	bo := asha
	bo.User = "bo"
	if !w.Covers(asha) || w.Covers(bo) {
		t.Error("a waiver for one person covers another, or not that person")
	}
	w = Waiver{Check: asha.Key}
	bo.Key = "zoom/telemetry/crash-reports|i|bo"
	if !w.Covers(asha) || w.Covers(bo) {
		t.Error("a waiver of one finding covers another, or not that finding")
	}
	if w := (&Waiver{Check: "zoom/telemetry/crash-reports", Installation: "j"}); w.Covers(asha) {
		t.Error("a waiver for another copy covers it")
	}
	now := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct{ made, until, want Date }{
		{"2026-11-24", "2026-12-01", "2026-12-01"},
		{"2026-11-24", "2030-01-01", "2026-12-24"},
		{"2026-10-01", "2026-12-01", "2026-10-31"},
		{"2029-01-01", "2030-01-01", "2026-12-24"}, // made tomorrow, says its file
	} {
		if got := (Waiver{Made: c.made, Until: c.until}).Bounded(now, 30).Until; got != c.want {
			t.Errorf("%v: until %s", c, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = Decode("policy.yaml", data, known) })
}
