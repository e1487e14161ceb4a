package advisories

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// manyFiles makes a folder of CVE records by repeating some under new ids: the
// published ones where HUDDLEGUARD_ADVISORY_DATA names a folder of them, else
// the samples. HUDDLEGUARD_IMPORT_FILES says how many (20000; the figure in
// docs/performance.md is for 200000).
func manyFiles(b *testing.B) (dir string, n int) {
	b.Helper()
	n = 20000
	if s := os.Getenv("HUDDLEGUARD_IMPORT_FILES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	from := "../../checks/advisory/testdata/records"
	if data := os.Getenv("HUDDLEGUARD_ADVISORY_DATA"); data != "" {
		from = filepath.Join(data, "raw", "cve5")
	}
	var originals [][]byte
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if bytes.Contains(data, []byte(`"cveMetadata"`)) {
			originals = append(originals, data)
		}
		return err
	})
	if err != nil || len(originals) == 0 {
		b.Fatal("no records to repeat", err)
	}
	dir = b.TempDir()
	for i := range n {
		data := originals[i%len(originals)]
		id := idIn(data)
		data = bytes.ReplaceAll(data, []byte(id), fmt.Appendf(nil, "CVE-2031-%06d", i))
		sub := filepath.Join(dir, strconv.Itoa(i/1000))
		if i%1000 == 0 {
			if err := os.Mkdir(sub, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(sub, strconv.Itoa(i)+".json"), data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir, n
}

func idIn(data []byte) string {
	_, rest, _ := strings.Cut(string(data), `"cveId"`)
	_, rest, _ = strings.Cut(rest, `"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// BenchmarkImport imports many records, and prints how its speed compares with
// reading the same files and parsing each as JSON once, one after the other.
func BenchmarkImport(b *testing.B) {
	dir, n := manyFiles(b)
	start := time.Now()
	minimal(b, dir)
	plain := time.Since(start)
	b.ResetTimer()
	for b.Loop() {
		sum, err := (Store{Dir: b.TempDir()}).Import(context.Background(), dir, ImportOptions{Now: time.Now()})
		if err != nil || sum.Files != n || sum.Bad != 0 || sum.Records < n {
			b.Fatal(sum, err)
		}
	}
	each := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(n)/each.Seconds(), "files/s")
	b.ReportMetric(plain.Seconds()/each.Seconds(), "x-cat-and-parse")
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.Sys)/1e6, "MB-from-system")
}

// minimal is what cat and a minimal JSON parse do.
func minimal(b *testing.B, dir string) {
	b.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		var v struct {
			Meta struct {
				ID string `json:"cveId"`
			} `json:"cveMetadata"`
		}
		return json.Unmarshal(data, &v)
	})
	if err != nil {
		b.Fatal(err)
	}
}
