package host_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host"
	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
	"huddleguard/checks/policy"
)

// TestNothingHiddenPasses lays recorded hosts out as folders and spoils every
// file that a look reads, one after the other and in every way. A look must
// never pass what it did not see, must say what it could not read, and must
// end.
func TestNothingHiddenPasses(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range recordedHosts(t) {
		if strings.Contains(name, "broken") || testing.Short() && !slices.Contains(shortHosts, name) {
			continue // the broken ones are spoiled already
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spoilEverything(t, hosttest.Dir(t, hosttest.Recorded(t, file)), cat)
		})
	}
}

// shortHosts are enough for a quick run: one for each kind of store.
var shortHosts = []string{"linux-debian-mumble-linphone-jami", "linux-flatpak-zoom", "macos-teams"}

func spoilEverything(t *testing.T, root string, cat *catalogue.Catalogue) {
	before, read := lookAt(t, root, cat)
	for _, name := range read {
		path := filepath.Join(root, name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, s := range spoils {
			if s.skip != nil && s.skip() {
				continue
			}
			restore := spoil(t, path, s)
			after, _ := lookAt(t, root, cat)
			restore()
			compareSpoiled(t, "/"+name, s, before, after)
		}
	}
}

// outcome is what a look came to.
type outcome struct {
	set      fact.Set
	findings []checks.Finding
	took     time.Duration
}

func lookAt(t *testing.T, root string, cat *catalogue.Catalogue) (outcome, []string) {
	t.Helper()
	sys, err := system.Offline(root)
	if err != nil {
		return outcome{set: fact.Set{Unreadable: []fact.Unreadable{{What: "the image", Why: err.Error()}}}}, nil
	}
	defer sys.Close()
	s := &spy{System: sys, read: map[string]bool{}}
	begin := time.Now()
	set := host.Collect(context.Background(), s, cat, judgedAt, nil)
	took := time.Since(begin)
	findings := checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Policy: policy.Policy{Profile: policy.Strict}, Now: judgedAt})
	return outcome{set, findings, took}, s.names()
}

// compareSpoiled holds the look at a spoiled host against the one before.
func compareSpoiled(t *testing.T, name string, s spoiling, before, after outcome) {
	t.Helper()
	if after.took > 10*time.Second {
		t.Errorf("%s %s: the look took %v", name, s.name, after.took)
	}
	// A copy whose package manager is not heard any more is found by its files:
	// the same findings, under another key.
	passed := map[string]bool{}
	for _, f := range before.findings {
		passed[f.ID+f.User] = passed[f.ID+f.User] || f.Outcome == checks.Pass
	}
	for _, f := range after.findings {
		if f.Outcome != checks.Pass {
			continue
		}
		if f.Installation == "" || !hasCopy(before, f.Installation) && !someAbsent(f) {
			continue // of no copy, or of one found by other means and seen: looked for by itself
		}
		if !passed[f.ID+f.User] && !seenAbsent(f, name) {
			t.Errorf("%s %s: %s passes, and did not before: %s", name, s.name, f.Key, f.Title)
		}
		if !s.keepsForm && !aboutModes(f) && restsOn(f, name) {
			t.Errorf("%s %s: %s passes on it: %s", name, s.name, f.Key, f.Title)
		}
	}
	if !s.keepsForm && blind(after) <= blind(before) && !mentions(after, name) {
		t.Errorf("%s %s: nothing says that it could not be read", name, s.name)
	}
}

// seenAbsent: what is left of a cut settings file was read, and the key is not
// in it. The client reads the same, so that is what was seen.
func seenAbsent(f checks.Finding, name string) bool {
	return slices.ContainsFunc(f.Because, func(b checks.Because) bool {
		return strings.HasPrefix(b.Where, name) && b.State == fact.Absent
	})
}

func hasCopy(o outcome, id string) bool {
	return slices.ContainsFunc(o.set.Installations, func(in fact.Installation) bool { return in.ID == id })
}

func someAbsent(f checks.Finding) bool {
	return slices.ContainsFunc(f.Because, func(b checks.Because) bool { return b.State != fact.Present })
}

