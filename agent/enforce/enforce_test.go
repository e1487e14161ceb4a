package enforce

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// desk looks at one file and wants it to say "good".
type desk struct {
	mu     sync.Mutex
	file   string
	looks  int
	mended []time.Time
	waits  []plan.Wait
	broken error
}

func (d *desk) look(context.Context) (Sight, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	s := Sight{Files: []Place{{Path: d.file}}, Every: time.Hour}
	data, _ := os.ReadFile(d.file)
	if string(data) != "good" {
		s.Plan.Changes = []plan.Change{{ID: "c", User: "ann", At: fact.At{Path: d.file}, Waits: slices.Clone(d.waits)}}
	}
	return s, d.broken
}

func (d *desk) mend(_ context.Context, user string, p plan.Plan) ([]harden.Result, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mended = append(d.mended, time.Now())
	tmp := d.file + ".new"
	err := errors.Join(os.WriteFile(tmp, []byte("good"), 0o600), os.Rename(tmp, d.file))
	return []harden.Result{{Change: p.Changes[0], Outcome: harden.Applied}}, err
}

func (d *desk) counts() (looks, mended int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looks, len(d.mended)
}

// guard runs one over a desk until the test ends.
func guard(t *testing.T, d *desk, calls <-chan struct{}) (reports func() []Report) {
	t.Helper()
	return run(t, &Guard{Look: d.look, Mend: d.mend, Calls: calls})
}

