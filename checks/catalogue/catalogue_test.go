package catalogue

import (
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"huddleguard/checks/fact"
)

// TestCompiledIsFresh holds what is embedded against the pages.
func TestCompiledIsFresh(t *testing.T) {
	fromPages, err := Parse(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(fromPages)
	if err != nil {
		t.Fatal(err)
	}
	if string(compiled) != string(want)+"\n" {
		t.Error("compiled.json is stale: run go generate ./checks/catalogue")
	}
}

var update = flag.Bool("update", false, "write the list of check ids anew")

// TestIDs guards the check ids: scripts and waivers name them, so none is ever
// renamed or taken away. New ones are added with -update.
func TestIDs(t *testing.T) {
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/ids.txt"
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(c.IDs(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, id := range c.IDs() {
		have[id] = true
	}
	known := map[string]bool{}
	for _, id := range strings.Fields(string(data)) {
		known[id] = true
		if !have[id] {
			t.Errorf("%s is gone; ids are never renamed", id)
		}
	}
	for id := range have {
		if !known[id] {
			t.Errorf("%s is new: go test ./checks/catalogue -run TestIDs -update", id)
		}
	}
}

// TestEveryIDIsFound: what can be reported can be explained.
func TestEveryIDIsFound(t *testing.T) {
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	texts := c.Texts()
	for _, id := range c.IDs() {
		if _, ok := c.Find(id); !ok {
			t.Errorf("%s cannot be explained", id)
		}
	}
	for id, text := range texts {
		if !strings.HasSuffix(id, "/loses") && strings.TrimSpace(text) == "" {
			t.Errorf("%s is empty", id)
		}
	}
}

// TestSchema holds every page against the published schema, and pages with a
// fault too: the schema must not be laxer than it says.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/catalogue-page.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("pages/*.yaml")
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages", err)
	}
	for _, page := range pages {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, data)); err != nil {
			t.Errorf("%s: %v", page, err)
		}
	}
	for _, fault := range []string{"id: x\nname: X\nvendor: V\neditions: []\nnonsense: 1\n", "id: x\nname: 5\n",
		"id: x\nname: X\nvendor: V\neditions: []\ninstalls: [{system: beos}]\n",
		"id: x\nname: X\nvendor: V\neditions: []\nsupport: [{id: y, rule: moon, says: s, source: s, seen: s}]\n"} {
		if schema.Validate(asJSON(t, []byte(fault))) == nil {
			t.Errorf("the schema takes %q", fault)
		}
	}
}

func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// good is a small page; the faults below change one line of it.
const good = `id: acme
name: Acme
vendor: Acme
editions:
  - id: desktop
    name: Acme
installs:
  - system: linux
    packaging: deb
    edition: desktop
    ids: [acme]
    scheme: debian
    updates: manager
    source: a test
    seen: 2026-11-24
settings:
  - id: telemetry/usage
    title: Nothing is sent
    why: A test.
    severity: low
    profiles: [advisory]
    serves: [NSA-C5]
    type: bool
    want: {is: false}
    places:
      - system: linux
        store: ini
        path: ~/.config/acme.conf
        section: General
        key: usage
        place: live-file
        effect: seen
        source: a test
        seen: 2026-11-24
`

// rule is a rule of support that says not how long.
const rule = "  - id: one\n    rule: age\n    by: vendor\n    says: A test.\n    source: a test\n    seen: 2026-11-24\n"

func add(t *testing.T, page string) (*Catalogue, error) {
	t.Helper()
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return c.Add(fstest.MapFS{"acme.yaml": {Data: []byte(page)}})
}

func TestAdd(t *testing.T) {
	c, err := add(t, good)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Page("acme"); !ok || !c.IsAdded("acme") {
		t.Error("the page was not added")
	}
	if built, _ := BuiltIn(); len(c.Pages) != len(built.Pages)+1 {
		t.Error("other pages changed")
	}
}

