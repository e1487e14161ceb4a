package main

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"huddleguard/agent/report"
	"huddleguard/agent/sources"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
)

// TestPolicySchemas holds what the policy verbs print against their published
// schemas, which refuse what lacks a member.
func TestPolicySchemas(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := sources.File("../../docs/examples/policy.yaml", checks.Known(cat))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		prints any
		fault  string
	}{
		"policy-show.schema.json": {policyShown{policyShowSchema, loaded.Files, []sources.Ignored{{File: "a", Why: "b"}}, loaded.Members()},
			`{"schema":"huddleguard.policy-show/1","files":[],"ignored":[],"members":[{"name":"mode","value":"audit"}]}`},
		"profiles.schema.json": {profileList{profilesSchema, listProfiles(cat, profileWords())},
			`{"schema":"huddleguard.profiles/1","profiles":[{"profile":"lax","settings":[]}]}`},
	} {
		schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.EncodeJSON(&b, c.prints); err != nil {
			t.Fatal(err)
		}
		for text, good := range map[string]bool{b.String(): true, c.fault: false} {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); (err == nil) != good {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
