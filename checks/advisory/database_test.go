package advisory

import (
	"bytes"
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
	return &Record{ID: id, Source: CNA, By: "Zoom", Updated: updated,
		Concerns: []Concern{{Client: "zoom", Editions: []string{"desktop"}, Affected: ranges}}}
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
		"a member more":         head + strings.Replace(good, `"source"`, `"command":"rm","source"`, 1),
		"two values":            head + strings.TrimSuffix(good, "\n") + `{}` + "\n",
		"under another id":      head + strings.Replace(good, "CVE-2030-0001\t", "CVE-2030-0002\t", 1),
		"under another client":  head + strings.Replace(good, "\tzoom\t", "\tteams\t", 1),
		"no client of ours":     head + strings.ReplaceAll(good, "zoom", "notes"),
		"a range that is none":  head + strings.Replace(good, "5.1.0", "see references", 1),
		"an escape":             head + strings.Replace(good, `"Zoom"`, `"Zo\u001b[31mom"`, 1),
		"a link to a program":   head + strings.Replace(good, `"updated"`, `"links":["file:///bin/sh"],"updated"`, 1),
		"a cover of no client":  magic + "\t{\"notes\":{\"as_of\":\"2030-01-01\",\"complete_to\":\"\",\"sources\":[]}}\n" + good,
		"a cover to no day":     magic + "\t{\"zoom\":{\"as_of\":\"2030-01-01\",\"complete_to\":\"for ever\",\"sources\":[]}}\n" + good,
		"words that turn round": head + strings.Replace(good, `"Zoom"`, "\"Zo\u202eom\"", 1),
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
		db := &Database{layers: []layer{l}}
		for _, c := range Clients {
			if _, err := db.About(c); err != nil {
				b.Fatal(err)
			}
		}
	}
}
