package system_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
)

// isQuiet says whether an error means something other than "could not look".
func isQuiet(err error) bool {
	return errors.Is(err, system.ErrNotExist) || errors.Is(err, system.ErrNotHere)
}

func TestChangedWhileRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	os.WriteFile(file, []byte("12345"), 0o644)
	for size, why := range map[int64]string{4: "changed while it was read", 6: "changed while it was read", 5: ""} {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		data, err := system.ReadWhole(f, size)
		if why == "" && (err != nil || string(data) != "12345") || why != "" && (err == nil || err.Error() != why) {
			t.Errorf("a size of %d was seen: %q %v, want %q", size, data, err, why)
		}
	}
}

func TestTooManyNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a", "c"} {
		os.WriteFile(filepath.Join(dir, name), nil, 0o644)
	}
	for max, why := range map[int]string{2: "holds more than 2 names", 3: ""} {
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := system.List(f, max)
		if why == "" && (err != nil || len(entries) != 3) || why != "" && (err == nil || err.Error() != why) {
			t.Errorf("at most %d: %v %v, want %q", max, entries, err, why)
		}
		f.Close()
	}
}

// FuzzHomePath asks every kind of tree for a name in a home. None may find
// what lies outside, and all must agree on what they find.
func FuzzHomePath(f *testing.F) {
	for _, name := range []string{"a", "in", "deep/in", "out", "../x/a", "abs", "deep/../a", "/a", "loop", "up/up/up", "deep/up/../in", "a/..", "..", ""} {
		f.Add(name)
	}
	const host = `os: linux
user: x 1000 /home/x
-- root/outside --
outside
-- home/x/a --
inside
-- home/x/deep/b --
inside
-- modes --
link ~x/in -> deep/b
link ~x/deep/in -> ../a
link ~x/deep/up -> ..
link ~x/up -> .
link ~x/out -> ../../outside
link ~x/abs -> /home/x/a
link ~x/loop -> deep/loop
link ~x/deep/loop -> ../loop
`
	memory := hosttest.FromText(f, host)
	dir := hosttest.Dir(f, memory)
	var trees []system.Tree
	for _, open := range []func(string) (system.System, error){system.Offline, system.OfflineWalked, nil} {
		s := memory
		if open != nil {
			var err error
			if s, err = open(dir); err != nil {
				f.Fatal(err)
			}
		}
		homes, _ := s.Homes()
		trees = append(trees, homes[0].Tree)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > 1000 {
			return // a name's length is bounded by each kernel as it likes
		}
		var first string
		for i, tree := range trees {
			data, err := tree.ReadFile(name, system.MaxFile)
			got := string(data)
			if errors.Is(err, system.ErrNotExist) {
				got = "absent"
			} else if err != nil {
				got = "refused" // which of two reasons comes first is open
			}
			if strings.Contains(got, "outside") {
				t.Errorf("%q leads outside in tree %d", name, i)
			}
			if i == 0 {
				first = got
			} else if got != first {
				t.Errorf("%q: %q in tree 0, %q in tree %d", name, first, got, i)
			}
		}
	})
}

// BenchmarkAbsent reads ten files that are not there in each of 200 homes.
func BenchmarkAbsent(b *testing.B) {
	var host strings.Builder
	host.WriteString("os: linux\n")
	for i := range 200 {
		fmt.Fprintf(&host, "user: u%03d %d /home/u%03d\n", i, 2000+i, i)
	}
	for i := range 200 {
		fmt.Fprintf(&host, "-- home/u%03d/.config/here --\n", i)
	}
	dir := hosttest.Dir(b, hosttest.FromText(b, host.String()))
	b.ReportAllocs()
	for b.Loop() {
		s, err := system.Offline(dir)
		if err != nil {
			b.Fatal(err)
		}
		homes, err := s.Homes()
		if err != nil || len(homes) != 200 {
			b.Fatal(len(homes), err)
		}
		for _, h := range homes {
			for i := range 10 {
				if _, err := h.Tree.ReadFile(fmt.Sprintf(".config/client%d/settings.conf", i), system.MaxFile); !errors.Is(err, system.ErrNotExist) {
					b.Fatal(err)
				}
			}
		}
		s.Close()
	}
}
