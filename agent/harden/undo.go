package harden

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
)

var (
	errOtherHome  = errors.New("it was done in another home; this one has its name only")
	errNotDone    = errors.New("there is nothing to take back")
	errLater      = errors.New("a later change stands on it, and has to be taken back first")
	errUnsettled  = errors.New("an earlier change of it broke off, and cannot be settled yet")
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
	newest, err := e.standing(ctx, c, now, entry.ID)
	switch {
	case err != nil:
		return ends(c, entry.ID, Refused, err)
	case newest.ID < entry.ID:
		return ends(c, entry.ID, Refused, errNotDone)
	case newest.ID > entry.ID:
		return ends(c, entry.ID, Refused, errLater)
	case !now.Same(entry.Step.Written):
		return e.mark(ctx, entry, state.Superseded, Superseded, errSuperseded)
	}
	if err := e.lift(ctx, store, &entry); err != nil {
		return ends(c, entry.ID, Failed, err)
	}
	if err := e.Journal.Mark(ctx, entry.ID, state.Undoing, e.Actor, "", e.Now()); err != nil {
		return ends(c, entry.ID, Failed, err)
	}
	return e.takeBack(ctx, store, entry)
}

// standing is the newest entry of a place whose value stands there, or the one
// of that number if none newer does; none: zero. Changes of one place stand on
// each other. Where somebody else wrote over the newest, the one below is again
// what counts, and the newest is marked as what it is: were it not, it could
// later be taken back for another's value that happens to be the same. Where one
// is still on the way, nobody knows yet what the next would stand on.
func (e *Executor) standing(ctx context.Context, c plan.Change, now plan.Standing, id int64) (state.Entry, error) {
	entries, err := e.Journal.Entries(ctx, state.Filter{Place: &c, Statuses: []state.Status{state.Done, state.Intent, state.Undoing}})
	if err != nil {
		return state.Entry{}, err
	}
	for _, entry := range entries {
		switch {
		case entry.UID != e.Owner.UID || entry.Home != e.Owner.Home:
			continue
		case entry.Status != state.Done:
			return state.Entry{}, errUnsettled
		case entry.ID <= id || now.Same(entry.Step.Written):
			return entry, nil
		}
		if err := e.Journal.Mark(ctx, entry.ID, state.Superseded, e.Actor, errSuperseded.Error(), e.Now()); err != nil {
			return state.Entry{}, err
		}
	}
	return state.Entry{}, nil
}

// lift has the journal know how an entry, and later ones in the same file, are
// taken back where it goes from beneath them. Until it does, their old way holds.
func (e *Executor) lift(ctx context.Context, store Store, entry *state.Entry) error {
	stacked, ok := store.(Stacked)
	if !ok {
		return nil
	}
	ids, made, err := e.from(ctx, entry)
	if err != nil || len(made) < 2 {
		return err
	}
	steps, err := stacked.Lift(ctx, made)
	if err != nil {
		return err
	}
	for i, s := range steps {
		if err := e.Journal.Amend(ctx, ids[i], s); err != nil {
			return err
		}
		if ids[i] == entry.ID {
			entry.Step = s
		}
	}
	return nil
}

// from are the changes made in the same path from an entry on.
func (e *Executor) from(ctx context.Context, entry *state.Entry) (ids []int64, made []Made, err error) {
	entries, err := e.Journal.Entries(ctx, state.Filter{Statuses: []state.Status{state.Done}})
	for _, l := range slices.Backward(entries) {
		at := l.Change.At
		if l.ID >= entry.ID && l.UID == entry.UID && l.Home == entry.Home && at.Store == entry.Change.At.Store && at.Path == entry.Change.At.Path {
			ids, made = append(ids, l.ID), append(made, Made{at, l.Step})
		}
	}
	return ids, made, err
}

// takeBack undoes an entry that the journal has as being undone.
func (e *Executor) takeBack(ctx context.Context, store Store, entry state.Entry) Result {
	c := entry.Change
	undoErr := store.Undo(ctx, c.At, entry.Step)
	switch {
	case errors.Is(undoErr, ErrGone):
		return e.mark(ctx, entry, state.Superseded, Superseded, ErrGone)
	case errors.Is(undoErr, ErrLeft): // left at undoing: settled when that can be cleared away
		return ends(c, entry.ID, Failed, undoErr)
	}
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
	err := store.Settle(ctx, c.At, entry.Step)
	if errors.Is(err, ErrGone) {
		return e.mark(ctx, entry, state.Superseded, Superseded, ErrGone)
	}
	if err != nil {
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
