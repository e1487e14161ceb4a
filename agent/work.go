package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/harden/store"
	"huddleguard/agent/localapi"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// hand is what changes one owner's places.
type hand struct {
	owner  harden.Owner
	stores map[string]harden.Store
	// err is why nothing of this owner's can be changed.
	err   error
	close func() error
}

// liveHands are those of whoever runs this.
func (d *Desk) liveHands(set fact.Set) []*hand {
	var hands []*hand
	for _, name := range d.owners(set) {
		h := &hand{owner: harden.Owner{User: name, UID: d.uid}}
		var s *store.Stores
		if name == "" {
			s, h.err = store.ForMachine(d.dir)
		} else if u, ok := d.self(set); ok {
			s, h.err = store.ForPerson(u.Home, os.Geteuid(), d.dir)
		}
		if s != nil && h.err == nil {
			h.stores, h.owner.Home, h.close = s.Kinds, s.Home, s.Close
		}
		hands = append(hands, h)
	}
	return hands
}

func letGo(hands []*hand) {
	for _, h := range hands {
		if h.close != nil {
			_ = h.close() // nothing was written through it that is not on the disk
		}
	}
}

// nobody's hand changes nothing: an executor of nobody's permits nothing.
var nobody = &hand{owner: harden.Owner{User: "\x00"}}

// handOf is the hand of an owner.
func handOf(hands []*hand, user string) *hand {
	for _, h := range hands {
		if h.owner.User == user {
			return h
		}
	}
	return nobody
}

// blocked is the result where an owner's folder could not be entered.
func (h *hand) blocked(c plan.Change, entry int64) (localapi.Result, bool) {
	if h.err == nil {
		return localapi.Result{}, false
	}
	return localapi.Result{Change: c, Entry: entry, Outcome: string(harden.Refused), Why: h.err.Error()}, true
}

// told is a result in the words of the API.
func told(r harden.Result) localapi.Result {
	return localapi.Result{Change: r.Change, Entry: r.Entry, Outcome: string(r.Outcome), Why: oneLine(r.Why), Waits: r.Waits}
}

// oneLine joins the reasons of a text that has one on each line.
func oneLine(why string) string { return strings.ReplaceAll(why, "\n", "; ") }

func journalOf(dir string) string { return filepath.Join(dir, state.JournalFile) }

// work is one turn at a Desk: nobody else writes there until it is done.
type work struct {
	glimpse
	desk    *Desk
	unlock  func()
	journal *state.Journal
	hands   []*hand
}

// sitDown takes the lock, opens the journal and settles what a crash left.
func (d *Desk) sitDown(ctx context.Context) (*work, error) {
	mode := os.FileMode(0o700)
	if d.dir == d.machine {
		mode = 0o755 // it also holds what everybody may read
	}
	if err := os.MkdirAll(d.dir, mode); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	if err := d.trusted(); err != nil {
		return nil, err
	}
	unlock, err := state.Lock(ctx, d.dir)
	if errors.Is(err, state.ErrBusy) {
		err = &localapi.Refusal{Reason: localapi.Busy, Text: err.Error()}
	}
	if err != nil {
		return nil, err
	}
	w := &work{desk: d, unlock: unlock}
	if err := w.begin(ctx); err != nil {
		w.done()
		return nil, err
	}
	return w, nil
}

// trusted refuses a folder of the machine's that others than root can change: what
// stands in its journal is carried out with root's rights.
func (d *Desk) trusted() error {
	if d.dir != d.machine {
		return nil
	}
	if err := state.TrustedFolder(d.dir, state.Root); err != nil {
		return fmt.Errorf("the state folder is not used: %w", err)
	}
	return nil
}

