package policy

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var clients = []string{"teams", "zoom"}

const whole = "profile: strict\napproved_clients: [teams, zoom]\nofficial_use: true\nmax_clients: 2\nadvisory_days: 30\nfeed: {url: https://example.org/feed, root: /etc/huddleguard/feed-root.json}\n"

func TestDecode(t *testing.T) {
	got, err := Decode("policy.yaml", []byte(whole), clients)
	want := Policy{Profile: Strict, ApprovedClients: clients, OfficialUse: true, MaxClients: 2, AdvisoryDays: 30,
		Feed: &Feed{URL: "https://example.org/feed", Root: "/etc/huddleguard/feed-root.json"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := Decode("policy.yaml", []byte("{}"), clients); err != nil || !reflect.DeepEqual(got, Policy{}) {
		t.Errorf("an empty policy: %+v, %v", got, err)
	}
}

func TestFaults(t *testing.T) {
	for in, want := range map[string]string{
		"profile: lax\n":                         "policy.yaml:1:10: profile \"lax\"",
		"profile: strict\napproved: [zoom]\n":    "policy.yaml:2:1: ",
		"approved_clients: [zoom, slick]\n":      "policy.yaml:1:26: there is no client \"slick\"",
		"max_clients: many\n":                    "policy.yaml:1:14: ",
		"max_clients: -1\n":                      "max_clients cannot be below 0",
		"advisory_days: -1\n":                    "advisory_days cannot be below 0",
		"feed: {url: ftp://x, root: /r}\n":       "is not an https address",
		"feed: {url: https://x}\n":               "feed.root names no file",
		"official_use: true\nofficial_use: no\n": "policy.yaml:2:1: ",
		"a: [":                                   "policy.yaml:1:",
	} {
		if got, err := Decode("policy.yaml", []byte(in), clients); err == nil || !strings.Contains(err.Error(), want) || !reflect.DeepEqual(got, Policy{}) {
			t.Errorf("%q: got %+v, %v, want %q", in, got, err, want)
		}
	}
}

// TestSchema holds the published schema against what Decode takes.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for in, good := range map[string]bool{whole: true, "{}": true, "profile: lax": false, "approved: [zoom]": false, "max_clients: -1": false,
		"advisory_days: -1": false, "feed: {url: http://x, root: /r}": false, "feed: {url: https://x}": false} {
		var v any
		if err := yaml.Unmarshal([]byte(in), &v); err != nil {
			t.Fatal(err)
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

func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = Decode("policy.yaml", data, clients) })
}
