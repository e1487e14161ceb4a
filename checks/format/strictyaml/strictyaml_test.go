package strictyaml

import (
	"errors"
	"strings"
	"testing"
)

type sample struct {
	Name string   `yaml:"name"`
	List []string `yaml:"list"`
}

func TestDecode(t *testing.T) {
	var s sample
	d, err := Decode("f.yaml", []byte("name: x\nlist: [a, b]\n"), &s)
	if err != nil || s.Name != "x" || len(s.List) != 2 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if err := d.Fault("$.list[1]", "is %s", "wrong"); err.Error() != "f.yaml:2:11: is wrong" {
		t.Errorf("got %v", err)
	}
	if err := d.Fault("$.list[7].deep", "is wrong"); !strings.HasPrefix(err.Error(), "f.yaml:2:") {
		t.Errorf("the nearest parent is not named: %v", err)
	}
}

func TestFaults(t *testing.T) {
	for in, want := range map[string]string{
		"name: x\ncolour: red\n":          "f.yaml:2:1: ",
		"name: [1]\n":                     "f.yaml:1:7: ",
		"name: x\nname: y\n":              "f.yaml:2:1: ",
		"name: &a x\nlist: [*a]\n":        "f.yaml:1:",
		"name: x\n---\nname: y\n":         "f.yaml:1:1: holds more than one document",
		strings.Repeat("#", 1<<20+1):      "f.yaml:1:1: larger than",
		strings.Repeat("[", 200000):       "f.yaml:1:1: nests brackets or lists",
		strings.Repeat("{a: ", 9999):      "f.yaml:1:1: nests brackets or lists",
		"\n" + strings.Repeat("- ", 9999): "f.yaml:2:1: nests brackets or lists",
		strings.Repeat("#\n", 10_001):     "f.yaml:1:1: more than 10000 lines",
	} {
		var s sample
		_, err := Decode("f.yaml", []byte(in), &s)
		var f *Fault
		if !errors.As(err, &f) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20q: got %v, want %s", in, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: x\nlist: [a]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		_, _ = Decode("f.yaml", data, &s)
	})
}
