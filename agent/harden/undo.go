package harden

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"huddleguard/agent/state"
)

var (
	errOtherHome  = errors.New("it was done in another home; this one has its name only")
	errNotDone    = errors.New("there is nothing to take back")
	errSuperseded = errors.New("somebody else wrote there since, and that is left as it is")
)

// Undo takes entries back, the newest first. What somebody else wrote since is
// left alone and said.
func (e *Executor) Undo(ctx context.Context, entries []state.Entry) []Result {
	results := make([]Result, 0, len(entries))
	for _, entry := range newestFirst(entries) {
		if ctx.Err() != nil {
			results = append(results, ends(entry.Change, entry.ID, Refused, errInterrupted))
			continue
		}
		results = append(results, e.undo(context.WithoutCancel(ctx), entry))
	}
	return results
}

func newestFirst(entries []state.Entry) []state.Entry {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b state.Entry) int { return cmp.Compare(b.ID, a.ID) })
	return entries
}

func (e *Executor) undo(ctx context.Context, entry state.Entry) Result {
	c := entry.Change
	if entry.Status != state.Done {
		return ends(c, entry.ID, Refused, errNotDone)
	}
	if entry.UID != e.Owner.UID || entry.Home != e.Owner.Home {
		return ends(c, entry.ID, Refused, errOtherHome)
	}
	store, r := e.admit(ctx, c)
	if store == nil {
		r.Entry = entry.ID
		return r
	}
	now, err := store.Read(ctx, c.At)
	if err != nil {
		return ends(c, entry.ID, Failed, fmt.Errorf("reading it: %w", err))
	}
	if !now.Same(entry.Step.Written) {
		return e.mark(ctx, entry, state.Superseded, Superseded, errSuperseded)
	}
	if err := e.Journal.Mark(ctx, entry.ID, state.Undoing, e.Actor, "", e.Now()); err != nil {
		return ends(c, entry.ID, Failed, err)
	}
	return e.takeBack(ctx, store, entry)
}

// takeBack undoes an entry that the journal has as being undone.
func (e *Executor) takeBack(ctx context.Context, store Store, entry state.Entry) Result {
	c := entry.Change
	undoErr := store.Undo(ctx, c.At, entry.Step)
	now, err := store.Read(ctx, c.At)
	switch {
	case err != nil: // left at undoing: settled when it can be read again
		return ends(c, entry.ID, Failed, errors.Join(undoErr, fmt.Errorf("reading it back: %w", err)))
	case now.Same(entry.Step.Prior) && undoErr != nil:
		return e.clear(ctx, store, entry, state.Undone, Undone, nil)
	case now.Same(entry.Step.Prior):
		return e.mark(ctx, entry, state.Undone, Undone, nil)
	case now.Same(entry.Step.Written):
		return e.mark(ctx, entry, state.Done, Failed, errors.Join(undoErr, errors.New("it could not be taken back, and stands as before")))
	}
	return e.mark(ctx, entry, state.Superseded, Superseded, errSuperseded)
}

// Settle brings entries that a crash left on the way into agreement with what
// stands at their places, and clears away what was left beside those. It is
// called before anything else is done. An entry whose place cannot be read
// stays as it is and is in the results.
func (e *Executor) Settle(ctx context.Context) ([]Result, error) {
	entries, err := e.Journal.Entries(ctx, state.Filter{Statuses: []state.Status{state.Intent, state.Undoing}})
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, entry := range entries {
		if entry.UID == e.Owner.UID && entry.Home == e.Owner.Home {
			results = append(results, e.settle(context.WithoutCancel(ctx), entry))
		}
	}
	return results, nil
}

func (e *Executor) settle(ctx context.Context, entry state.Entry) Result {
	c := entry.Change
	store := e.Stores[c.At.Store]
	if store == nil {
		return ends(c, entry.ID, Failed, errNoStore)
	}
	if err := store.Settle(ctx, c.At, entry.Step); err != nil {
		return ends(c, entry.ID, Failed, err)
	}
	now, err := store.Read(ctx, c.At)
	undoing := entry.Status == state.Undoing
	switch {
	case err != nil:
		return ends(c, entry.ID, Failed, fmt.Errorf("reading it: %w", err))
	case now.Same(entry.Step.Written) && undoing:
		return e.mark(ctx, entry, state.Done, Refused, errors.New("the undoing broke off; it stands as before"))
	case now.Same(entry.Step.Written):
		return e.mark(ctx, entry, state.Done, Applied, nil)
	case now.Same(entry.Step.Prior) && undoing:
		return e.mark(ctx, entry, state.Undone, Undone, nil)
	case now.Same(entry.Step.Prior):
		return e.mark(ctx, entry, state.Dropped, Refused, errors.New("it broke off before anything was changed"))
	}
	return e.mark(ctx, entry, state.Superseded, Superseded, errSuperseded)
}
