package harden_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/harden/store"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// TestContention has several processes, each with stores, a journal and an
// executor of its own, apply and undo in one home at once. The lock of the state
// folder keeps them apart: what the journal says stands, and in the end all of it
// goes back.
func TestContention(t *testing.T) {
	const desks, turns = 4, 6
	home, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(home, "client.conf")
	ok(os.WriteFile(file, []byte("; kept\n[ui]\na=1\nb=1\n"), 0o640))
	before := hardentest.Tree(home)
	var wg sync.WaitGroup
	for desk := range desks {
		wg.Go(func() {
			for turn := range turns {
				if err := sit(home, dir, strconv.Itoa(desk), func(e *harden.Executor) error { return contend(e, file, desk, turn) }); err != nil {
					t.Errorf("desk %d: %v", desk, err)
				}
			}
		})
	}
	wg.Wait()
	err := sit(home, dir, "last", func(e *harden.Executor) error {
		all, err := e.Journal.Entries(ctx, state.Filter{})
		if len(all) == 0 {
			t.Error("nothing was done")
		}
		done := slices.DeleteFunc(all, func(en state.Entry) bool { return en.Status != state.Done })
		for _, r := range e.Undo(ctx, done) {
			if r.Outcome != harden.Undone {
				t.Errorf("in the end undoing came to %s: %s", r.Outcome, r.Why)
			}
		}
		return err
	})
	if after := hardentest.Tree(home); err != nil || after != before {
		t.Errorf("%v; it is\n%s\nand was\n%s", err, after, before)
	}
}

// sit is one turn of a process: it takes the lock, opens all that it works with
// and settles what was left.
func sit(home, dir, actor string, work func(*harden.Executor) error) (err error) {
	unlock, err := state.Lock(ctx, dir)
	if err != nil {
		return err
	}
	defer unlock()
	stores, err := store.ForPerson(home, os.Geteuid(), dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	journal, err := state.OpenJournal(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	e := &harden.Executor{
		Owner: harden.Owner{UID: "1000", Home: stores.Home}, Stores: stores.Kinds, Journal: journal, Actor: actor, Now: time.Now,
		Waits: func(context.Context, plan.Change) []plan.Wait { return nil },
	}
	if rs, err := e.Settle(ctx); err != nil || len(rs) > 0 {
		return errors.Join(err, errors.New("something was left on the way"))
	}
	return work(e)
}

// contend applies, or takes back what another applied.
func contend(e *harden.Executor, file string, desk, turn int) error {
	c := change("c", fact.Held{}, present(strconv.Itoa(100+10*desk+turn)))
	c.At = fact.At{Store: "ini", Path: file, Section: "ui", Key: string(rune('a' + (desk+turn)%3))}
	if rs := e.Apply(ctx, planOf(c)); rs[0].Outcome != harden.Applied {
		return errors.New("applying came to " + string(rs[0].Outcome) + ": " + rs[0].Why)
	}
	all, err := e.Journal.Entries(ctx, state.Filter{Statuses: []state.Status{state.Done}})
	if turn%2 == 0 || err != nil {
		return err
	}
	for _, r := range e.Undo(ctx, all[len(all)/2:]) {
		if r.Outcome != harden.Undone && r.Outcome != harden.Refused { // refused: a later one stands on it
			return errors.New("undoing came to " + string(r.Outcome) + ": " + r.Why)
		}
	}
	return nil
}
