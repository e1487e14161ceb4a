package dpkg

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

const database = `Package: mumble
Status: hold ok installed
Priority: optional
Section: sound
Installed-Size: 7874
Maintainer: Christopher Knadle <Chris.Knadle@coredump.us>
Architecture: amd64
Version: 1.3.4-4
Depends: libc6 (>= 2.34),
 libqt5core5a
Conffiles:
 /etc/mumble.conf 0123456789abcdef0123456789abcdef
 .
Description: Low latency VoIP client
 Origin: not a field

Package: zoom
Origin: us.zoom
version: 6.2.3.2056
STATUS: deinstall ok config-files
Architecture: amd64

Status: install ok installed
Package: webex
Version: 44.1

`

func all(string) bool { return true }

// read reads a database and gives its packages.
func read(r io.Reader, want func(string) bool) (packages []Package, stanzas int, err error) {
	stanzas, err = Status(r, want, func(p Package) error {
		packages = append(packages, p)
		return nil
	})
	return packages, stanzas, err
}

func TestStatus(t *testing.T) {
	want := []Package{
		{Name: "mumble", Version: "1.3.4-4", Architecture: "amd64", Status: "hold ok installed", Section: "sound",
			Maintainer: "Christopher Knadle <Chris.Knadle@coredump.us>"},
		{Name: "zoom", Version: "6.2.3.2056", Architecture: "amd64", Status: "deinstall ok config-files", Origin: "us.zoom"},
		{Name: "webex", Version: "44.1", Status: "install ok installed"},
	}
	for name, r := range map[string]io.Reader{
		"whole":     strings.NewReader(database),
		"in pieces": iotest.OneByteReader(strings.NewReader(database)),
		"blanks":    strings.NewReader("\n\n" + strings.ReplaceAll(database, "\n\n", "\n\n\n")),
	} {
		got, stanzas, err := read(r, all)
		if err != nil || stanzas != 3 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %d, %v; want %+v", name, got, stanzas, err, want)
		}
	}
	got, stanzas, err := read(strings.NewReader(database), func(name string) bool { return name == "webex" })
	if err != nil || stanzas != 3 || !reflect.DeepEqual(got, want[2:]) {
		t.Errorf("only webex: got %+v, %d, %v", got, stanzas, err)
	}
	if _, stanzas, err := read(strings.NewReader(""), all); stanzas != 0 || err != nil {
		t.Errorf("empty: %d, %v", stanzas, err)
	}
}

func TestLongLines(t *testing.T) {
	long := "Provides: " + strings.Repeat("x, ", 100_000) + "y\n"
	who := strings.Repeat("w", 100_000)
	got, _, err := read(strings.NewReader("Package: a\n"+long+"Maintainer: "+who+"\nVersion: 1\n\nPackage: b\n\n"), all)
	if want := []Package{{Name: "a", Version: "1", Maintainer: who}, {Name: "b"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestStatusRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data    string
		line    int
		stanzas int
	}{
		"no name":             {"Status: install ok installed\n\n", 2, 0},
		"empty name":          {"Package: a\n\nPackage: \nVersion: 1\n\n", 5, 1},
		"NUL":                 {"Package: a\nVersion: \x00\n\n", 2, 0},
		"NUL in a long line":  {"Package: a\nX: " + strings.Repeat("x", 200_000) + "\x00\n\n", 2, 0},
		"no field":            {"Package: a\nhunter2\n\n", 2, 0},
		"space in a name":     {"Package: a\nx y: hunter2\n\n", 2, 0},
		"no field name":       {": hunter2\n\n", 1, 0},
		"continues nothing":   {" hunter2\n\n", 1, 0},
		"only blanks":         {"Package: a\n \n\n", 2, 0},
		"a field twice":       {"Package: a\nPackage: b\n\n", 2, 0},
		"ends within a line":  {"Package: a\n\nPackage: b", 3, 1},
		"ends within package": {"Package: a\n\nPackage: b\n", 4, 1},
		"endless line":        {"Package: " + strings.Repeat("x", 2<<20) + "\n\n", 1, 0},
		"noise":               {strings.Repeat("hunter2\x01", 1000), 1, 0},
	} {
		_, stanzas, err := read(strings.NewReader(c.data), all)
		if !errors.Is(err, ErrForm) || stanzas != c.stanzas {
			t.Errorf("%s: %d stanzas, %v; want %d and ErrForm", name, stanzas, err, c.stanzas)
			continue
		}
		if !strings.Contains(err.Error(), fmt.Sprintf(": line %d: ", c.line)) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %q should name line %d and quote nothing", name, err, c.line)
		}
	}
}

// TestCutIsNoticed cuts everywhere but between two packages, where a cut
// cannot be seen.
func TestCutIsNoticed(t *testing.T) {
	for n := range len(database) {
		cut := database[:n]
		if n == 0 || strings.HasSuffix(cut, "\n\n") {
			continue
		}
		if _, _, err := read(strings.NewReader(cut), all); err == nil {
			t.Errorf("cut behind %.20q is not noticed", cut[max(0, n-20):])
		}
	}
}

func TestErrorsPass(t *testing.T) {
	broken := errors.New("broken")
	if _, _, err := read(io.MultiReader(strings.NewReader("Package: a\n"), iotest.ErrReader(broken)), all); !errors.Is(err, broken) {
		t.Errorf("reading: %v", err)
	}
	if n, err := Status(strings.NewReader(database), all, func(Package) error { return broken }); !errors.Is(err, broken) || n != 1 {
		t.Errorf("each: %d, %v", n, err)
	}
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte(database))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, stanzas, err := read(bytes.NewReader(data), all)
		if err == nil && stanzas != len(got) {
			t.Errorf("%d stanzas, %d packages", stanzas, len(got))
		}
		for _, p := range got {
			if p.Name == "" {
				t.Error("a package without a name")
			}
		}
	})
}

// BenchmarkStatus reads 50,000 packages, more than any machine has, and wants one.
func BenchmarkStatus(b *testing.B) {
	var file bytes.Buffer
	w := bufio.NewWriter(&file)
	for i := range 50_000 {
		fmt.Fprintf(w, "Package: package%d\n%s", i, database[len("Package: mumble\n"):strings.Index(database, "\n\n")+2])
	}
	w.Flush()
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n, err := Status(bytes.NewReader(file.Bytes()), func(name string) bool { return name == "package7" }, func(Package) error { return nil })
		if n != 50_000 || err != nil {
			b.Fatal(n, err)
		}
	}
}
