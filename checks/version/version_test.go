package version

import (
	"errors"
	"testing"
)

// TestParse: forms found on machines, and what each says (vendors' listings,
// seen 2026-11-23).
func TestParse(t *testing.T) {
	for _, c := range []struct{ scheme, raw, low, high string }{
		{"zoom", "5.17.5 (31030)", "5.17.5", "5.17.5"},
		{"zoom", "5.17.5.31030", "5.17.5", "5.17.5"},
		{"zoom", "5.17.5.2543", "5.17.5", "5.17.5"},
		{"zoom", "6.7.2.6498-1", "6.7.2", "6.7.2"},
		{"zoom", "5.17.31030", "5.17.5", "5.17.5"}, // the MSI leaves the patch out; its build says it
		{"zoom", "5.17.31029", "5.17.2", "5.17.5"}, // a build between two known ones
		{"zoom", "5.17.28000", "5.17.0", "5.17.0"}, // before the first known one, which is patch 0
		{"zoom", "5.17.99999", "5.17.11", "5.17.99"},
		{"zoom", "9.9.12345", "9.9.0", "9.9.99"}, // a line nothing is known of
		{"zoom", "6.5.6118", "6.5.0", "6.5.0"},
		{"zoom", "7.1.5 (84650)", "7.1.5", "7.1.5"},
		{"zoom", "5.3.1 52877.0927", "5.3.1", "5.3.1"},
		{"zoom", "5.8.0.16", "5.8.0", "5.8.0"},
		{"zoom", "3.5.361976.0301", "3.5.0", "3.5.99"},
		{"zoom", "5.7.31792.0820", "5.7.0", "5.7.99"},
		{"zoom", "5.5.4 (13130.0228)", "5.5.4", "5.5.4"},
		{"teams", "26198.304.4946.9672", "26198.304.4946.9672", "26198.304.4946.9672"},
		{"teams-classic", "1.7.00.33761", "1.7.0.33761", "1.7.0.33761"},
		{"slack", "4.35.131.0", "4.35.131", "4.35.131"},
		{"slack", "4.51.180", "4.51.180", "4.51.180"},
		{"slack", "4.33.90.0", "4.33.90", "4.33.90"},
		{"dotted", "1.15.0-beta.10", "1.15.0-beta.10", "1.15.0-beta.10"},
		{"dotted", "8.109", "8.109", "8.109"},
		{"webex", "46.9.0.35771", "46.9.0.35771", "46.9.0.35771"},
		{"debian", "1:1.10.2+dfsg-2", "1:1.10.2+dfsg-2", "1:1.10.2+dfsg-2"},
		{"debian", "20230206.0~ds2-1.1+deb12u1", "20230206.0~ds2-1.1+deb12u1", "20230206.0~ds2-1.1+deb12u1"},
		{"rpm", "2:6.7.2.6498-1", "2:6.7.2.6498-1", "2:6.7.2.6498-1"},
		{"date", "202608201449", "202608201449", "202608201449"},
		{"browser", "156.0.8078.79", "156.0.8078.79", "156.0.8078.79"},
	} {
		v, err := Parse(c.scheme, c.raw)
		if err != nil || v.Low != c.low || v.High != c.high || v.Raw != c.raw {
			t.Errorf("%s %q: got %+v, %v", c.scheme, c.raw, v, err)
		}
		if v.Exact() != (c.low == c.high) {
			t.Errorf("%q: exact %v", c.raw, v.Exact())
		}
	}
}

func TestNoVersion(t *testing.T) {
	for scheme, raw := range map[string]string{"zoom": "latest", "teams": "1.6.00.26474", "slack": "4", "dotted": "1.2.x", "date": "yesterday", "debian": "", "rpm": "a b"} {
		if v, err := Parse(scheme, raw); !errors.Is(err, ErrForm) {
			t.Errorf("%s %q: got %+v, %v", scheme, raw, v, err)
		}
	}
	if _, err := Parse("nothing", "1.2"); err == nil {
		t.Error("a scheme that is none was taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("zoom", "5.17.5 (31030)")
	f.Fuzz(func(t *testing.T, scheme, raw string) {
		if v, err := Parse(scheme, raw); err == nil && (v.Low == "" || v.High == "") {
			t.Errorf("%q reads as nothing", raw)
		}
	})
}

func TestReaches(t *testing.T) {
	for _, c := range []struct {
		have, bound string
		want        bool
	}{
		{"1.3.4-4", "1.4", false}, {"1.4.230-1", "1.4", true}, {"1.10.2", "1.4", true}, {"2:6.7.2", "5.15", true},
		{"5.15", "5.15.10", false}, {"1.4~rc1", "1.4", true}, {"", "1.4", false},
	} {
		if got := (Version{Low: c.have}).Reaches(c.bound); got != c.want {
			t.Errorf("%s reaches %s: %v", c.have, c.bound, got)
		}
	}
}

func TestMeets(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"6.7.5.30439", "6.7.30439", true}, {"5.0.2.24046", "6.7.30439", false}, {"6.8.0.1", "6.7.30439", false},
		{"6.7.2.6498", "6.7.2.6498-1", true}, {"6.7.2.6498", "6.6.0.1", false}, {"5.7.31792.0820", "5.7.3.1", true},
	} {
		a, errA := Parse("zoom", c.a)
		b, errB := Parse("zoom", c.b)
		if errA != nil || errB != nil || a.Meets(b) != c.want || b.Meets(a) != c.want {
			t.Errorf("%s and %s: %v %v, %v", c.a, c.b, a.Meets(b), errA, errB)
		}
	}
}
