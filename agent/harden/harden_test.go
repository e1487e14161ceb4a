package harden_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

var ctx = context.Background()

// at is a place of the store made of data.
func at(key string) fact.At { return fact.At{Store: "memory", Key: key} }

func present(v any) fact.Held { return fact.Held{State: fact.Present, Value: v, Whole: true} }

var absent = fact.Held{State: fact.Absent, Whole: true}

func change(key string, before, after fact.Held) plan.Change {
	return plan.Change{ID: key, Finding: "f/" + key, Check: "zoom/telemetry/" + key, Client: "zoom", At: at(key), Type: "string", Before: before, After: after}
}

func planOf(changes ...plan.Change) plan.Plan {
	return plan.Plan{Schema: plan.Schema, Digest: plan.DigestOf(changes), Changes: changes}
}

// executor is one over a store made of data and a real journal.
func executor(t *testing.T, store *hardentest.Memory) *harden.Executor {
	t.Helper()
	j, err := state.OpenJournal(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return &harden.Executor{
		Stores: map[string]harden.Store{"memory": store}, Journal: j, Actor: "ann",
		Waits: func(context.Context, plan.Change) []plan.Wait { return nil },
		Now:   func() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC) },
	}
}

func outcomes(rs []harden.Result) []harden.Outcome {
	var all []harden.Outcome
	for _, r := range rs {
		all = append(all, r.Outcome)
	}
	return all
}

func wantOutcomes(t *testing.T, what string, rs []harden.Result, want ...harden.Outcome) {
	t.Helper()
	if got := outcomes(rs); !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v (%+v)", what, got, want, rs)
	}
}

func wantStatus(t *testing.T, e *harden.Executor, want ...state.Status) {
	t.Helper()
	var got []state.Status
	for _, en := range entries(t, e) {
		got = append(got, en.Status)
	}
	slices.Reverse(got)
	if !slices.Equal(got, want) {
		t.Errorf("the journal has %v, want %v", got, want)
	}
}

func entries(t *testing.T, e *harden.Executor) []state.Entry {
	t.Helper()
	all, err := e.Journal.Entries(ctx, state.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMemoryStore(t *testing.T) {
	hardentest.Suite(t, func(*testing.T) hardentest.Case {
		m := hardentest.NewMemory(map[string]string{"a": "old", "b": "other"})
		return hardentest.Case{
			Store: m, At: at("a"), Want: present("new"), Already: present("old"),
			Snapshot:  func() string { return fmt.Sprint(m.Entries) },
			Beside:    func() { m.Entries["b"] = "theirs" },
			Others:    func() string { return m.Entries["b"] },
			Overwrite: func() { m.Entries["a"] = "theirs" },
		}
	})
}

func TestApplyAndUndo(t *testing.T) {
	m := hardentest.NewMemory(map[string]string{"a": "old"})
	before := maps.Clone(m.Entries)
	e := executor(t, m)
	rs := e.Apply(ctx, planOf(change("a", present("old"), present("new")), change("b", absent, present("1"))))
	wantOutcomes(t, "apply", rs, harden.Applied, harden.Applied)
	if want := map[string]string{"a": "new", "b": "1"}; !maps.Equal(m.Entries, want) {
		t.Errorf("it stands %v, want %v", m.Entries, want)
	}
	wantStatus(t, e, state.Done, state.Done)
	wantOutcomes(t, "apply again", e.Apply(ctx, planOf(change("b", absent, present("1")))), harden.Already)
	wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)), harden.Undone, harden.Undone)
	if !maps.Equal(m.Entries, before) {
		t.Errorf("after undoing it stands %v, want %v", m.Entries, before)
	}
	wantOutcomes(t, "undo again", e.Undo(ctx, entries(t, e)), harden.Refused, harden.Refused)
}

