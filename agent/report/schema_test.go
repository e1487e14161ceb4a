package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"huddleguard/checks/fact"
)

// schemas are what is published for other programs, under docs/schema.
func schema(t *testing.T, name string) (compiled *jsonschema.Schema, raw map[string]any) {
	t.Helper()
	data, err := os.ReadFile("../../docs/schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	if compiled, err = c.Compile(name); err != nil {
		t.Fatal(err)
	}
	return compiled, doc.(map[string]any)
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReportSchema(t *testing.T) {
	s, raw := schema(t, "report.schema.json")
	covered := sample()
	covered.Advisories.Clients["zoom"] = Coverage{AsOf: "2026-11-24", CompleteTo: "2026-11-01", Sources: []string{"vendor"}}
	for name, r := range map[string]Report{"sample": covered, "empty": New(fact.Set{Taken: taken, Host: fact.Host{OS: fact.Linux},
		Scope: fact.Scope{Users: fact.Self}}, nil, known())} {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(decode(t, b.Bytes())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	sameMembers(t, raw, raw, reflect.TypeFor[Report](), "report")
}

func TestFactsSchema(t *testing.T) {
	s, raw := schema(t, "facts.schema.json")
	full := sampleSet()
	full.Users = []fact.User{{Name: "asha", ID: "1000", Home: "/home/asha"}}
	full.Browsers = []fact.Browser{{ID: "chromium", Name: "Chromium", User: "asha", Folder: "/home/asha/.config/chromium", Running: fact.No}}
	for i := range full.Installations {
		in := &full.Installations[i]
		in.Running, in.InCall, in.Held = fact.Yes, fact.No, fact.Unknown
		in.Origin = fact.Origin{Kind: fact.OriginRemote, Name: "flathub"}
	}
	full.Facts = []fact.Fact{
		{Kind: fact.Setting, Name: "zoom/telemetry/crash-reports", Client: "zoom", State: fact.Present, Value: false, Where: "a.ini", Place: 2, Managed: true},
		{Kind: fact.Permission, Name: "camera", Client: "zoom", State: fact.Present, Value: "allowed", Where: "ConsentStore", LastUsed: time.Unix(0, 0).UTC(), InUse: true},
		{Kind: fact.Exposure, Name: "setuid", Client: "zoom", State: fact.Present, Value: []string{"/opt/zoom/x"}, Where: "/opt/zoom", Subject: "x"},
		{Kind: fact.Setting, Name: "zoom/call/timeout", Client: "zoom", State: fact.Present, Value: 3.0, Where: "a.ini"},
		{Kind: fact.Setting, Name: "zoom/call/timeout", Client: "zoom", User: "bo", State: fact.Hidden, Where: "/home/bo/a.ini", Why: "no permission"},
		{Kind: fact.Setting, Name: "zoom/call/timeout", Client: "zoom", User: "asha", State: fact.Absent, Where: "/home/asha/a.ini"},
	}
	empty := fact.Set{Schema: fact.Schema, Taken: taken, Host: fact.Host{OS: fact.Windows}, Scope: fact.Scope{Users: fact.AllUsers}}
	for name, set := range map[string]fact.Set{"full": full, "empty": empty} {
		data, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(decode(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	sameMembers(t, raw, raw, reflect.TypeFor[fact.Set](), "facts")
}

// What the schemas must refuse.
func TestSchemasRefuse(t *testing.T) {
	report, _ := schema(t, "report.schema.json")
	facts, _ := schema(t, "facts.schema.json")
	const finding = `{"key":"a","id":"a/b/c","client":"a","outcome":"waived","basis":"measured","managed":false,"severity":"low",` +
		`"message":{"id":"x"},"title":"","because":[],"advisories":[],"remedies":[],"outcome_without_waiver":"fail",` +
		`"waiver":{"by":"person","reason":"r","owner":"o","until":"2026-12-31","returns":false,"ended":false,"message":{"id":"x"},"text":""}}`
	reportFrame := `{"schema":"huddleguard.report/1","taken":"2026-11-24T09:30:00Z","scope":{"live":true,"users":"all"},` +
		`"host":{"os":"linux","os_version":"","name":""},"advisories":{"clients":{}},"installations":[],"findings":[],"unreadable":[]}`
	factsFrame := `{"schema":"huddleguard.facts/1","taken":"2026-11-24T09:30:00Z","host":{"os":"linux"},"scope":{"live":true,"users":"all"},"facts":[FACT]}`
	for _, c := range []struct {
		name, doc string
		schema    *jsonschema.Schema
		good      bool
	}{
		{"a report", reportFrame, report, true},
		{"a report with more members", strings.Replace(reportFrame, "{", `{"later":1,`, 1), report, true},
		{"a waived finding", strings.Replace(reportFrame, `"findings":[`, `"findings":[`+finding, 1), report, true},
		{"a waiver of nobody", strings.Replace(reportFrame, `"findings":[`, `"findings":[`+strings.Replace(finding, `"by":"person",`, "", 1), 1), report, false},
		{"a waiver without end", strings.Replace(reportFrame, `"findings":[`, `"findings":[`+strings.Replace(finding, "2026-12-31", "never", 1), 1), report, false},
		{"another schema", strings.Replace(reportFrame, "report/1", "report/2", 1), report, false},
		{"no list of what is unreadable", strings.Replace(reportFrame, `,"unreadable":[]`, "", 1), report, false},
		{"null for a list", strings.Replace(reportFrame, `"findings":[]`, `"findings":null`, 1), report, false},
		{"a time that is none", strings.Replace(reportFrame, "2026-11-24T09:30:00Z", "yesterday", 1), report, false},
		{"a fact", strings.Replace(factsFrame, "FACT", `{"kind":"setting","name":"a","client":"b","state":"absent","where":"c"}`, 1), facts, true},
		{"hidden without a reason", strings.Replace(factsFrame, "FACT", `{"kind":"setting","name":"a","client":"b","state":"unreadable","where":"c"}`, 1), facts, false},
		{"a state that is none", strings.Replace(factsFrame, "FACT", `{"kind":"setting","name":"a","client":"b","state":"maybe","where":"c"}`, 1), facts, false},
	} {
		err := c.schema.Validate(decode(t, []byte(c.doc)))
		if c.good && err != nil {
			t.Errorf("%s is refused: %v", c.name, err)
		}
		if !c.good && err == nil {
			t.Errorf("%s is not refused", c.name)
		}
	}
}

// sameMembers holds a schema's members against those of the Go type, so that
// neither has one the other lacks.
func sameMembers(t *testing.T, root, node map[string]any, typ reflect.Type, at string) {
	t.Helper()
	if r, ok := node["$ref"].(string); ok {
		node = root["$defs"].(map[string]any)[strings.TrimPrefix(r, "#/$defs/")].(map[string]any)
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ.Kind() == reflect.Slice:
		if items, ok := node["items"].(map[string]any); ok {
			sameMembers(t, root, items, typ.Elem(), at+"[]")
		} else {
			t.Errorf("%s: the schema has no items", at)
		}
		return
	case typ.Kind() == reflect.Map && typ.Elem().Kind() == reflect.Struct:
		sameMembers(t, root, node["additionalProperties"].(map[string]any), typ.Elem(), at+"{}")
		return
	case typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]():
		return
	}
	props, _ := node["properties"].(map[string]any)
	left := map[string]bool{}
	for name := range props {
		left[name] = true
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		p, ok := props[name].(map[string]any)
		if !ok {
			t.Errorf("%s.%s is not in the schema", at, name)
			continue
		}
		delete(left, name)
		sameMembers(t, root, p, f.Type, at+"."+name)
	}
	for name := range left {
		t.Errorf("%s.%s is in the schema only", at, name)
	}
}
