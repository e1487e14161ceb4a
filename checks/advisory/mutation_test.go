package advisory

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huddleguard/checks/version"
)

// samples are one record of each format, made for tests.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	files, err := filepath.Glob("testdata/records/*.json")
	if err != nil || len(files) < 6 {
		t.Fatal("the samples are missing", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = data
	}
	return out
}

// realRecords are the published records in the folder that
// HUDDLEGUARD_ADVISORY_DATA names. Without it the test says that it did not run.
func realRecords(t testing.TB) map[string][]byte {
	t.Helper()
	dir := os.Getenv("HUDDLEGUARD_ADVISORY_DATA")
	if dir == "" {
		t.Skip("NOT RUN: HUDDLEGUARD_ADVISORY_DATA names no folder of published records")
	}
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".json" || strings.Contains(p, "poc-json") {
			return err
		}
		data, err := os.ReadFile(p)
		out[p] = data
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatal("no records", err)
	}
	return out
}

// asked are copies that the mutated records are asked about: each client in
// old, middling and new versions.
func asked(t testing.TB) []Subject {
	t.Helper()
	var out []Subject
	for _, c := range []struct {
		client, scheme string
		editions       []string
		versions       []string
	}{
		{"zoom", "zoom", []string{"desktop", "vdi", "rooms"}, []string{"4.0.1", "5.10.6", "5.15.1", "5.16.31030", "6.5.9.11873", "9.0.0"}},
		{"teams", "teams", []string{"desktop"}, []string{"24046.2812.2722.8193", "29999.1.1.1"}},
		{"teams", "teams-classic", []string{"desktop", "machine-wide-installer"}, []string{"1.4.00.29469", "1.6.00.26474"}},
		{"webex", "webex", []string{"desktop"}, []string{"3.0.14154.0", "42.5.0.22221", "46.9.0.35800"}},
		{"webex", "webex-meetings", []string{"meetings-desktop"}, []string{"33.0.1.2", "41.2.4.15", "45.6.4.8"}},
		{"skype", "dotted", []string{"desktop", "skype-for-business"}, []string{"3.6.0.244", "8.109"}},
		{"signal", "dotted", []string{"desktop"}, []string{"1.10.0", "7.1.0"}},
		{"element", "dotted", []string{"desktop"}, []string{"1.11.80", "1.12.0"}},
		{"mumble", "dotted", []string{"desktop"}, []string{"1.2.3", "1.5.735"}},
	} {
		for _, raw := range c.versions {
			v, err := version.Parse(c.scheme, raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range c.editions {
				for _, system := range Systems {
					out = append(out, Subject{Client: c.client, Edition: e, System: system, Arch: "x64", Version: v})
				}
			}
		}
	}
	return out
}

// verdicts judges every copy by the records of one file alone. Copies that no
// record speaks of are left out.
func verdicts(records []*Record, subjects []Subject) map[string]Verdict {
	byID := map[string][]*Record{}
	for _, r := range records {
		byID[r.ID] = append(byID[r.ID], r)
	}
	out := map[string]Verdict{}
	for id, rs := range byID {
		e := &entry{id: id, records: Tidy(rs)}
		for _, s := range subjects {
			if m, ok := e.judge(s); ok {
				out[fmt.Sprint(id, s.Client, s.Edition, s.System, s.Version.Raw)] = m.Verdict
			}
		}
	}
	return out
}

// TestMutatedRecords spoils records: parts are taken away, replaced by another
// type or by words, or cut. Nothing may break, and no spoilt record may clear a
// copy that the whole one does not clear. (A digit changed for another, or a
// letter more in a name, makes another record that is as good as the first, and
// nobody can tell.)
func TestMutatedRecords(t *testing.T) {
	spoil(t, samples(t), 10000)
}

// TestMutatedRealRecords is the same with published records.
func TestMutatedRealRecords(t *testing.T) {
	spoil(t, realRecords(t), 10000)
}

func spoil(t *testing.T, files map[string][]byte, rounds int) {
	rnd := rand.New(rand.NewPCG(1, 2))
	names := make([]string, 0, len(files))
	for name, data := range files {
		if len(data) < 1<<20 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	subjects := asked(t)
	read, cleared := 0, 0
	for round := range rounds {
		name := names[round%len(names)]
		whole, _, err := Read("x.json", files[name])
		if err != nil {
			continue // of another form; TestEveryPublishedRecordIsRead names those
		}
		spoilt, what := mutate(rnd, files[name])
		records, _, err := Read("x.json", spoilt)
		if err != nil {
			continue
		}
		read++
		before := verdicts(whole, subjects)
		for at, v := range verdicts(records, subjects) {
			if v == NotAffected && before[at] != "" && before[at] != NotAffected {
				cleared++
				t.Errorf("%s: %s: %s was %s and is now cleared", name, what, at, before[at])
			}
		}
		if cleared > 20 {
			t.Fatal("and so on")
		}
	}
	t.Logf("%d of %d spoilt records could still be read", read, rounds)
}

// mutate spoils one place of a record.
func mutate(rnd *rand.Rand, data []byte) (spoilt []byte, what string) {
	if rnd.IntN(4) == 0 {
		at := rnd.IntN(len(data))
		if rnd.IntN(2) == 0 {
			return data[:at], fmt.Sprintf("cut at %d", at)
		}
		junk := []string{"\x00", "\"", "{", "\\u0000", ",", "]"}[rnd.IntN(6)]
		return slices.Concat(data[:at], []byte(junk), data[at:]), fmt.Sprintf("%q put in at %d", junk, at)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return data, "nothing"
	}
	var places []place
	collect(v, "$", &places)
	p := places[rnd.IntN(len(places))]
	junk := []any{nil, "", "x", 7.0, true, []any{}, map[string]any{}, "\u202e5.0", strings.Repeat("9", 40)}[rnd.IntN(9)]
	p.set(junk)
	out, err := json.Marshal(v)
	if err != nil {
		return data, "nothing"
	}
	return out, fmt.Sprintf("%s = %#v", p.path, junk)
}

// place is one value inside a JSON value.
type place struct {
	path string
	set  func(any)
}

func collect(v any, path string, out *[]place) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			*out = append(*out, place{path + "." + k, func(x any) { v[k] = x }})
			collect(v[k], path+"."+k, out)
		}
	case []any:
		for i := range v {
			*out = append(*out, place{fmt.Sprintf("%s[%d]", path, i), func(x any) { v[i] = x }})
			collect(v[i], fmt.Sprintf("%s[%d]", path, i), out)
		}
	}
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// TestEveryPublishedRecordIsRead wants no error from any record that was
// published, of any format.
func TestEveryPublishedRecordIsRead(t *testing.T) {
	formats := map[Format]int{}
	for name, data := range realRecords(t) {
		friend := strings.Contains(name, "false_friends")
		records, f, err := Read(filepath.Base(name), data)
		switch {
		case friend && len(records) > 0:
			t.Errorf("%s speaks of no client of ours, and %d records were made of it", name, len(records))
		case friend:
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			formats[f]++
		}
		for _, r := range records {
			if err := r.check(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	t.Log(formats)
}

// FuzzRead: whatever comes in, what comes out is a record that may be kept.
func FuzzRead(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		records, _, err := Read("fuzz.json", data)
		if err != nil && len(records) > 0 {
			t.Error("an error, and records all the same")
		}
		for _, r := range records {
			if err := r.check(); err != nil {
				t.Errorf("%+v: %v", r, err)
			}
		}
	})
}

// FuzzReviewed: as FuzzRead, for what people write.
func FuzzReviewed(f *testing.F) {
	f.Add([]byte("- id: CVE-2030-0001\n  said_by: CVE text\n  link: https://example.org/a\n  seen: 2030-01-01\n  reason: why\n  concerns:\n    - {client: zoom, editions: [desktop], systems: [linux], affected: [\"< 5.1.0\"]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := ReadReviewed("fuzz.yaml", data)
		for _, r := range records {
			if err := r.check(); err != nil {
				t.Errorf("%+v: %v", r, err)
			}
		}
		_ = err
	})
}

// FuzzCheck: a database from outside is refused, or can be used.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(magic + "\t{}\n"))
	f.Add([]byte(magic + "\t{\"zoom\":{\"as_of\":\"2030-01-01\",\"complete_to\":\"2030-01-01\",\"sources\":[\"CVE\"]}}\n" +
		"CVE-2030-0001\tzoom\tcna\tZoom\t\t\t\t2030-01-01\t\t\t\t8.8;Zoom;\thttps://example.org/a\t\tzoom;desktop;;;loose;< 5.1.0;;;\n"))
	subjects := asked(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if Check(data) != nil {
			return
		}
		db, err := (&Database{}).Layered(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range subjects[:6] {
			if _, err := db.Matches(s); err != nil {
				t.Fatal(err)
			}
		}
	})
}