// TestNotExpected: what stands there is not what was shown, so it is not changed.
func TestNotExpected(t *testing.T) {
	for name, c := range map[string]struct {
		before fact.Held
		want   harden.Outcome
	}{
		"another value":      {present("shown"), harden.Refused},
		"nothing was shown":  {absent, harden.Refused},
		"a part was shown":   {fact.Held{State: fact.Present, Value: "(something else)"}, harden.Applied},
		"either is expected": {fact.Held{}, harden.Applied},
	} {
		m := hardentest.NewMemory(map[string]string{"a": "other"})
		e := executor(t, m)
		wantOutcomes(t, name, e.Apply(ctx, planOf(change("a", c.before, present("new")))), c.want)
		if c.want == harden.Refused && (m.Entries["a"] != "other" || len(entries(t, e)) > 0) {
			t.Errorf("%s: a refused change left %v and %d entries", name, m.Entries, len(entries(t, e)))
		}
	}
}

func TestSuperseded(t *testing.T) {
	m := hardentest.NewMemory(nil)
	e := executor(t, m)
	e.Apply(ctx, planOf(change("a", absent, present("1"))))
	m.Entries["a"] = "theirs"
	wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)), harden.Superseded)
	if m.Entries["a"] != "theirs" {
		t.Errorf("what somebody else wrote is now %q", m.Entries["a"])
	}
	wantStatus(t, e, state.Superseded)
}

func TestWaits(t *testing.T) {
	m := hardentest.NewMemory(nil)
	e := executor(t, m)
	e.Waits = func(context.Context, plan.Change) []plan.Wait {
		return []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom", Sure: true}}
	}
	rs := e.Apply(ctx, planOf(change("a", absent, present("1"))))
	wantOutcomes(t, "apply", rs, harden.Waiting)
	if len(rs[0].Waits) != 1 || len(m.Entries) > 0 || len(entries(t, e)) > 0 {
		t.Errorf("it waits for %v, and %v stands", rs[0].Waits, m.Entries)
	}
}

// TestDidNotTake: a store that says yes and does nothing is found out.
func TestDidNotTake(t *testing.T) {
	m := hardentest.NewMemory(nil)
	m.Ignores = true
	e := executor(t, m)
	wantOutcomes(t, "apply", e.Apply(ctx, planOf(change("a", absent, present("1")))), harden.RolledBack)
	wantStatus(t, e, state.RolledBack)
}

// TestBroken: whatever call fails, the journal agrees with what stands there
// once it is settled, and nothing is lost.
func TestBroken(t *testing.T) {
	broken := errors.New("broken")
	for _, call := range []string{"read", "prepare", "do"} {
		for n := 1; n <= 3; n++ {
			m := hardentest.NewMemory(map[string]string{"a": "old"})
			e := executor(t, m)
			seen := 0
			m.Fail = func(c string) error {
				if c == call {
					if seen++; seen == n {
						return broken
					}
				}
				return nil
			}
			rs := e.Apply(ctx, planOf(change("a", present("old"), present("new"))))
			m.Fail = nil
			if _, err := e.Settle(ctx); err != nil {
				t.Fatal(err)
			}
			for _, en := range entries(t, e) {
				if done := en.Status == state.Done; done != (m.Entries["a"] == "new") {
					t.Errorf("%s %d: %s in the journal, %q stands (%v)", call, n, en.Status, m.Entries["a"], outcomes(rs))
				}
			}
			e.Undo(ctx, entries(t, e))
			if m.Entries["a"] != "old" {
				t.Errorf("%s %d: after undoing %q stands", call, n, m.Entries["a"])
			}
		}
	}
}

func TestForbidden(t *testing.T) {
	m := hardentest.NewMemory(nil)
	e := executor(t, m)
	others := change("a", absent, present("1"))
	others.User = "eve"
	secret := change("sip_auth_token", absent, present("1"))
	unknown := change("a", absent, present("1"))
	unknown.At.Store = "nothing"
	wantOutcomes(t, "apply", e.Apply(ctx, planOf(others, secret, unknown)), harden.Forbidden, harden.Refused, harden.Refused)
	if len(m.Entries) > 0 || len(entries(t, e)) > 0 {
		t.Errorf("%v stands", m.Entries)
	}
}

// TestOtherHome: names and ids are given out again; another person's home with
// the old one's name is not undone in.
func TestOtherHome(t *testing.T) {
	m := hardentest.NewMemory(nil)
	e := executor(t, m)
	e.Owner = harden.Owner{UID: "1000", Home: "8:1:77"}
	e.Apply(ctx, planOf(change("a", absent, present("1"))))
	e.Owner.Home = "8:1:78"
	wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)), harden.Refused)
	if m.Entries["a"] != "1" {
		t.Errorf("%v stands", m.Entries)
	}
}

