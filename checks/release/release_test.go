package release

import (
	"testing"
	"time"

	"huddleguard/checks/version"
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// open stands for an end that nothing bounds.
const open = ""

func date(s string) time.Time {
	if s == open {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestAge: the days were read by hand from the histories of ScoopInstaller/Extras
// (Windows) and Flathub (Linux), as of 2026-08.
func TestAge(t *testing.T) {
	for _, c := range []struct {
		client, system, scheme, raw string
		earliest, latest            string
		reason                      Reason
	}{
		// The very release.
		{"zoom", "windows", "zoom", "5.17.5.31030", "2024-01-23", "2024-01-23", Known},
		{"zoom", "windows", "zoom", "6.6.11 (23272)", "2025-12-01", "2025-12-01", Known},
		{"zoom", "linux", "zoom", "6.7.2.6498", "2025-12-30", "2025-12-30", Known},
		{"zoom", "linux", "zoom", "5.8.0.16", "2021-09-23", "2021-09-23", Known},
		{"slack", "linux", "slack", "4.51.180", "2026-07-20", "2026-07-20", Known},
		{"slack", "macos", "slack", "4.44.60.0", "2025-05-15", "2025-05-15", Known},
		{"slack", "linux", "rpm", "4.51.180-0.1.el8", "2026-07-20", "2026-07-20", Known},
		// Scoop returned to it in December 2024; it was out in July.
		{"slack", "windows", "slack", "4.39.95", "2024-07-29", "2024-07-29", Known},
		{"signal", "linux", "dotted", "7.74.0", "2025-10-08", "2025-10-08", Known},
		{"element", "linux", "dotted", "1.12.3", "2025-11-04", "2025-11-04", Known},
		{"jitsi", "macos", "dotted", "2026.8.0", "2026-08-05", "2026-08-05", Known},
		{"discord", "windows", "dotted", "1.0.9232", "2026-04-14", "2026-04-14", Known},
		{"mumble", "linux", "debian", "1.3.4-4", "2021-02-11", "2021-02-11", Known},
		// Between neighbours of its own line: 6.4.6 and 6.4.10.
		{"zoom", "windows", "zoom", "6.4.8.64370", "2025-04-21", "2025-05-19", Between},
		// The whole of 6.7 is missing on Windows: 6.6 began on 2025-09-16, and 6.7
		// can go on for nine months after 7.0, seen on 2026-04-21, cut off at today.
		{"zoom", "windows", "zoom", "6.7.5.30439", "2025-09-16", "2026-11-24", Between},
		// A later patch of an old line can come after the next line began.
		{"zoom", "windows", "zoom", "5.17.77.99999", "2024-03-09", "2025-01-15", Between},
		// One line only: 1.4.287 and 1.5.634.
		{"mumble", "windows", "dotted", "1.5.500", "2022-09-15", "2024-05-22", Between},
		// Above and below all that is known. 7.2 began after 7.1 did, on 2026-06-22;
		// whether its first release came after the last of 7.1 is another question.
		{"zoom", "windows", "zoom", "7.2.1 (48556)", "2026-06-22", open, After},
		{"zoom", "linux", "zoom", "7.1.0.1", "2026-03-24", open, After},
		{"slack", "windows", "slack", "4.52.155.0", "2026-07-20", open, After},
		{"zoom", "windows", "zoom", "4.6.12.20613", open, "2021-02-08", Before},
		{"linphone", "windows", "dotted", "3.0.0", open, "2019-09-02", Before},
		// A part left out: all that the line can mean.
		{"zoom", "linux", "zoom", "5.4.56259.1207", "2020-10-26", "2021-01-11", Between},
		{"zoom", "windows", "zoom", "4.6.20613", open, "2021-02-08", Before},
		// A date in the number: July 17 and August 1.
		{"teams", "windows", "teams", "26198.304.4946.9672", "2026-07-17", "2026-07-17", Dated},
		{"teams", "macos", "teams", "26213.1006.5011.1671", "2026-08-01", "2026-08-01", Dated},
		{"teams", "windows", "teams", "24366.1.2.3", "2024-12-31", "2024-12-31", Dated},
		{"teams", "windows", "teams", "25366.1.2.3", open, open, Undated}, // 2025 had 365 days
		{"teams", "windows", "teams", "26000.1.2.3", open, open, Undated},
		{"jami", "windows", "date", "202608201449", "2026-08-20", "2026-08-20", Dated},
		{"jami", "linux", "debian", "20230206.0~ds2-1.1+deb12u1", "2023-02-06", "2023-02-06", Dated},
		{"jami", "linux", "date", "20230231.0", open, open, Undated},
		// A month in the number; it is not in the table.
		{"jitsi", "linux", "dotted", "2026.9.0", "2026-08-01", "2026-11-24", Named},
		{"webex", "linux", "debian", "46.9.0.35800", "2026-08-01", "2026-11-24", Named},
		{"webex", "windows", "webex", "44.2.0.28859", "2024-01-01", "2024-06-30", Named},
		{"webex", "windows", "webex", "4.9.0.30650", open, open, Undated},
		// Days to come, and clients or systems nobody keeps a list of.
		{"teams", "windows", "teams", "27001.1.2.3", "2027-01-01", "2027-01-01", Ahead},
		{"zoom", "macos", "zoom", "7.1.5.84650", open, open, Undated},
		{"whatsapp", "windows", "dotted", "2.3000.1", open, open, Undated},
	} {
		v, err := version.Parse(c.scheme, c.raw)
		if err != nil {
			t.Fatalf("%s %s: %v", c.client, c.raw, err)
		}
		got := Age(c.client, "desktop", c.system, v, now)
		if !got.Earliest.Equal(date(c.earliest)) || !got.Latest.Equal(date(c.latest)) || got.Reason != c.reason {
			t.Errorf("%s %s on %s: got %s … %s, %s", c.client, c.raw, c.system,
				got.Earliest.Format(time.DateOnly), got.Latest.Format(time.DateOnly), got.Reason)
		}
	}
}

// TestEditions: an edition has its own numbers, and borrows no other's.
func TestEditions(t *testing.T) {
	v := version.Version{Raw: "5.17.5", Low: "5.17.5", High: "5.17.5"}
	if got := Age("zoom", "vdi", "windows", v, now); got.Reason != Undated {
		t.Errorf("the VDI client: %v", got)
	}
	if got := Age("zoom", "desktop", "windows", v, now); got.Source != "ScoopInstaller/Extras" || !got.CompleteTo.Equal(date("2026-08-21")) {
		t.Errorf("got source %q, complete to %v", got.Source, got.CompleteTo)
	}
}

// TestClock: a clock that is behind makes no release older than it is.
func TestClock(t *testing.T) {
	v := version.Version{Low: "7.1.5", High: "7.1.5"}
	if got := Age("zoom", "desktop", "windows", v, date("2026-07-19")); got.Reason != Ahead {
		t.Errorf("the day before: %v", got)
	}
	if got := Age("zoom", "desktop", "windows", v, date("2026-07-20").Add(time.Hour)); got.Reason != Known {
		t.Errorf("the day itself: %v", got)
	}
}

func TestParse(t *testing.T) {
	const head = "series\ta\tdesktop\tany\t-\t2\t9\t2026-01-01\tsomebody\n"
	if _, err := Parse(head + "1.0 2026-01-01\n1.0.1 2026-01-02\n"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		"1.0 2026-01-01\n",                      // in no series
		head + "1.0\n",                          // no day
		head + "1.0 yesterday\n",                // no date
		head + "x 2026-01-01\n",                 // no number
		head + "1.1 2026-01-01\n1.1 2026-01-01", // twice
		head + "1.2 2026-01-01\n1.1 2026-01-01", // out of order
		"series\ta\tdesktop\n",
		"series\ta\tdesktop\tany\tweekly\t2\t9\t2026-01-01\tsomebody\n",
		"series\ta\tdesktop\tany\t-\ttwo\t9\t2026-01-01\tsomebody\n",
		"series\ta\tdesktop\tany\t-\t2\t9\tsoon\tsomebody\n",
	} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("taken: %q", bad)
		}
	}
}

// TestTable: what is shipped can be read, is small, and every series is one.
func TestTable(t *testing.T) {
	table, err := Parse(embedded)
	if err != nil {
		t.Fatal(err)
	}
	if len(embedded) > 60_000 {
		t.Errorf("the table has %d bytes", len(embedded))
	}
	seen := map[string]bool{}
	for _, s := range table.Series() {
		id := s.Client + "/" + s.Edition + "/" + s.System
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id] = true
		if len(s.rows) == 0 && s.Dated == NoDate || len(s.rows) > 0 && (s.CompleteTo.IsZero() || s.Source == "") {
			t.Errorf("%s: neither releases with a source nor dates", id)
		}
		for i := 1; i < len(s.rows); i++ {
			if a, b := s.rows[i-1], s.rows[i]; s.sameLine(a.key, b.key) && b.seen.Before(a.seen) {
				t.Errorf("%s: %v is younger than %v", id, a.key, b.key)
			}
		}
	}
	if len(seen) < 14 {
		t.Errorf("only %d series", len(seen))
	}
}

func FuzzAge(f *testing.F) {
	for _, s := range [][2]string{{"5.17.5", "5.17.5"}, {"5.17.0", "5.17.99"}, {"26213.1.2.3", "26213.1.2.3"},
		{"202608201449", "202608201449"}, {"1:4.4.10-3", "1:4.4.10-3"}, {"", "9"}, {"9", "1"}, {".", "."}, {"99999999999999999999", "1"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, low, high string) {
		for _, s := range BuiltIn().Series() {
			in := Age(s.Client, s.Edition, s.System, version.Version{Low: low, High: high}, now)
			if !in.Latest.IsZero() && in.Latest.Before(in.Earliest) {
				t.Errorf("%s %s–%s: %v", s.Client, low, high, in)
			}
			if in.Latest.After(day(now)) && in.Reason != Ahead {
				t.Errorf("%s %s–%s is of tomorrow: %v", s.Client, low, high, in)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse(embedded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAge(b *testing.B) {
	v := version.Version{Low: "6.7.5", High: "6.7.5"}
	for b.Loop() {
		Age("zoom", "desktop", "windows", v, now)
	}
}
