package catalogue

import (
	"slices"
	"testing"
)

func TestWith(t *testing.T) {
	least := 5.0
	levels := &Setting{Type: "int", Want: Want{OneOf: []any{1.0, 3.0}}}
	minutes := &Setting{Type: "int", Want: Want{AtLeast: &least}}
	for _, c := range []struct {
		s     *Setting
		value any
		good  bool
	}{
		{levels, uint64(3), true}, {levels, "1", true}, {levels, 2, false}, {levels, "many", false},
		{minutes, uint64(9), true}, {minutes, 4, false},
		{&Setting{Type: "bool", Want: Want{Is: true}}, true, false},
		{&Setting{Type: "string", Want: Want{OneOf: []any{""}}}, "", false},
		{&Setting{Type: "bool", Want: Want{Not: true}}, false, false},
		{&Setting{Type: "int", Want: levels.Want, Places: []Place{{Want: &Want{Is: 0}}}}, 3, false},
	} {
		got, err := c.s.With(c.value)
		if (err == nil) != c.good {
			t.Errorf("%v of %s: %v", c.value, c.s.Want.Words(), err)
		}
		if err != nil {
			continue
		}
		if meets, ok := got.Want.Meets("int", c.value); !meets || !ok {
			t.Errorf("%v is not wanted of %s", c.value, got.Want.Words())
		}
	}
	stricter, err := minutes.With(9)
	if err != nil {
		t.Fatal(err)
	}
	if meets, _ := stricter.Want.Meets("int", 8); meets {
		t.Error("8 is enough where at least 9 is wanted")
	}
	tenants := &Setting{Type: "string", Want: Want{Not: "*"}}
	for value, good := range map[string]bool{"example.org": true, "*": false, "a\nb": false} {
		got, err := tenants.With(value)
		if (err == nil) != good || err == nil && got.Want.Words() != "≠ *" {
			t.Errorf("%q: %v, %v", value, got, err)
		}
	}
	if only, _ := levels.With(3); only.Want.Words() != "3" || levels.Want.Words() != "1 | 3" {
		t.Errorf("wanted is %s, and of the page %s", only.Want.Words(), levels.Want.Words())
	}
}

func TestPreferred(t *testing.T) {
	c := &Catalogue{Items: []Item{{ID: "A", Body: "cycord"}, {ID: "B", Body: "cis"}, {ID: "C", Body: "gsa"}, {ID: "D", Body: "cis"}}}
	disputed := &Setting{Serves: []string{"A", "D"}, Against: []string{"C"}}
	alone := &Setting{Serves: []string{"A"}, Against: []string{"B"}}
	for _, k := range []struct {
		s      *Setting
		bodies []string
		want   bool
	}{
		{alone, nil, true}, {alone, []string{"gsa"}, true}, {alone, []string{"cis"}, false},
		{alone, []string{"cycord", "cis"}, true}, {alone, []string{"cis", "cycord"}, false},
		{disputed, []string{"cis", "gsa"}, true}, {disputed, []string{"gsa", "cis"}, false},
		{&Setting{Serves: []string{"A"}}, []string{"cis"}, true},
	} {
		if got := c.Preferred(k.s, k.bodies); got != k.want {
			t.Errorf("%v against %v for %v: %v", k.s.Serves, k.s.Against, k.bodies, got)
		}
	}
	if got := c.Bodies(); !slices.Equal(got, []string{"cis", "cycord", "gsa"}) {
		t.Errorf("bodies %v", got)
	}
}

// TestProfiles: a profile's list is what the pages say, and the disputes we know
// of local settings are there.
func TestProfiles(t *testing.T) {
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Profile("advisory") {
		if !slices.Contains(l.Setting.Profiles, "strict") {
			t.Errorf("%s is asked for by advisory and not by strict, which is more", l.ID())
		}
	}
	against := map[string]string{}
	quiet := map[string]bool{}
	for _, l := range c.Profile("strict") {
		for _, id := range l.Setting.Against {
			against[l.ID()] = id
		}
	}
	for _, l := range c.Profile("quiet") {
		quiet[l.ID()] = true
	}
	for id, item := range map[string]string{"zoom/privacy/local-recording": "CIS-ZOOM-1.2.1.1", "zoom/privacy/cloud-recording": "CIS-ZOOM-1.2.2.1",
		"zoom/privacy/screen-share": "CIS-ZOOM-1.1.3.4.1", "zoom/terminal/file-transfer": "GSA-ZOOM"} {
		if against[id] != item {
			t.Errorf("%s: against it is %q, want %s", id, against[id], item)
		}
	}
	if !quiet["zoom/telemetry/crash-reports"] || quiet["zoom/terminal/file-transfer"] {
		t.Errorf("the quiet profile is %v", quiet)
	}
}
