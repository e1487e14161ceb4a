package harden

import (
	"context"
	"fmt"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// Rehearsal goes through a plan as an Executor would and changes nothing: it
// has no journal, and of each store only the half that reads.
type Rehearsal struct {
	Owner  Owner
	Stores map[string]Reader
	Waits  func(context.Context, plan.Change) []plan.Wait
	// left are the places where an entry was taken back, in word, with it: what
	// lies beneath would then stand there.
	left map[fact.At]state.Entry
}

// Apply says what would become of each change.
func (r *Rehearsal) Apply(ctx context.Context, p plan.Plan) []Result {
	results := make([]Result, 0, len(p.Changes))
	for _, c := range p.Changes {
		results = append(results, r.rehearse(ctx, c))
	}
	return results
}

func (r *Rehearsal) rehearse(ctx context.Context, c plan.Change) Result {
	store, res := r.admit(ctx, c)
	if store == nil {
		return res
	}
	step, err := prepare(ctx, store, c)
	switch {
	case err != nil:
		return ends(c, 0, Refused, err)
	case step.Prior.Same(step.Written):
		return ends(c, 0, Already, nil)
	}
	return ends(c, 0, Planned, nil)
}

// admit finds the half of a store that reads, or says why there would be no change.
func (r *Rehearsal) admit(ctx context.Context, c plan.Change) (Reader, Result) {
	store := r.Stores[c.At.Store]
	switch {
	case c.User != r.Owner.User:
		return nil, ends(c, 0, Forbidden, errNotOwner)
	case store == nil:
		return nil, ends(c, 0, Refused, errNoStore)
	case Secret(c.At):
		return nil, ends(c, 0, Refused, errSecret)
	}
	if w := r.Waits(ctx, c); len(w) > 0 {
		return nil, Result{Change: c, Outcome: Waiting, Waits: w}
	}
	return store, Result{}
}

// Undo says what would become of taking entries back, the newest first: each
// finds what those before it would leave.
func (r *Rehearsal) Undo(ctx context.Context, entries []state.Entry) []Result {
	results := make([]Result, 0, len(entries))
	if r.left == nil {
		r.left = map[fact.At]state.Entry{}
	}
	for _, entry := range newestFirst(entries) {
		res := r.rehearseUndo(ctx, entry)
		if res.Entry = entry.ID; res.Outcome == Planned {
			r.left[entry.Change.At] = entry
		}
		results = append(results, res)
	}
	return results
}

func (r *Rehearsal) rehearseUndo(ctx context.Context, entry state.Entry) Result {
	c := entry.Change
	broken := entry.Status == state.Intent || entry.Status == state.Undoing // settled by what stands there
	if entry.Status != state.Done && !broken {
		return ends(c, entry.ID, Refused, errNotDone)
	}
	if entry.UID != r.Owner.UID || entry.Home != r.Owner.Home {
		return ends(c, entry.ID, Refused, errOtherHome)
	}
	store, res := r.admit(ctx, c)
	if store == nil {
		return res
	}
	now, err := store.Read(ctx, c.At)
	if newer, ok := r.left[c.At]; ok && newer.ID > entry.ID {
		now = newer.Step.Prior
	}
	switch {
	case err != nil:
		return ends(c, entry.ID, Failed, fmt.Errorf("reading it: %w", err))
	case broken && now.Same(entry.Step.Prior):
		return ends(c, entry.ID, Refused, errNotDone)
	case !now.Same(entry.Step.Written):
		return ends(c, entry.ID, Superseded, errSuperseded)
	}
	return ends(c, entry.ID, Planned, nil)
}
