package checks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// vector is one row of a table of answers that people worked out from what the
// sources say: testdata/vectors-*.tsv of checks/advisory.
type vector struct {
	client, system, edition, arch, version, id string

	expected []advisory.Verdict // the first is the one wanted
	why      string
	at       string
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	files, err := filepath.Glob("advisory/testdata/vectors-*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	var out []vector
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		if rows[0] != "client\tos\tedition\tarch\tversion\tid\texpected\talso_ok\twhy" {
			t.Fatalf("%s: another head: %q", f, rows[0])
		}
		for i, row := range rows[1:] {
			c := strings.Split(row, "\t")
			if len(c) != 9 {
				t.Fatalf("%s:%d: %d columns", f, i+2, len(c))
			}
			v := vector{c[0], c[1], c[2], c[3], c[4], c[5], []advisory.Verdict{advisory.Verdict(c[6])}, c[8], filepath.Base(f) + ":" + c[5]}
			for also := range strings.SplitSeq(c[7], "|") {
				if also != "" {
					v.expected = append(v.expected, advisory.Verdict(also))
				}
			}
			out = append(out, v)
		}
	}
	return out
}

// verdict is the program's answer: an id that is not listed does not concern.
func (v vector) verdict(t testing.TB, db *advisory.Database, cat *catalogue.Catalogue) (advisory.Verdict, string) {
	t.Helper()
	read, backports, err := ParseVersion(cat, v.client, v.system, v.edition, v.version)
	if err != nil {
		t.Fatalf("%s: %q: %v", v.at, v.version, err)
	}
	matches, err := db.Matches(advisory.Subject{Client: v.client, Edition: v.edition, System: v.system, Arch: v.arch, Version: read, Backports: backports})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(matches, func(m advisory.Match) bool { return m.ID == v.id })
	if i < 0 {
		return advisory.NotAffected, "not listed"
	}
	return matches[i].Verdict, matches[i].Why().ID + " " + string(matches[i].Record.Source)
}

// TestVectors wants every row right.
func TestVectors(t *testing.T) {
	db, err := advisory.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	rows := readVectors(t)
	wrong := 0
	for _, v := range rows {
		if got, why := v.verdict(t, db, cat); !slices.Contains(v.expected, got) {
			wrong++
			t.Errorf("%s: %s %s %s %s %s: got %s (%s), want %s: %s", v.at, v.client, v.system, v.edition, v.arch, v.version, got, why, v.expected[0], v.why)
		}
	}
	t.Logf("%d rows, %d wrong", len(rows), wrong)
}

// BenchmarkJudge judges a host with Zoom, Teams, Slack and Webex against the
// built-in database, reading it included: what advisories add to a scan.
func BenchmarkJudge(b *testing.B) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	db, err := advisory.BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	set := fact.Set{Host: fact.Host{OS: fact.Windows}}
	for _, c := range [][4]string{{"zoom", "exe", "desktop", "5.17.5.31030"}, {"teams", "squirrel", "classic", "1.6.00.26474"}, {"slack", "msi", "desktop", "4.35.131.0"}, {"webex", "msi", "desktop", "42.5.0.22221"}} {
		set.Installations = append(set.Installations, fact.Installation{ID: "windows:" + c[0] + ":" + c[2] + ":" + c[1], Client: c[0], Packaging: fact.Packaging(c[1]),
			Edition: c[2], Arch: fact.X64, Versions: []fact.Version{{Raw: c[3], Where: "a test"}}})
	}
	for _, with := range []*advisory.Database{nil, db} {
		b.Run(map[bool]string{true: "without", false: "with"}[with == nil], func(b *testing.B) {
			for b.Loop() {
				Evaluate(Input{Facts: set, Catalogue: cat, Now: now, Advisories: with})
			}
		})
	}
}
