package registry

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// The bytes below are written by hand from Microsoft's description of the kinds
// of value: UTF-16 with a NUL behind each text, a list with one more, numbers
// with the low byte first.
var (
	one     = value{4, []byte{1, 0, 0, 0}}
	zero    = value{4, []byte{0, 0, 0, 0}}
	oneLong = value{11, []byte{1, 0, 0, 0, 0, 0, 0, 0}}
	textOne = value{1, []byte{'1', 0, 0, 0}}
	yes     = value{1, []byte{'y', 0, 'e', 0, 's', 0, 0, 0}}
	no      = value{1, []byte{'n', 0, 'o', 0, 0, 0}}
	expand  = value{2, []byte{'%', 0, 'a', 0, '%', 0, 0, 0}}
	list    = value{7, []byte{'a', 0, 0, 0, 'b', 0, 'c', 0, 0, 0, 0, 0}}
	binary3 = value{3, []byte{1, 2, 3}}
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		v    value
		want any
	}{
		{one, uint64(1)}, {oneLong, uint64(1)}, {value{5, []byte{0, 0, 1, 0}}, uint64(256)},
		{yes, "yes"}, {expand, "%a%"}, {list, []string{"a", "bc"}},
		{value{1, []byte{'a', 0}}, "a"},      // the NUL is missing
		{value{1, []byte{'a', 0, 'b'}}, "a"}, // and half a letter
		{value{1, nil}, ""}, {value{7, nil}, []string{}},
		{value{4, []byte{1}}, []byte{1}}, // a number that is none
		{binary3, []byte{1, 2, 3}},
	} {
		if got := c.v.decode(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %#v, want %#v", c.v, got, c.want)
		}
	}
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		want any
		now  *value
		gets value
	}{
		{true, nil, one}, {false, nil, zero}, {true, &zero, one}, {true, &value{11, make([]byte, 8)}, oneLong},
		{true, &no, yes}, {false, &yes, no}, {true, &value{1, []byte{'0', 0, 0, 0}}, textOne},
		{true, &value{1, []byte{'x', 0, 0, 0}}, textOne},
		{float64(1), nil, one}, {float64(1), &yes, textOne}, {float64(1), &oneLong, oneLong},
		{"yes", nil, yes}, {"yes", &no, yes}, {"%a%", &expand, expand},
		{[]string{"a", "bc"}, nil, list}, {[]any{"a", "bc"}, &list, list}, {[]string{}, nil, value{7, []byte{0, 0}}},
	} {
		if got, err := encode(c.want, c.now); err != nil || !reflect.DeepEqual(got, c.gets) {
			t.Errorf("%v over %v: %v %v, want %v", c.want, c.now, got, err, c.gets)
		}
	}
	for _, c := range []struct {
		want any
		now  *value
	}{
		{true, &binary3}, {float64(-1), nil}, {0.5, nil}, {float64(1 << 32), nil}, {"a\x00b", nil}, {"a", &one}, {"a", &list},
		{[]string{"a", ""}, nil}, {[]string{"a"}, &yes}, {nil, nil},
	} {
		if got, err := encode(c.want, c.now); !errors.Is(err, errKind) {
			t.Errorf("%v over %v: %v %v, want a refusal", c.want, c.now, got, err)
		}
	}
}

func TestPrepare(t *testing.T) {
	present := func(v any) fact.Held { return fact.Held{State: fact.Present, Value: v} }
	for _, c := range []struct {
		now  plan.Standing
		want fact.Held
		gets plan.Standing
	}{
		{plan.Standing{}, present(true), one.standing()},
		{zero.standing(), present(true), one.standing()},
		{yes.standing(), present(true), yes.standing()}, // says so already
		{value{4, []byte{7, 0, 0, 0}}.standing(), present(true), value{4, []byte{7, 0, 0, 0}}.standing()},
		{yes.standing(), fact.Held{State: fact.Absent}, plan.Standing{}},
	} {
		if got, err := prepare(c.now, c.want); err != nil || !got.Same(c.gets) {
			t.Errorf("%q to %v: %q %v, want %q", c.now.Raw, c.want, got.Raw, err, c.gets.Raw)
		}
	}
}

func TestPlaces(t *testing.T) {
	for at, want := range map[fact.At]place{
		{Path: `HKLM\SOFTWARE\Policies\Zoom`, Key: "AU"}:          {path: `SOFTWARE\Policies\Zoom`, name: "AU"},
		{Path: `HKLM\SOFTWARE\Policies\Zoom`, Item: "@"}:          {path: `SOFTWARE\Policies\Zoom`},
		{Path: `HKLM\SYSTEM\CurrentControlSet\Services\webex`}:    {path: `SYSTEM\CurrentControlSet\Services\webex`, whole: true},
		{Path: `HKLM\SOFTWARE\Zoom`, Key: `with\backslash and @`}: {path: `SOFTWARE\Zoom`, name: `with\backslash and @`},
	} {
		if got, err := placeOf(at, "HKLM"); err != nil || got != want {
			t.Errorf("%+v: %+v %v", at, got, err)
		}
	}
	for _, at := range []fact.At{
		{Path: `HKCU\Software\Zoom`, Key: "a"}, {Path: `HKLM\`, Key: "a"}, {Path: `HKLM\a\\b`, Key: "a"}, {Path: "HKLM", Key: "a"},
		{Path: `HKLM\SOFTWARE\Zoom`}, {Path: `HKLM\a\b\c`, Key: "a", Item: "@"}, {Path: `HKLM\a\b\c`, Item: "x"}, {Path: "HKLM\\a\x00b\\c", Key: "a"},
	} {
		if got, err := placeOf(at, "HKLM"); !errors.Is(err, errPlace) {
			t.Errorf("%+v: %+v %v", at, got, err)
		}
	}
}

func TestParse(t *testing.T) {
	if _, err := parse(plan.Standing{Present: true, Raw: []byte("pwd=hunter2")}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
