package rpm

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// The databases were written by rpm (testdata/make.sh) with one package.
var want = []Package{{Name: "zoom", Version: "6.7.2.6498", Release: "1", Epoch: 2, Arch: "x86_64", Vendor: "Zoom Communications, Inc."}}

func TestPackages(t *testing.T) {
	for _, name := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
		got, err := Packages("testdata/" + name)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// TestNothingIsWritten: reading leaves no lock and no log beside a database.
func TestNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, "testdata/rpmdb.sqlite", filepath.Join(dir, "rpmdb.sqlite"), -1)
	if _, err := Packages(filepath.Join(dir, "rpmdb.sqlite")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestBroken(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"rpmdb.sqlite", "Packages.db"} {
		for _, n := range []int64{0, 10, 100, 5000} {
			file := filepath.Join(dir, name)
			copyTo(t, "testdata/"+name, file, n)
			if got, err := Packages(file); err == nil {
				t.Errorf("the first %d bytes of %s read as %v", n, name, got)
			}
		}
	}
	noise := filepath.Join(dir, "noise")
	if err := os.WriteFile(noise, make([]byte, 9000), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Packages(noise); err == nil {
		t.Errorf("noise reads as %v", got)
	}
}

func copyTo(t *testing.T, from, to string, n int64) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if n >= 0 {
		data = data[:n]
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 3, 0xe8, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'o', 'o', 'm', 0})
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = parseHeader(data) })
}
