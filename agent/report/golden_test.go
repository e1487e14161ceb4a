package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// With -update the golden files are written anew; they are then read by a
// person before they are committed.
var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what comes out now; look at the difference, and if it is meant: go test ./agent/report -update", file)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		o    TextOptions
	}{
		{"sample.txt", TextOptions{}},
		{"sample-40.txt", TextOptions{Width: 40}},
		{"sample-80-verbose.txt", TextOptions{Width: 80, Verbose: true}},
		{"sample-80-color.txt", TextOptions{Width: 80, Color: true}},
	} {
		var b bytes.Buffer
		if err := Text(&b, sample(), printer(t, "en"), c.o); err != nil {
			t.Fatal(err)
		}
		golden(t, c.name, b.Bytes())
	}
	var b bytes.Buffer
	if err := HTML(&b, sample(), printer(t, "en")); err != nil {
		t.Fatal(err)
	}
	golden(t, "sample.html", b.Bytes())
}
