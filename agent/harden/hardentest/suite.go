// Package hardentest holds the contract that every Store passes, and a Store
// made of data for tests of what rests on stores.
package hardentest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Case is one place of a store, and what others can do there.
type Case struct {
	Store harden.Store
	At    fact.At
	// Want is what is wanted, and Already what would be wanted as it stands.
	Want, Already fact.Held
	// Snapshot is all that the store could touch, to the byte, with modes and
	// owners.
	Snapshot func() string
	// Beside has somebody else change something beside the entry, and Others says
	// what everything beside the entry reads as. Both nil: there is nothing beside.
	Beside func()
	Others func() string
	// Overwrite has somebody else change the entry itself.
	Overwrite func()
}

// Suite is the contract of a Store. open makes a place anew for each test.
func Suite(t *testing.T, open func(t *testing.T) Case) {
	for name, test := range map[string]func(*testing.T, Case){
		"reading changes nothing": readsOnly,
		"do and undo":             doUndo,
		"beside":                  besideStays,
		"moved before do":         movedBeforeDo,
		"moved before undo":       movedBeforeUndo,
		"already":                 already,
		"settle":                  settles,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var ctx = context.Background()

// prepared reads and prepares, and sends the step through the journal's form.
func prepared(t *testing.T, c Case) plan.Step {
	t.Helper()
	s, err := c.Store.Prepare(ctx, c.At, read(t, c), c.Want)
	if err != nil {
		t.Fatalf("preparing: %v", err)
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var kept plan.Step
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

func read(t *testing.T, c Case) plan.Standing {
	t.Helper()
	s, err := c.Store.Read(ctx, c.At)
	if err != nil {
		t.Fatalf("reading: %v", err)
	}
	return s
}

func done(t *testing.T, c Case) plan.Step {
	t.Helper()
	s := prepared(t, c)
	if err := c.Store.Do(ctx, c.At, s); err != nil {
		t.Fatalf("doing: %v", err)
	}
	if now := read(t, c); !now.Same(s.Written) {
		t.Fatalf("after doing it reads %v %q, want %v %q", now.Present, now.Raw, s.Written.Present, s.Written.Raw)
	}
	return s
}

func unchanged(t *testing.T, c Case, before, when string) {
	t.Helper()
	if after := c.Snapshot(); after != before {
		t.Errorf("%s it is\n%s\nand was\n%s", when, after, before)
	}
}

func readsOnly(t *testing.T, c Case) {
	before := c.Snapshot()
	first := read(t, c)
	s := prepared(t, c)
	if !s.Prior.Same(first) || !read(t, c).Same(first) {
		t.Error("two readings differ")
	}
	if s.Prior.Same(s.Written) {
		t.Error("what is wanted stands there already: the case tests nothing")
	}
	unchanged(t, c, before, "after reading and preparing")
}

func doUndo(t *testing.T, c Case) {
	before := c.Snapshot()
	s := done(t, c)
	if c.Snapshot() == before {
		t.Error("doing changed nothing")
	}
	if err := c.Store.Undo(ctx, c.At, s); err != nil {
		t.Fatalf("undoing: %v", err)
	}
	unchanged(t, c, before, "after undoing")
	if now := read(t, c); !now.Same(s.Prior) {
		t.Errorf("after undoing it reads %v %q", now.Present, now.Raw)
	}
}

func besideStays(t *testing.T, c Case) {
	if c.Beside == nil {
		return
	}
	s := done(t, c)
	c.Beside()
	others := c.Others()
	if err := c.Store.Undo(ctx, c.At, s); err != nil {
		t.Fatalf("undoing: %v", err)
	}
	if now := read(t, c); !now.Same(s.Prior) {
		t.Errorf("after undoing it reads %v %q, want %v %q", now.Present, now.Raw, s.Prior.Present, s.Prior.Raw)
	}
	if after := c.Others(); after != others {
		t.Errorf("what others wrote was\n%s\nand is\n%s", others, after)
	}
}

func movedBeforeDo(t *testing.T, c Case) {
	s := prepared(t, c)
	c.Overwrite()
	before := c.Snapshot()
	if err := c.Store.Do(ctx, c.At, s); !errors.Is(err, harden.ErrMoved) {
		t.Errorf("doing gave %v, want %v", err, harden.ErrMoved)
	}
	unchanged(t, c, before, "after a refused change")
}

func movedBeforeUndo(t *testing.T, c Case) {
	s := done(t, c)
	c.Overwrite()
	before := c.Snapshot()
	if err := c.Store.Undo(ctx, c.At, s); !errors.Is(err, harden.ErrMoved) {
		t.Errorf("undoing gave %v, want %v", err, harden.ErrMoved)
	}
	unchanged(t, c, before, "after a refused undoing")
}

func already(t *testing.T, c Case) {
	s, err := c.Store.Prepare(ctx, c.At, read(t, c), c.Already)
	if err != nil || !s.Prior.Same(s.Written) {
		t.Errorf("what stands there is to be written again: %v, %q to %q", err, s.Prior.Raw, s.Written.Raw)
	}
}

// settles: clearing away what was left beside a place changes nothing of it,
// before and after a change, and however often.
func settles(t *testing.T, c Case) {
	before := c.Snapshot()
	s := prepared(t, c)
	for range 2 {
		if err := c.Store.Settle(ctx, c.At, s); err != nil {
			t.Errorf("settling: %v", err)
		}
	}
	unchanged(t, c, before, "after settling")
	if err := c.Store.Do(ctx, c.At, s); err != nil {
		t.Fatal(err)
	}
	after := c.Snapshot()
	if err := c.Store.Settle(ctx, c.At, s); err != nil {
		t.Errorf("settling: %v", err)
	}
	unchanged(t, c, after, "after settling what was done")
}