// run runs a guard until the test ends.
func run(t *testing.T, g *Guard) (reports func() []Report) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var all []Report
	g.Say = func(r Report) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r)
	}
	done := make(chan error)
	go func() { done <- g.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func() []Report {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("after five seconds, not so: %s", what)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func says(file, text string) func() bool {
	return func() bool {
		data, _ := os.ReadFile(file)
		return string(data) == text
	}
}

// TestDrift: what drifts is put back, however it was written: in place, by a
// rename over it, or by a folder that appears whole.
func TestDrift(t *testing.T) {
	d := &desk{file: filepath.Join(t.TempDir(), "a", "b", "file")}
	guard(t, d, nil)
	eventually(t, "a first look", func() bool { n, _ := d.counts(); return n > 0 })
	if err := os.MkdirAll(filepath.Dir(d.file), 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what is missing is put there", says(d.file, "good"))
	write(t, d.file, "bad")
	eventually(t, "a file written in place is put back", says(d.file, "good"))
	write(t, d.file+"2", "bad")
	if err := os.Rename(d.file+"2", d.file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a file renamed over it is put back", says(d.file, "good"))
	if err := os.RemoveAll(filepath.Dir(filepath.Dir(d.file))); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(d.file), 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a folder made anew is watched", says(d.file, "good"))
}

// TestQuietNeighbour: what is written beside the file leads to no look.
func TestQuietNeighbour(t *testing.T) {
	d := &desk{file: filepath.Join(t.TempDir(), "file")}
	write(t, d.file, "good")
	guard(t, d, nil)
	looks := settled(t, d)
	for range 20 {
		write(t, d.file+".log", "x")
	}
	time.Sleep(6 * quiet)
	if n, _ := d.counts(); n != looks {
		t.Errorf("%d looks more", n-looks)
	}
}

// TestExit: a change that waits for a program is made when the program ends.
func TestExit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not run: the end of a process is waited for on Linux only; elsewhere it is looked for every half minute")
	}
	d := &desk{file: filepath.Join(t.TempDir(), "file")}
	write(t, d.file, "good")
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	reports := guard(t, d, nil)
	settled(t, d)
	d.mu.Lock()
	d.waits = []plan.Wait{{Kind: plan.WaitRunning, Name: "Mumble", Sure: true, PIDs: []int{sleeper.Process.Pid}}}
	d.mu.Unlock()
	write(t, d.file, "bad")
	eventually(t, "it is said that it waits", func() bool {
		rs := reports()
		return len(rs) > 0 && len(rs[len(rs)-1].Waiting) == 1
	})
	d.mu.Lock()
	d.waits = nil
	d.mu.Unlock()
	time.Sleep(6 * quiet)
	if _, mended := d.counts(); mended != 0 {
		t.Fatal("it was mended while the program ran")
	}
	if err := errors.Join(sleeper.Process.Kill(), ignore(sleeper.Wait())); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is put back at the program's end", says(d.file, "good"))
}

// settled waits for the first look, and the second, behind the watches that the
// first one led to. It says how many there were.
func settled(t *testing.T, d *desk) int {
	t.Helper()
	eventually(t, "two looks", func() bool { n, _ := d.counts(); return n > 1 })
	time.Sleep(6 * quiet)
	n, _ := d.counts()
	return n
}

// ignore drops the error of a process that was killed.
func ignore(error) error { return nil }

// TestCall: the end of a call leads to a look.
func TestCall(t *testing.T) {
	d := &desk{file: filepath.Join(t.TempDir(), "file"), waits: []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom"}}}
	calls := make(chan struct{})
	guard(t, d, calls)
	settled(t, d)
	d.mu.Lock()
	d.waits = nil
	d.mu.Unlock()
	calls <- struct{}{}
	eventually(t, "it is put back at the call's end", says(d.file, "good"))
}

// TestBroken: a look that fails is said, and watched files lead to another.
func TestBroken(t *testing.T) {
	d := &desk{file: filepath.Join(t.TempDir(), "file")}
	write(t, d.file, "good")
	reports := guard(t, d, nil)
	settled(t, d)
	d.mu.Lock()
	d.broken = errors.New("broken")
	d.mu.Unlock()
	write(t, d.file, "bad")
	eventually(t, "it is said", func() bool { rs := reports(); return rs[len(rs)-1].Err != nil })
	d.mu.Lock()
	d.broken = nil
	d.mu.Unlock()
	write(t, d.file, "worse")
	eventually(t, "it is put back all the same", says(d.file, "good"))
}

// TestSilentWorker: where one person's worker never answers, that is said, and
// everybody else's places are looked at and mended as ever.
func TestSilentWorker(t *testing.T) {
	d := &desk{file: filepath.Join(t.TempDir(), "file")}
	write(t, d.file, "good")
	release := make(chan struct{})
	g := &Guard{
		Look: func(ctx context.Context) (Sight, error) {
			s, err := d.look(ctx)
			s.Plan.Changes = append(s.Plan.Changes, plan.Change{ID: "b", User: "bo"})
			return s, err
		},
		Mend: func(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error) {
			if user == "bo" {
				<-release
				return nil, nil
			}
			return d.mend(ctx, user, p)
		},
	}
	reports := run(t, g)
	t.Cleanup(func() { close(release) })
	eventually(t, "a first look", func() bool { return len(reports()) > 0 })
	for range 2 {
		begun := time.Now()
		write(t, d.file, "bad")
		eventually(t, "it is put back", says(d.file, "good"))
		if took := time.Since(begun); took > together {
			t.Errorf("it took %v", took)
		}
	}
	eventually(t, "it is said that one does not answer", func() bool { rs := reports(); return rs[len(rs)-1].Err != nil })
}

// TestStorm: who changes a file without end pays with pauses, and does not make
// the guard look without end; nobody else's pauses grow with it.
func TestStorm(t *testing.T) {
	var p pace
	now := time.Unix(0, 0)
	const hers, his = "/home/ann", "/home/ben"
	for range 40 {
		p.saw(now, []string{hers}, nil)
		now = now.Add(p.pause(now, hers))
	}
	if p.pause(now, hers) != maxPause {
		t.Errorf("after 40 futile looks the pause is %v", p.pause(now, hers))
	}
	if p.pause(now, his) != quiet {
		t.Errorf("after them the pause of another is %v", p.pause(now, his))
	}
	drift := []plan.Change{{ID: "c"}}
	p.saw(now, []string{hers}, drift)
	if p.pause(now, hers) != quiet {
		t.Errorf("after a drift the pause is %v", p.pause(now, hers))
	}
	for range 40 { // mended every time, they say, and there again
		p.saw(now, []string{hers}, drift)
	}
	if p.pause(now, hers) != maxPause {
		t.Errorf("after 40 times the same drift the pause is %v", p.pause(now, hers))
	}
	p.saw(now.Add(fightTime), []string{hers}, drift)
	if later := now.Add(fightTime); p.pause(later, hers) != quiet {
		t.Errorf("after an hour the pause is %v", p.pause(later, hers))
	}
	for range 40 {
		p.saw(now, []string{hers}, nil)
	}
	if later := now.Add(2 * calm); p.pause(later, hers) != quiet {
		t.Errorf("after a calm the pause is %v", p.pause(later, hers))
	}
	if p.saw(now.Add(2*calm), nil, nil); len(p.of) != 0 {
		t.Errorf("after a calm %d causes are kept", len(p.of))
	}
}

// TestUnheard: for a call that only a person's session knows of is looked soon again.
func TestUnheard(t *testing.T) {
	g := &Guard{exits: newExits(context.Background())}
	var r Report
	waits := []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom", Sure: true}}
	g.mended(mended{user: "ann", results: []harden.Result{{Change: plan.Change{ID: "c"}, Outcome: harden.Waiting, Waits: waits}}}, &r)
	if got := g.next(false, time.Hour); got != retry || len(r.Waiting) != 1 {
		t.Errorf("after %v, waiting are %+v", got, r.Waiting)
	}
}

// TestStoppedList: a value that was read from a journal is the same one.
func TestStoppedList(t *testing.T) {
	c := plan.Change{After: fact.Held{State: fact.Present, Value: []string{"a", "b"}, Whole: true}}
	journalled := plan.Change{After: fact.Held{State: fact.Present, Value: []any{"a", "b"}, Whole: true}}
	e := state.Entry{Actor: Actor, Change: journalled, Status: state.Superseded, At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	if !Stopped(c, []state.Entry{e, e, e}) {
		t.Error("three fights over a list are none")
	}
}

// TestDriftMeanwhile: who drifts while their part is being put back is looked at
// again after that.
func TestDriftMeanwhile(t *testing.T) {
	d := &desk{file: filepath.Join(t.TempDir(), "file")}
	write(t, d.file, "bad")
	first := true
	run(t, &Guard{Look: d.look, Mend: func(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error) {
		results, err := d.mend(ctx, user, p)
		if first {
			first = false
			time.Sleep(together + 200*time.Millisecond) // nobody waits for it any more
			err = errors.Join(err, os.WriteFile(d.file, []byte("bad"), 0o600))
			time.Sleep(6 * quiet)
		}
		return results, err
	}})
	eventually(t, "it is put back twice", func() bool { _, n := d.counts(); return n == 2 })
	eventually(t, "it is good", says(d.file, "good"))
}

// TestUnsettled: who was left in the middle of something is asked although
// nothing drifted.
func TestUnsettled(t *testing.T) {
	asked := make(chan string, 1)
	run(t, &Guard{
		Look: func(context.Context) (Sight, error) { return Sight{Unsettled: []string{"ann"}, Every: time.Hour}, nil },
		Mend: func(_ context.Context, user string, p plan.Plan) ([]harden.Result, error) {
			asked <- user
			return nil, nil
		}})
	if user := <-asked; user != "ann" {
		t.Errorf("%q is asked", user)
	}
}

// TestAgain: what goes wrong again and again is looked at less and less often.
func TestAgain(t *testing.T) {
	g := &Guard{exits: newExits(context.Background())}
	for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		if got := g.next(true, time.Hour); got != want {
			t.Errorf("the %d. time: after %v", i+1, got)
		}
	}
	for range 100 {
		g.next(true, time.Hour)
	}
	if got := g.next(true, time.Hour); got != time.Hour {
		t.Errorf("at last: after %v", got)
	}
	if got := g.next(false, time.Hour); got != time.Hour {
		t.Errorf("when all is well: after %v", got)
	}
	if got := g.next(true, time.Hour); got != 30*time.Second {
		t.Errorf("then wrong: after %v", got)
	}
}

// TestStopped: three writes of the same value within an hour, and another drift.
func TestStopped(t *testing.T) {
	c := plan.Change{After: fact.Held{State: fact.Present, Value: false, Whole: true}}
	other := plan.Change{After: fact.Held{State: fact.Present, Value: true, Whole: true}}
	at := func(minutes int, actor string, c plan.Change, s state.Status) state.Entry {
		return state.Entry{Actor: actor, Change: c, Status: s, At: time.Date(2026, 11, 26, 9, minutes, 0, 0, time.UTC)}
	}
	ours := func(minutes int) state.Entry { return at(minutes, Actor, c, state.Superseded) }
	for name, tc := range map[string]struct {
		newestFirst []state.Entry
		want        bool
	}{
		"nothing yet":                {nil, false},
		"two":                        {[]state.Entry{ours(20), ours(0)}, false},
		"three in an hour":           {[]state.Entry{ours(60), ours(20), ours(0)}, true},
		"three in more than an hour": {[]state.Entry{ours(61), ours(20), ours(0)}, false},
		"three of four in an hour":   {[]state.Entry{ours(90), ours(61), ours(60), ours(0)}, true},
		"an administrator since":     {[]state.Entry{at(30, "root", c, state.Done), ours(20), ours(10), ours(0)}, false},
		"another value":              {[]state.Entry{ours(20), ours(10), at(0, Actor, other, state.Superseded)}, false},
		"one that never was":         {[]state.Entry{at(30, Actor, c, state.Dropped), ours(20), ours(0)}, false},
	} {
		if got := Stopped(c, tc.newestFirst); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
