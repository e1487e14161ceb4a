package keypath

import (
	"reflect"
	"testing"
)

func TestSplit(t *testing.T) {
	for key, want := range map[string][]string{
		"":              {""},
		"a":             {"a"},
		"ui.usage":      {"ui", "usage"},
		`conf\.crash.x`: {"conf.crash", "x"},
		`a\b`:           {`a\b`},
	} {
		if got := Split(key); !reflect.DeepEqual(got, want) {
			t.Errorf("Split(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestLookup(t *testing.T) {
	m := map[string]any{"b": 3, "B": 2, "ZAutoUpdate": map[string]any{"On": true, "nothing": nil}}
	for _, c := range []struct {
		path []string
		fold bool
		want any
		ok   bool
	}{
		{[]string{"ZAutoUpdate", "On"}, false, true, true},
		{[]string{"zautoupdate", "on"}, false, nil, false},
		{[]string{"zautoupdate", "on"}, true, true, true},
		{[]string{"ZAutoUpdate", "nothing"}, false, nil, true},
		{[]string{"ZAutoUpdate", "On", "deeper"}, false, nil, false},
		{[]string{"b"}, true, 3, true}, // the exact name goes first
	} {
		if got, ok := Lookup(m, c.path, c.fold); got != c.want || ok != c.ok {
			t.Errorf("Lookup(%q, %v) = %v, %v; want %v, %v", c.path, c.fold, got, ok, c.want, c.ok)
		}
	}
	if name, _ := Member(map[string]int{"aB": 1, "Ab": 2}, "ab", true); name != "Ab" {
		t.Errorf("of two names that differ in case %q was taken", name)
	}
}
