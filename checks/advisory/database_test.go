package advisory

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestBuiltIn(t *testing.T) {
	if err := Check(builtin); err != nil {
		t.Fatal(err)
	}
	if len(builtin) > 1<<20 {
		t.Errorf("%d bytes are embedded", len(builtin))
	}
	db, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(db.IDs("")); n < 560 {
		t.Errorf("%d advisories are built in", n)
	}
	records, err := db.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		// Texts of sources are not ours to carry: what is kept has no room for one.
		if len(r.By) > 60 || len(r.Reason) > 300 {
			t.Errorf("%s: long words: %q %q", r.ID, r.By, r.Reason)
		}
	}
}

func lineOf(t *testing.T, r *Record) string {
	t.Helper()
	ln, err := r.Line()
	if err != nil {
		t.Fatal(err)
	}
	return string(ln)
}

func zoomRecord(id, updated string, ranges ...string) *Record {
	return &Record{ID: id, Source: CNA, By: "Zoom", Updated: updated, Links: []string{"https://example.org/a"},
		Scores:   []Score{{By: "Zoom", Base: 8.8, Vector: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"}},
		Concerns: []Concern{{Client: "zoom", Editions: []string{"desktop"}, Loose: true, Affected: ranges}}}
}

// TestCheckRefuses: a database from outside holds advisory records, each well
// formed, and nothing else.
func TestCheckRefuses(t *testing.T) {
	good := lineOf(t, zoomRecord("CVE-2030-0001", "2030-01-01", "< 5.1.0"))
	head := magic + "\t{}\n"
	if err := Check([]byte(head + good)); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"nothing":               "",
		"another form":          "advisories/9\t{}\n" + good,
		"cut":                   head + good[:len(good)-5],
		"a column less":         head + strings.Join(strings.Split(good, "\t")[:9], "\t") + "\n",
		"a concern too many":    head + strings.TrimSuffix(good, "\n") + "\trm -rf\n",
		"a mark nobody knows":   head + strings.Replace(good, ";loose;", ";run;", 1),
		"under another client":  head + strings.Replace(good, "\tzoom\t", "\tteams\t", 1),
		"no client of ours":     head + strings.ReplaceAll(good, "zoom", "notes"),
		"a range that is none":  head + strings.Replace(good, "5.1.0", "see references", 1),
		"an escape":             head + strings.Replace(good, "\tZoom\t", "\tZo\x1b[31mom\t", 1),
		"a link to a program":   head + strings.Replace(good, "https://example.org/a", "file:///bin/sh", 1),
		"a cover of no client":  magic + "\t{\"notes\":{\"as_of\":\"2030-01-01\",\"complete_to\":\"\",\"sources\":[]}}\n" + good,
		"a cover to no day":     magic + "\t{\"zoom\":{\"as_of\":\"2030-01-01\",\"complete_to\":\"for ever\",\"sources\":[]}}\n" + good,
		"words that turn round": head + strings.Replace(good, "\tZoom\t", "\tZo\u202eom\t", 1),
	} {
		if err := Check([]byte(data)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestLayers: of two records of one source the newer counts, whichever layer it
// is in, and one of the same age does not replace what was held.
func TestLayers(t *testing.T) {
	layer := func(r *Record) []byte { return []byte(magic + "\t{}\n" + lineOf(t, r)) }
	for _, c := range []struct {
		lower, upper string
		want         string
	}{
		{"2030-01-01", "2030-01-02", "< 6.0.0"}, {"2030-01-02", "2030-01-01", "< 5.0.0"}, {"2030-01-01", "2030-01-01", "< 5.0.0"},
		{"2030-01-01", "2030-01-01T12:00:00", "< 6.0.0"},
	} {
		db, err := (&Database{}).Layered(layer(zoomRecord("CVE-2030-0001", c.lower, "< 5.0.0")))
		if err == nil {
			db, err = db.Layered(layer(zoomRecord("CVE-2030-0001", c.upper, "< 6.0.0")))
		}
		if err != nil {
			t.Fatal(err)
		}
		records, err := db.Records("CVE-2030-0001")
		if err != nil || len(records) != 1 || records[0].Concerns[0].Affected[0] != c.want {
			t.Errorf("%s below %s: got %+v, %v", c.lower, c.upper, records, err)
		}
	}
}

// TestLine: what is written is read again as it was.
func TestLine(t *testing.T) {
	want := &Record{ID: "CVE-2030-0001", Source: Reviewed, By: "CVE text", Ref: "zoom.yaml", Bulletin: "ZSB-1", Published: "2030-01-01", Updated: "2030-01-02",
		Weaknesses: []string{"CWE-20", "CWE-79"}, Scores: []Score{{"NVD", 9.8, "CVSS:3.1/AV:N"}, {"Zoom", 5, ""}}, Exploited: "2030-01-03",
		Links: []string{"https://example.org/a", "https://example.org/b"}, Reason: "Because.", Rejected: true, Partial: true,
		Concerns: []Concern{{Client: "zoom", Editions: []string{"desktop", "vdi"}, Systems: []string{"windows"}, Arches: []string{"x86"}, Perhaps: true, Loose: true,
			Listed: true, Unread: true, Unaffected: []string{"= 1.2"}, Undecided: []string{"*"}, Affected: []string{">= 5.1.0, < 5.2.0", "< 4.0.0"}, Fixed: []string{"5.2.0"}}}}
	got, err := parseRecord(lineOf(t, want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	want.Reason = "two\tcolumns"
	if _, err := want.Line(); err == nil {
		t.Error("a tab was written")
	}
}

// TestEncode: the same records give the same bytes, in whatever order they come.
func TestEncode(t *testing.T) {
	a, b := zoomRecord("CVE-2030-0001", "2030-01-01", "< 5.0.0"), zoomRecord("CVE-2030-0002", "2030-01-01", "< 5.0.0")
	one, err := Encode([]*Record{a, b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Encode([]*Record{b, a}, nil)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("%s\n%s\n%v", one, two, err)
	}
}

// BenchmarkLoad reads the built-in database and every record in it.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		l, err := parseLayer(builtin)
		if err != nil {
			b.Fatal(err)
		}
		db := newDatabase(l)
		for _, c := range Clients {
			if _, err := db.About(c); err != nil {
				b.Fatal(err)
			}
		}
	}
}
