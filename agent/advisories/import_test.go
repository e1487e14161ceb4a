package advisories

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huddleguard/checks/advisory"
	"huddleguard/checks/version"
)

var now = time.Date(2030, 2, 1, 0, 0, 0, 0, time.UTC)

// samples are the records of every format that the readers' tests use.
func samples(t testing.TB) map[string]string {
	t.Helper()
	dir := "../../checks/advisory/testdata/records"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func archives(t *testing.T, files map[string]string) map[string][]byte {
	t.Helper()
	var zipped, tarred, packed bytes.Buffer
	z, tw := zip.NewWriter(&zipped), tar.NewWriter(&tarred)
	for name, data := range files {
		w, err := z.Create("deep/" + name)
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err == nil {
			err = tw.WriteHeader(&tar.Header{Name: "deep/" + name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg})
		}
		if err == nil {
			_, err = tw.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	g := gzip.NewWriter(&packed)
	if _, err := g.Write(tarred.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"a.zip": zipped.Bytes(), "a.tar": tarred.Bytes(), "a.tar.gz": packed.Bytes(), "a.tgz": packed.Bytes()}
}

func imported(t *testing.T, s Store, from string) Summary {
	t.Helper()
	sum, err := s.Import(context.Background(), from, ImportOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func idsOf(t *testing.T, s Store) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Dir, importedName))
	if err != nil {
		t.Fatal(err)
	}
	if err := advisory.Check(data); err != nil {
		t.Fatal(err)
	}
	db, err := (&advisory.Database{}).Layered(data)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(db.IDs(""), " ")
}

const sampleIDs = "CVE-2030-1001 CVE-2030-1002 CVE-2030-1003 CVE-2030-1004 CVE-2030-1005 CVE-2030-1006"

// TestEveryForm: a folder, every archive and a single file give the same, and a
// bad record costs nothing but itself.
func TestEveryForm(t *testing.T) {
	files := samples(t)
	files["bad.json"], files["cut.json"] = "not JSON", files["cve5.json"][:200]
	files["people.yaml"] = "- id: CVE-2030-1007\n  said_by: CVE text\n  seen: 2030-01-01\n  reason: why\n  concerns: []\n"
	files["notes.txt"], files["other.json"] = "no record", `{"some":"thing"}`
	sources := map[string]string{"folder": folder(t, files)}
	for name, data := range archives(t, files) {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, data, 0o644); err != nil {
			t.Fatal(err)
		}
		sources[name] = p
	}
	for name, from := range sources {
		s := Store{Dir: filepath.Join(t.TempDir(), "new")}
		sum := imported(t, s, from)
		if sum.Bad != 3 || len(sum.BadFiles) != 3 || sum.Broken != "" {
			t.Errorf("%s: %+v", name, sum)
		}
		if got := idsOf(t, s); got != sampleIDs+" CVE-2030-1007" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestSingleFile takes a file of any ending.
func TestSingleFile(t *testing.T) {
	dir := folder(t, map[string]string{"download": samples(t)["cve5.json"]})
	s := Store{Dir: t.TempDir()}
	if sum := imported(t, s, filepath.Join(dir, "download")); sum.Records != 2 || sum.Clients["zoom"] != 2 {
		t.Errorf("%+v", sum)
	}
}

// TestNothingHeldIsLost: what an earlier import held stays, unless the same
// source says something newer.
func TestNothingHeldIsLost(t *testing.T) {
	files := samples(t)
	s := Store{Dir: t.TempDir()}
	imported(t, s, folder(t, files))
	older := strings.ReplaceAll(strings.ReplaceAll(files["cve5.json"], "2030-01-03", "2029-01-03"), "5.16.10", "9.9.9")
	newer := strings.ReplaceAll(strings.ReplaceAll(files["cve5-list.json"], `"state":"PUBLISHED"`, `"state":"PUBLISHED","dateUpdated":"2031-01-01T00:00:00Z"`), "42.6", "43.1")
	sum := imported(t, s, folder(t, map[string]string{"older.json": older, "newer.json": newer, "bad.json": "{"}))
	if sum.Older != 2 || sum.Records != 1 || sum.Bad != 1 { // the maker's record and CISA's part
		t.Errorf("%+v", sum)
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, importedName))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); strings.Contains(text, "9.9.9") || !strings.Contains(text, "43.1") || idsOf(t, s) != sampleIDs {
		t.Error(text)
	}
}

// TestNothingUsable: an import that finds nothing changes nothing, and a place
// that is not there is an error.
func TestNothingUsable(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	imported(t, s, folder(t, samples(t)))
	before, err := os.ReadFile(filepath.Join(s.Dir, importedName))
	if err != nil {
		t.Fatal(err)
	}
	if sum := imported(t, s, folder(t, map[string]string{"a.json": "{}"})); sum.Bad != 1 || sum.Records != 0 {
		t.Errorf("%+v", sum)
	}
	if _, err := s.Import(context.Background(), filepath.Join(s.Dir, "nowhere"), ImportOptions{Now: now}); err == nil {
		t.Error("a place that is not there was imported")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Import(ctx, folder(t, samples(t)), ImportOptions{Now: now}); err == nil {
		t.Error("an import that was stopped says that it is done")
	}
	after, err := os.ReadFile(filepath.Join(s.Dir, importedName))
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the store changed")
	}
	left, err := filepath.Glob(filepath.Join(s.Dir, ".i*"))
	if err != nil || len(left) > 0 {
		t.Error("left behind:", left)
	}
}

// TestBrokenArchive: what an archive held before it breaks off is kept, and the
// break is said.
func TestBrokenArchive(t *testing.T) {
	data := archives(t, samples(t))["a.tar"]
	p := filepath.Join(t.TempDir(), "a.tar")
	if err := os.WriteFile(p, data[:bytes.LastIndex(data, []byte("deep/"))+700], 0o644); err != nil { // within the last file
		t.Fatal(err)
	}
	s := Store{Dir: t.TempDir()}
	if sum := imported(t, s, p); sum.Records == 0 || sum.Broken == "" {
		t.Errorf("%+v", sum)
	}
}

// TestOpen: what is imported is judged by; a file that was spoilt is left out
// and named, and the built-in data stays.
func TestOpen(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	imported(t, s, folder(t, samples(t)))
	v, err := version.Parse("zoom", "6.6.0.1")
	if err != nil {
		t.Fatal(err)
	}
	copyOf := advisory.Subject{Client: "zoom", Edition: "rooms", System: "windows", Arch: "x64", Version: v}
	affected := func() (is, held bool) {
		db, faults, err := Open(s, Store{Dir: filepath.Join(s.Dir, "nowhere")})
		if err != nil {
			t.Fatal(err)
		}
		matches, err := db.Matches(copyOf)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matches {
			is = is || m.ID == "CVE-2030-1001" && m.Verdict == advisory.Affected
		}
		return is, len(faults) == 0 && len(matches) > 1
	}
	if is, held := affected(); !is || !held {
		t.Error("an imported advisory does not count")
	}
	if err := os.WriteFile(filepath.Join(s.Dir, importedName), []byte("spoilt"), 0o644); err != nil {
		t.Fatal(err)
	}
	if is, held := affected(); is || held {
		t.Error("a spoilt file counts, or is not named")
	}
	if _, err := s.Import(context.Background(), folder(t, samples(t)), ImportOptions{Now: now}); err == nil {
		t.Error("an import overwrote a file it could not read")
	}
}

// TestCoverage: data does not say by itself that it is complete.
func TestCoverage(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	from := folder(t, samples(t))
	imported(t, s, from)
	db, _, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	built, err := advisory.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	before, _ := built.Coverage("zoom")
	if c, _ := db.Coverage("zoom"); c.CompleteTo != before.CompleteTo {
		t.Errorf("got %+v", c)
	}
	newer := folder(t, map[string]string{"n.json": strings.ReplaceAll(samples(t)["cve5.json"], "2030-01-0", "2030-01-2")})
	if _, err := s.Import(context.Background(), newer, ImportOptions{Now: now, CompleteTo: "2030-01-31", Source: "our CERT"}); err != nil {
		t.Fatal(err)
	}
	if db, _, err = Open(s); err != nil {
		t.Fatal(err)
	}
	if c, _ := db.Coverage("zoom"); c.CompleteTo != "2030-01-31" || c.AsOf != "2030-01-31" || !strings.Contains(strings.Join(c.Sources, " "), "our CERT") {
		t.Errorf("got %+v", c)
	}
}
