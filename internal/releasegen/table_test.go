package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huddleguard/checks/release"
)

// lists are two lists as they come: one repository followed for two clients,
// a day nobody can read, a number that leaves the patch out, and a packager
// who returned to an old release.
const (
	listA = "product\tplatform\tversion_string\tbuild\tdate\tsource\n" +
		"acme\twindows\t1.2.10\t\t2026-02-01\tsome/bucket@aaa:acme.json\n" +
		"acme\twindows\t1.2.9-3\t\t2026-03-5\tsome/bucket@bbb:acme.json\n" +
		"acme\twindows\t1.3.0\t\t2026=04-01\tsome/bucket@ccc:acme.json\n" +
		"acme\twindows\t0.9\t\t2026-01-01\tsome/bucket@ccc:acme.json\n" +
		"acme\twindows\t1.4.0\t\t\tsome/bucket@ccc:acme.json\n" +
		"acme\tmacos\t9.9\t\t2026-01-01\tsome/bucket@ccc:acme.json\n" +
		"other\twindows\t7.0\t\t2026-06-01\tsome/bucket@ddd:other.json\n"
	listB = "winget_id\tversion\tfirst_seen_utc\nAcme.Acme\t1.2.10\t2026-01-20\n"
)

func TestCompile(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{filepath.Join(a, "a.tsv"): listA, filepath.Join(b, "b.tsv"): listB} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	recipes, err := readRecipes("acme\tdesktop\twindows\t-\t2\t9\tdotted\t1\ta.tsv:acme:windows b.tsv:Acme.Acme::else/where\n")
	if err != nil {
		t.Fatal(err)
	}
	table, notes, err := compile(recipes, []string{a, b})
	if err != nil {
		t.Fatal(err)
	}
	want := head + "series\tacme\tdesktop\twindows\t-\t2\t9\t2026-06-01\tsome/bucket, else/where\n1.2.9 2026-01-20\n1.2.10 2026-01-20\n"
	if string(table) != want {
		t.Errorf("got\n%swant\n%s", table, want)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "2026=04-01") || !strings.Contains(notes[1], "below 1") {
		t.Errorf("notes: %q", notes)
	}
	if _, err := release.Parse(string(table)); err != nil {
		t.Error(err)
	}
	if _, _, err := compile(recipes, []string{a}); err == nil {
		t.Error("a list that is not there was not missed")
	}
}

// TestPartLeftOut: such a number stands for the first and last it can mean.
func TestPartLeftOut(t *testing.T) {
	dir := t.TempDir()
	list := "product\tplatform\tversion_string\tdate\tsource\nzoom\tlinux\t5.4.53268.1025\t2020-10-26\tx/y@1\nzoom\tlinux\t5.4.57862.0110\t2021-01-11\tx/y@1\n"
	if err := os.WriteFile(filepath.Join(dir, "f.tsv"), []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	recipes, err := readRecipes("zoom\tdesktop\tlinux\t-\t2\t9\tzoom\t2\tf.tsv:zoom:linux\n")
	if err != nil {
		t.Fatal(err)
	}
	table, _, err := compile(recipes, []string{dir})
	if err != nil || !strings.HasSuffix(string(table), "\n5.4.0 2020-10-26\n5.4.99 2021-01-11\n") {
		t.Errorf("%v\n%s", err, table)
	}
}

// TestFresh holds the table that is committed against the lists, where they are.
func TestFresh(t *testing.T) {
	folders := os.Getenv("HUDDLEGUARD_RELEASES")
	if folders == "" {
		t.Skip("HUDDLEGUARD_RELEASES names no folder with lists")
	}
	if err := run(filepath.SplitList(folders), "../../checks/release/table.txt", true); err != nil {
		t.Error(err)
	}
}

// TestRecipes: the recipes that are shipped can be read, and say all that the
// committed table says.
func TestRecipes(t *testing.T) {
	recipes, err := readRecipes(seriesFile)
	if err != nil {
		t.Fatal(err)
	}
	series := release.BuiltIn().Series()
	if len(series) != len(recipes) {
		t.Fatalf("%d recipes, %d series", len(recipes), len(series))
	}
	for i, r := range recipes {
		if s := series[i]; s.Client != r.client || s.Edition != r.edition || s.System != r.system || string(s.Dated) != r.form {
			t.Errorf("recipe %d is of %s, series of %s", i, r.client, s.Client)
		}
	}
	if _, err := readRecipes("too\tfew\n"); err == nil {
		t.Error("a short line was taken")
	}
}