func TestInterrupted(t *testing.T) {
	m := hardentest.NewMemory(nil)
	e := executor(t, m)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	wantOutcomes(t, "apply", e.Apply(gone, planOf(change("a", absent, present("1")))), harden.Refused)
	if len(m.Entries) > 0 {
		t.Errorf("%v stands", m.Entries)
	}
}

func TestRehearsal(t *testing.T) {
	m := hardentest.NewMemory(map[string]string{"a": "old"})
	r := &harden.Rehearsal{Stores: map[string]harden.Reader{"memory": m}, Waits: func(context.Context, plan.Change) []plan.Wait { return nil }}
	rs := r.Apply(ctx, planOf(change("a", present("old"), present("new")), change("b", present("1"), absent), change("a", present("old"), present("old"))))
	wantOutcomes(t, "rehearse", rs, harden.Planned, harden.Already, harden.Already)
	if !maps.Equal(m.Entries, map[string]string{"a": "old"}) {
		t.Errorf("a rehearsal left %v", m.Entries)
	}
}

func TestRehearsalOfUndo(t *testing.T) {
	m := hardentest.NewMemory(nil)
	e := executor(t, m)
	e.Apply(ctx, planOf(change("a", absent, present("1")), change("b", absent, present("1")), change("c", absent, present("1"))))
	m.Entries["b"] = "theirs"
	all := entries(t, e)
	e.Undo(ctx, all[:1]) // c
	before := maps.Clone(m.Entries)
	var waits []plan.Wait
	r := &harden.Rehearsal{Stores: map[string]harden.Reader{"memory": m}, Waits: func(context.Context, plan.Change) []plan.Wait { return waits }}
	rs := r.Undo(ctx, entries(t, e))
	wantOutcomes(t, "rehearse", rs, harden.Refused, harden.Superseded, harden.Planned)
	if rs[2].Entry != 1 || !maps.Equal(m.Entries, before) {
		t.Errorf("entry %d; it left %v", rs[2].Entry, m.Entries)
	}
	wantStatus(t, e, state.Done, state.Done, state.Undone)
	broken := []state.Entry{all[2], all[2]}
	broken[0].Status, broken[1].Status = state.Intent, state.Undoing
	wantOutcomes(t, "rehearse what broke off behind the change", r.Undo(ctx, broken), harden.Planned, harden.Planned)
	delete(m.Entries, "a")
	wantOutcomes(t, "rehearse what broke off before the change", r.Undo(ctx, broken), harden.Refused, harden.Refused)
	waits = []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom"}}
	wantOutcomes(t, "rehearse in a call", r.Undo(ctx, all[2:]), harden.Waiting)
	r.Owner.Home = "another"
	wantOutcomes(t, "rehearse in another home", r.Undo(ctx, all[2:]), harden.Refused)
}

// TestPile: changes of one place stand on each other, and go in that order.
func TestPile(t *testing.T) {
	m := hardentest.NewMemory(map[string]string{"a": "old"})
	e := executor(t, m)
	e.Apply(ctx, planOf(change("a", present("old"), present("1"))))
	e.Apply(ctx, planOf(change("a", present("1"), present("2"))))
	all := entries(t, e)
	r := &harden.Rehearsal{Stores: map[string]harden.Reader{"memory": m}, Waits: e.Waits}
	wantOutcomes(t, "rehearse", r.Undo(ctx, all), harden.Planned, harden.Planned)
	r = &harden.Rehearsal{Stores: r.Stores, Waits: r.Waits}
	wantOutcomes(t, "rehearse the upper", r.Undo(ctx, all[:1]), harden.Planned)
	wantOutcomes(t, "rehearse the lower then", r.Undo(ctx, all[1:]), harden.Planned)
	wantOutcomes(t, "undo the lower", e.Undo(ctx, all[1:]), harden.Refused)
	wantStatus(t, e, state.Done, state.Done)
	wantOutcomes(t, "undo both", e.Undo(ctx, all), harden.Undone, harden.Undone)
	wantOutcomes(t, "undo what was listed before", e.Undo(ctx, all), harden.Refused, harden.Refused)
	if m.Entries["a"] != "old" {
		t.Errorf("%q stands", m.Entries["a"])
	}
	wantStatus(t, e, state.Undone, state.Undone)
}

