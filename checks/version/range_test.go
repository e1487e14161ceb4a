package version

import "testing"

// TestHolds: what a bound says of the strings that are found on machines. Each
// row is a rule of a vendor's numbering, or a trap that was seen.
func TestHolds(t *testing.T) {
	for _, c := range []struct {
		scheme, have, in string
		want             Answer
	}{
		// Zoom: three parts count, and the MSI's build is no patch.
		{"zoom", "5.12.8964", "< 5.12.2", Yes},
		{"zoom", "5.12.9281", "< 5.12.2", No},
		{"zoom", "5.3.53291", "< 5.4.0", Yes},
		{"zoom", "5.16.6.382", "< 5.16.5", No},
		{"zoom", "5.9.7.3931", "< 5.10.0", Yes},
		{"zoom", "5.8.3", ">= 5.10.6, < 5.12.0", No},
		{"zoom", "5.11.0", ">= 5.10.6, < 5.12.0", Yes},
		{"zoom", "4.0.36452.0616", "<= 4.4.4", Yes},
		{"zoom", "5.5.7938.0228", "< 5.5.4", Unclear},
		{"zoom", "5.17.31029", "< 5.17.3", Unclear},
		{"zoom", "5.17.31029", "< 5.17.2", No},
		{"zoom", "5.17.31029", "= 5.17.2", Unclear},
		{"zoom", "5.17.31029", "= 5.17.7", No},
		{"zoom", "5.15.1.17948", "= 5.15.1", Yes},
		// Zoom's old forms compare by build with bounds of the same form.
		{"zoom", "2.0.115900.1201", "< 2.0.115900.1201", No},
		{"zoom", "2.0.106600.0904", "< 2.0.115900.1201", Yes},
		{"zoom", "4.1.34814.1119", "<= 4.1.34814.1119", Yes},
		{"zoom", "4.1.34814", "<= 4.1.34814.1119", Yes},
		{"zoom", "4.1.5", "<= 4.1.34814.1119", Unclear},
		{"zoom", "5.1.3", "< 4.1.34814.1119", No},
		// Teams: zero-padded parts, both lines, and a bound without dots.
		{"teams-classic", "1.6.0.26474", "< 1.6.00.26474", No},
		{"teams-classic", "1.6.00.6754", "< 1.6.00.18681", Yes},
		{"teams-classic", "1.8.00.27654", ">= 1.0.0, < 25122.1415.3698.6812", Yes},
		{"teams", "25122.1207.3700.1444", "< 25122.1415.3698.6812", Yes},
		{"teams", "26225.1806.5074.1452", "< 25060212643", Unclear},
		{"teams-classic", "1.6.00.376", ">= 2.0.0, < 2.10.1", No},
		// Webex: a bound names a train by its first parts.
		{"webex-meetings", "41.2.1.13", "< 41.2", No},
		{"webex-meetings", "41.2.1.13", "<= 41.2", Yes},
		{"webex-meetings", "40.12.5.14", "< 41.2", Yes},
		{"webex", "3.0.14234.0", "< 3.0.14234", No},
		{"webex", "42.6.0.22999", "= 42.6", Unclear},
		{"webex", "42.5.0.22221", "= 42.5.0.22259", No},
		{"webex-meetings", "40.1.8.5", "<= 40.1.8.5", Yes},
		// Numbers, not strings; what comes before a release; trailing zeros.
		{"dotted", "8.109", "< 8.99", No},
		{"dotted", "8.4.1", "< 8.113", Yes},
		{"dotted", "1.15.0-beta.9", "< 1.15.0-beta.10", Yes},
		{"dotted", "1.15.0", "< 1.15.0-beta.10", No},
		{"dotted", "1.15.0-beta.10", "< 1.15.0", Yes},
		{"dotted", "6.2", "< 6.2.0", No},
		{"dotted", "6.2", "< 6.2.1", Unclear},
		{"dotted", "1.2.3", "= 1.2", No},
		{"dotted", "1.2.3", "<= 1.2", Unclear},
		{"slack", "4.35.131.0", "<= 4.35.131", Yes},
		{"date", "202608201449", "< 202609010000", Yes},
		// A distribution's marks are not the maker's.
		{"debian", "1:1.10.2+dfsg-2", "< 1.10.2", No},
		{"debian", "1.3.4-4", "< 1.4.230", Yes},
		{"debian", "1.4~rc1-1", "< 1.4", Yes},
		{"debian", "20230206.0~ds2-1.1+deb12u1", "< 20230206.1", Yes},
		{"rpm", "2:6.7.2.6498-1", "< 6.7.3", Yes},
	} {
		v, err := Parse(c.scheme, c.have)
		if err != nil {
			t.Fatalf("%s %q: %v", c.scheme, c.have, err)
		}
		r, err := ParseRange(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Holds(v); got != c.want {
			t.Errorf("%s %s in %q: got %d, want %d", c.scheme, c.have, c.in, got, c.want)
		}
	}
}

func TestNoRange(t *testing.T) {
	for _, s := range []string{"", "see references", "< see references", "5.17.10", "< ", "~ 1.2", "< 1.2,", "== 1", "< 1.2 and 3", "=> 4"} {
		if r, err := ParseRange(s); err == nil {
			t.Errorf("%q reads as %q", s, r)
		}
	}
}

// FuzzRange: what is read can be written and read again, and holds the same.
func FuzzRange(f *testing.F) {
	f.Add(">= 5.7.3, < 5.11.5", "zoom", "5.17.31030")
	f.Add("< 1.15.0-beta.10", "dotted", "1.15.0-beta.9")
	f.Add("<= 41.2", "webex", "41.2.1.13")
	f.Fuzz(func(t *testing.T, in, scheme, have string) {
		r, err := ParseRange(in)
		if err != nil {
			return
		}
		again, err := ParseRange(r.String())
		if err != nil {
			t.Fatalf("%q was read and written as %q: %v", in, r, err)
		}
		v, err := Parse(scheme, have)
		if err == nil && r.Holds(v) != again.Holds(v) {
			t.Errorf("%q and %q differ about %q", in, r, have)
		}
	})
}