// TestFaults wants file, line and column of each fault, and the catalogue as
// it was.
func TestFaults(t *testing.T) {
	for _, f := range []struct{ name, from, to, want string }{
		{"unknown key", "vendor: Acme\n", "vendor: Acme\ncolour: red\n", "acme.yaml:4:1: "},
		{"wrong type", "want: {is: false}", "want: 5", "acme.yaml:24:11: "},
		{"unknown word", "packaging: deb", "packaging: tape", "acme.yaml:9:16: packaging \"tape\""},
		{"duplicate id", "settings:\n", "settings:\n" + settingOf(good), "acme.yaml:35:9: the id \"telemetry/usage\" is there twice"},
		{"id of another file", "id: acme", "id: zoom", "acme.yaml:1:5: "},
		{"id of a general check", "id: telemetry/usage", "id: exposure/setuid", "acme.yaml:17:9: the id \"exposure/setuid\" is there twice"},
		{"unknown item", "[NSA-C5]", "[NOBODY-1]", "acme.yaml:22:14: items.yaml has no \"NOBODY-1\""},
		{"no item", "    serves: [NSA-C5]\n", "", "acme.yaml:17:7: serves is missing"},
		{"an update that is none of the channels", "packaging: deb\n", "packaging: deb\n    update: {channel: curl, name: acme}\n", "acme.yaml:10:23: channel \"curl\""},
		{"an update of another packaging", "packaging: deb\n", "packaging: deb\n    update: {channel: winget, name: Acme.Acme}\n", "winget brings nothing to deb on linux"},
		{"an update with an option for a name", "packaging: deb\n", "packaging: deb\n    update: {channel: apt, name: --reinstall}\n", "is not in the form of a name of apt"},
		{"an update that removes", "packaging: deb\n", "packaging: deb\n    update: {channel: apt, name: acme-}\n", "is not in the form of a name of apt"},
		{"an update of its own with a name", "packaging: deb\n", "packaging: deb\n    update: {channel: own, name: acme}\n", "own updater has no name"},
		{"two wants", "want: {is: false}", "want: {is: false, absent: true}", "acme.yaml:24:11: want takes exactly one"},
		{"no date", "    source: a test\n    seen: 2026-11-24\nsettings", "    source: a test\n    seen: yesterday\nsettings", "acme.yaml:15:11: seen \"yesterday\""},
		{"a rule that counts in nothing", "editions:\n", "support:\n" + rule + "editions:\n", "acme.yaml:5:7: age counts in months"},
		{"a rule that counts twice", "editions:\n", "support:\n" + rule + "    months: 9\n    days: 9\neditions:\n", "acme.yaml:5:7: age counts in months"},
		{"a rule of nobody", "editions:\n", "support:\n" + strings.Replace(rule, "vendor", "hearsay", 1) + "    months: 9\neditions:\n", "acme.yaml:7:9: by \"hearsay\""},
		{"a distribution's rule that is ours", "editions:\n", "support:\n" + strings.Replace(rule, "age", "distribution", 1) + "editions:\n", "neither the vendor's nor ours"},
		{"a rule for no edition", "editions:\n", "support:\n" + rule + "    months: 9\n    editions: [phone]\neditions:\n", "the page has no edition \"phone\""},
		{"a rule without a source", "editions:\n", "support:\n" + strings.Replace(rule, "    source: a test\n", "", 1) + "    months: 9\neditions:\n", "source is missing"},
		{"the same rule twice", "editions:\n", "support:\n" + rule + "    months: 9\n" + rule + "    months: 9\neditions:\n", "the id \"one\" is there twice"},
		{"an alias", "name: Acme\nvendor: Acme", "name: &n Acme\nvendor: *n", "anchors and aliases"},
		{"no YAML", good, "\x00\x01", "acme.yaml:1:"},
	} {
		t.Run(f.name, func(t *testing.T) {
			page := strings.Replace(good, f.from, f.to, 1)
			if page == good {
				t.Fatal("the fault did not take")
			}
			c, err := add(t, page)
			if err == nil || !strings.Contains(err.Error(), f.want) {
				t.Errorf("got %v, want %q in it", err, f.want)
			}
			if _, ok := c.Page("acme"); ok {
				t.Error("the page was taken all the same")
			}
		})
	}
}