// restsOn: a pass that names the file and says that it held a value, or that
// it was read and did not hold one.
func restsOn(f checks.Finding, name string) bool {
	return slices.ContainsFunc(f.Because, func(b checks.Because) bool {
		return b.State != fact.Hidden && (b.Where == name || strings.HasPrefix(b.Where, name+" "))
	})
}

// aboutModes: what is judged is who may read or write the file, not what it holds.
func aboutModes(f checks.Finding) bool {
	return slices.ContainsFunc([]string{"secrets-readable", "world-writable", "setuid"}, func(thing string) bool {
		return strings.HasSuffix(f.ID, "/exposure/"+thing)
	})
}

func blind(o outcome) int {
	n := len(o.set.Unreadable)
	for _, f := range o.findings {
		if f.Outcome == checks.Unknown {
			n++
		}
	}
	return n
}

func mentions(o outcome, name string) bool {
	return slices.ContainsFunc(o.set.Unreadable, func(u fact.Unreadable) bool { return strings.Contains(u.What, name) }) ||
		slices.ContainsFunc(o.findings, func(f checks.Finding) bool {
			return f.Outcome == checks.Unknown && slices.ContainsFunc(f.Because, func(b checks.Because) bool {
				return b.State == fact.Hidden && strings.Contains(b.Where, name)
			})
		})
}

// spoiling is one way to spoil a file.
type spoiling struct {
	name string
	// keepsForm: what is left can still be a whole file of its kind.
	keepsForm bool
	do        func(path string, data []byte) error
	skip      func() bool
}

var spoils = []spoiling{
	{name: "without rights", do: func(p string, _ []byte) error { return os.Chmod(p, 0) }, skip: func() bool { return os.Geteuid() == 0 }},
	{name: "of another account", do: func(p string, _ []byte) error { return os.Lchown(p, 12345, 12345) }, keepsForm: true,
		skip: func() bool { return os.Geteuid() != 0 }},
	{name: "cut", keepsForm: true, do: func(p string, data []byte) error { return os.WriteFile(p, data[:len(data)/2], 0o644) }},
	{name: "noise", do: func(p string, data []byte) error { return os.WriteFile(p, noise(max(len(data), 64)), 0o644) }},
	{name: "a folder", do: replaced(func(p string) error { return os.Mkdir(p, 0o755) })},
	{name: "a FIFO", do: replaced(makeFIFO), skip: func() bool { return runtime.GOOS == "windows" }},
	{name: "a loop of links", do: replaced(func(p string) error { return os.Symlink(filepath.Base(p), p) })},
	{name: "4 GB of nothing", do: func(p string, _ []byte) error { return os.Truncate(p, 4<<30) }},
}

func replaced(with func(string) error) func(string, []byte) error {
	return func(p string, _ []byte) error { return errors.Join(os.Remove(p), with(p)) }
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.UintN(256))
	}
	return b
}

// spoil spoils a file and returns how to mend it.
func spoil(t *testing.T, path string, s spoiling) func() {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	owner := ownerOf(info)
	if err := s.do(path, bytes.Clone(data)); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return func() {
		err := errors.Join(os.RemoveAll(path), os.WriteFile(path, data, 0o600), os.Chmod(path, info.Mode()), owner(path))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// spy remembers which files were read.
type spy struct {
	system.System
	mu   sync.Mutex
	read map[string]bool
}

func (s *spy) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for n := range s.read {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func (s *spy) Machine() system.Tree { return spyTree{s.System.Machine(), s, ""} }

func (s *spy) Homes() ([]system.Home, error) {
	homes, err := s.System.Homes()
	for i := range homes {
		homes[i].Tree = spyTree{homes[i].Tree, s, homes[i].Home}
	}
	return homes, err
}

type spyTree struct {
	system.Tree
	spy  *spy
	base string
}

func (t spyTree) note(name string) {
	t.spy.mu.Lock()
	defer t.spy.mu.Unlock()
	t.spy.read[strings.TrimPrefix(filepath.ToSlash(filepath.Join(t.base, name)), "/")] = true
}

func (t spyTree) Open(name string, max int64) (system.File, error) {
	t.note(name)
	return t.Tree.Open(name, max)
}

func (t spyTree) ReadFile(name string, max int64) ([]byte, error) {
	t.note(name)
	return t.Tree.ReadFile(name, max)
}