// TestOverwritten: what somebody else wrote over is known as such by the next
// change, and is not taken back for what that one writes.
func TestOverwritten(t *testing.T) {
	m := hardentest.NewMemory(map[string]string{"a": "old"})
	e := executor(t, m)
	want := planOf(change("a", fact.Held{}, present("1")))
	e.Apply(ctx, want)
	m.Entries["a"] = "theirs"
	e.Apply(ctx, want)
	wantStatus(t, e, state.Superseded, state.Done)
	wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)), harden.Undone, harden.Refused)
	if m.Entries["a"] != "theirs" {
		t.Errorf("%q stands", m.Entries["a"])
	}
}

// TestUnsettled: nothing is built on a change of which it is not known whether
// it was made.
func TestUnsettled(t *testing.T) {
	m := hardentest.NewMemory(map[string]string{"a": "old"})
	e := executor(t, m)
	reads := 0
	m.Fail = func(call string) error {
		if reads++; call == "read" && reads > 3 {
			return errors.New("broken")
		}
		return nil
	}
	wantOutcomes(t, "apply", e.Apply(ctx, planOf(change("a", fact.Held{}, present("1")))), harden.Failed)
	m.Fail = nil
	wantOutcomes(t, "apply", e.Apply(ctx, planOf(change("a", fact.Held{}, present("2")))), harden.Refused)
	wantStatus(t, e, state.Intent)
	if _, err := e.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)), harden.Undone)
	if m.Entries["a"] != "old" {
		t.Errorf("%q stands", m.Entries["a"])
	}
}

// TestGone: what was taken away, or what it was taken out of, was removed by
// somebody else.
func TestGone(t *testing.T) {
	for _, call := range []string{"undo", "settle"} {
		m := hardentest.NewMemory(map[string]string{"a": "old"})
		e := executor(t, m)
		gone := func(c string) error {
			if c == call {
				return harden.ErrGone
			}
			return nil
		}
		if call == "settle" {
			e.Stores["memory"] = settling{m, gone}
			e.Journal.Intend(ctx, state.Entry{Change: change("a", fact.Held{}, absent), Step: plan.Step{Prior: plan.Standing{Present: true, Raw: []byte("older")}}, At: e.Now()})
			if rs, err := e.Settle(ctx); err != nil || len(rs) != 1 || rs[0].Outcome != harden.Superseded {
				t.Errorf("settling gave %v, %v", rs, err)
			}
		} else {
			e.Apply(ctx, planOf(change("a", fact.Held{}, absent)))
			m.Fail = gone
			wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)), harden.Superseded)
		}
		wantStatus(t, e, state.Superseded)
	}
}

// settling is a store made of data that can fail at settling, too.
type settling struct {
	*hardentest.Memory
	fail func(string) error
}

func (s settling) Settle(context.Context, fact.At, plan.Step) error { return s.fail("settle") }

// TestLeft: while something is left beside the place, the entry stays on the
// way, so that settling clears it away.
func TestLeft(t *testing.T) {
	m := hardentest.NewMemory(map[string]string{"a": "old"})
	e := executor(t, m)
	left := true
	m.Fail = func(call string) error {
		if left && (call == "do" || call == "undo") {
			return fmt.Errorf("%w: a file", harden.ErrLeft)
		}
		return nil
	}
	wantOutcomes(t, "apply", e.Apply(ctx, planOf(change("a", fact.Held{}, present("1")))), harden.Failed)
	wantStatus(t, e, state.Intent)
	e.Settle(ctx)
	left = false
	e.Apply(ctx, planOf(change("a", fact.Held{}, present("1"))))
	left = true
	wantOutcomes(t, "undo", e.Undo(ctx, entries(t, e)[:1]), harden.Failed)
	wantStatus(t, e, state.Dropped, state.Undoing)
	e.Settle(ctx)
	wantStatus(t, e, state.Dropped, state.Done)
}