func (w *work) begin(ctx context.Context) (err error) {
	if w.journal, err = state.OpenJournal(ctx, w.desk.dir); err != nil {
		return err
	}
	if err = w.take(ctx, w.desk); err != nil {
		return err
	}
	w.hands = w.desk.hands(w.set)
	settled := 0
	for _, h := range w.hands {
		if h.err != nil {
			continue // what cannot be settled stays in the journal as it is
		}
		results, err := w.executor(h).Settle(ctx)
		if err != nil {
			return err
		}
		settled += len(results)
	}
	if err := w.journal.Trim(ctx); err != nil {
		return err
	}
	if settled > 0 {
		return w.take(ctx, w.desk) // what was seen before is not how it stands
	}
	return nil
}

func (w *work) done() {
	letGo(w.hands)
	if w.journal != nil {
		_ = w.journal.Close() // every entry is on the disk
	}
	w.unlock()
}

func (w *work) executor(h *hand) *harden.Executor {
	return &harden.Executor{Owner: h.owner, Stores: h.stores, Journal: w.journal, Waits: w.waits, Actor: w.desk.Actor, Now: w.desk.now}
}

func (w *work) apply(ctx context.Context, digest string, c plan.Change) localapi.Result {
	h := handOf(w.hands, c.User)
	if r, ok := h.blocked(c, 0); ok {
		return r
	}
	return told(w.executor(h).Apply(ctx, plan.Plan{Digest: digest, Changes: []plan.Change{c}})[0])
}

func (w *work) undo(ctx context.Context, e state.Entry) localapi.Result {
	h := handOf(w.hands, e.Change.User)
	if r, ok := h.blocked(e.Change, e.ID); ok {
		return r
	}
	return told(w.executor(h).Undo(ctx, []state.Entry{e})[0])
}

// rehearsal goes through what work would do. It takes no lock and has no journal.
type rehearsal struct {
	glimpse
	hands []*hand
	by    map[*hand]*harden.Rehearsal
}

func (d *Desk) rehearse(ctx context.Context) (*rehearsal, error) {
	r := &rehearsal{by: map[*hand]*harden.Rehearsal{}}
	if err := r.take(ctx, d); err != nil {
		return nil, err
	}
	r.hands = d.hands(r.set)
	return r, nil
}

func (r *rehearsal) done() { letGo(r.hands) }

func (r *rehearsal) of(h *hand) *harden.Rehearsal {
	if r.by[h] != nil {
		return r.by[h]
	}
	readers := map[string]harden.Reader{}
	for kind, s := range h.stores {
		readers[kind] = s
	}
	r.by[h] = &harden.Rehearsal{Owner: h.owner, Stores: readers, Waits: r.waits}
	return r.by[h]
}

func (r *rehearsal) apply(ctx context.Context, c plan.Change) localapi.Result {
	h := handOf(r.hands, c.User)
	if res, ok := h.blocked(c, 0); ok {
		return res
	}
	return told(r.of(h).Apply(ctx, plan.Plan{Changes: []plan.Change{c}})[0])
}

func (r *rehearsal) undo(ctx context.Context, e state.Entry) localapi.Result {
	h := handOf(r.hands, e.Change.User)
	if res, ok := h.blocked(e.Change, e.ID); ok {
		return res
	}
	return told(r.of(h).Undo(ctx, []state.Entry{e})[0])
}

// glimpse is the last look that was taken, and says by it what changes wait for.
type glimpse struct {
	set   fact.Set
	at    time.Time // when it began
	again func(context.Context, func(string)) (fact.Set, error)
}

// freshness is how old a look may be that a change rests on.
const freshness = time.Second

func (g *glimpse) take(ctx context.Context, d *Desk) (err error) {
	g.again, g.at = d.look, time.Now()
	g.set, err = d.collect(ctx)
	return err
}

// waits is what a change has to wait for now. Where nobody can look, that is a
// call that may be on.
func (g *glimpse) waits(ctx context.Context, c plan.Change) []plan.Wait {
	if time.Since(g.at) > freshness {
		begun := time.Now()
		set, err := g.again(ctx, nil)
		if err != nil {
			return []plan.Wait{{Kind: plan.WaitCall, Name: c.Client}}
		}
		g.set, g.at = set, begun
	}
	return plan.Waits(g.set, c)
}