// TestSupportFor: a page's own rules go before the common ones, each for the
// copies it names.
func TestSupportFor(t *testing.T) {
	c, err := add(t, strings.Replace(good, "editions:\n", "support:\n"+rule+"    months: 9\n    systems: [linux]\n    packagings: [deb]\neditions:\n", 1))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := c.Page("acme")
	for _, k := range []struct {
		system    fact.OS
		packaging fact.Packaging
		edition   string
		says      string
	}{
		{fact.Linux, fact.Deb, "desktop", "catalogue/acme/support/one/says"},
		{fact.Linux, fact.RPM, "desktop", "catalogue/support/twelve-months/says"},
		{fact.Windows, fact.Deb, "desktop", "catalogue/support/twelve-months/says"},
		{fact.Linux, fact.Deb, "rooms", "catalogue/support/twelve-months/says"},
	} {
		got := c.SupportFor(p, k.system, k.packaging, k.edition)
		if len(got) != 1 || got[0].Says != k.says || c.Texts()[k.says] == "" {
			t.Errorf("%s %s %s: got %v", k.system, k.packaging, k.edition, got)
		}
	}
}

func settingOf(page string) string {
	_, s, _ := strings.Cut(page, "settings:\n")
	return s
}

func FuzzAdd(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("a: &a [x,x]\nb: *a\n"))
	c, err := BuiltIn()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = c.Add(fstest.MapFS{"acme.yaml": {Data: data, Mode: fs.ModePerm}})
	})
}

// TestMeets: the same yes is written in many ways, and noise is no value.
func TestMeets(t *testing.T) {
	five := 5.0
	for _, c := range []struct {
		typ       string
		want      Want
		value     any
		meets, ok bool
	}{
		{"bool", Want{Is: true}, "1", true, true},
		{"bool", Want{Is: true}, "YES", true, true},
		{"bool", Want{Is: true}, uint64(1), true, true},
		{"bool", Want{Is: false}, int64(0), true, true},
		{"bool", Want{Is: true}, "maybe", false, false},
		{"bool", Want{Is: true}, []byte{1}, false, false},
		{"bool", Want{Not: true}, false, true, true},
		{"int", Want{OneOf: []any{1.0, 3.0}}, uint64(3), true, true},
		{"int", Want{AtLeast: &five}, "4", false, true},
		{"string", Want{Hosts: []string{"zoom.us"}}, "https://us04web.zoom.us/x", true, true},
		{"string", Want{Hosts: []string{"zoom.us"}}, "https://zoom.us.example.net", false, true},
		{"string", Want{Hosts: []string{"zoom.us"}}, "https://zoom.us@evil.example/", false, true},
		{"string", Want{Hosts: []string{"zoom.us"}}, "https://notzoom.us", false, true},
		{"string", Want{Absent: true}, "anything", false, true},
		{"string", Want{Absent: true}, "", true, true},
		{"list", Want{Lacks: []string{"no-sandbox"}}, []any{"--no-sandbox", "x"}, false, true},
		{"list", Want{Lacks: []string{"no-sandbox"}}, []any{}, true, true},
	} {
		meets, ok := c.want.Meets(c.typ, c.value)
		if meets != c.meets || ok != c.ok {
			t.Errorf("%v of %v (%s): got %v, %v", c.want.Words(), c.value, c.typ, meets, ok)
		}
	}
}

// TestReveal: of free text only what the page knows goes on.
func TestReveal(t *testing.T) {
	s := Setting{Type: "string", Want: Want{Is: "prod"}, Places: []Place{{}}, Defaults: []Default{{Value: "auto"}}}
	for in, want := range map[string]any{"prod": "prod", "auto": "auto", "": "", "secret": Other} {
		if got, ok := s.Reveal(0, in); !ok || got != want {
			t.Errorf("%q: got %v", in, got)
		}
	}
	s.Want = Want{Hosts: []string{"zoom.us"}}
	if got, _ := s.Reveal(0, "https://ann:secret@us04web.zoom.us/x"); got != "zoom.us" {
		t.Errorf("got %v", got)
	}
	s.Want = Want{Absent: true}
	if got, ok := s.Reveal(0, []byte("key")); got != nil || !ok {
		t.Errorf("a value of any kind is there: got %v, %v", got, ok)
	}
}
