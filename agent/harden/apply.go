package harden

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// Executor applies changes to one owner's places and takes them back. Only one
// works on an owner's places at a time: its caller holds the state folder's lock.
type Executor struct {
	Owner Owner
	// Stores are by the word of fact.At.Store.
	Stores  map[string]Store
	Journal *state.Journal
	// Waits says what a change has to wait for right now.
	Waits func(context.Context, plan.Change) []plan.Wait
	// Actor is who asks.
	Actor string
	Now   func() time.Time
}

// Apply carries out a plan, change by change, and says what became of each.
// A change that fails does not keep the others from being made. An interrupt
// ends it between two changes, never within one.
func (e *Executor) Apply(ctx context.Context, p plan.Plan) []Result {
	results := make([]Result, 0, len(p.Changes))
	for _, c := range p.Changes {
		if err := ctx.Err(); err != nil {
			results = append(results, ends(c, 0, Refused, errInterrupted))
			continue
		}
		results = append(results, e.apply(context.WithoutCancel(ctx), p.Digest, c))
	}
	return results
}

var (
	errInterrupted = errors.New("interrupted before it began")
	errNotExpected = errors.New("what stands there is not what was expected")
	errNoStore     = errors.New("nothing here can change such a place")
	errNotOwner    = errors.New("it belongs to somebody else")
)

// tries is how often a change is prepared again because somebody wrote
// between reading and changing.
const tries = 3

func (e *Executor) apply(ctx context.Context, digest string, c plan.Change) Result {
	store, r := e.admit(ctx, c)
	if store == nil {
		return r
	}
	for range tries {
		if r = e.attempt(ctx, store, digest, c); r.Outcome != Refused || !errors.Is(r.cause, ErrMoved) {
			break
		}
	}
	return r
}

// admit finds the store of a change that may be made now, or says why not.
func (e *Executor) admit(ctx context.Context, c plan.Change) (Store, Result) {
	if c.User != e.Owner.User {
		return nil, ends(c, 0, Forbidden, errNotOwner)
	}
	store := e.Stores[c.At.Store]
	if store == nil {
		return nil, ends(c, 0, Refused, errNoStore)
	}
	if Secret(c.At) {
		return nil, ends(c, 0, Refused, errSecret)
	}
	if w := e.Waits(ctx, c); len(w) > 0 {
		return nil, Result{Change: c, Outcome: Waiting, Waits: w}
	}
	return store, Result{}
}

// attempt prepares a change from what stands there now, and makes it.
func (e *Executor) attempt(ctx context.Context, store Store, digest string, c plan.Change) Result {
	step, err := prepare(ctx, store, c)
	if err != nil {
		return ends(c, 0, Refused, err)
	}
	if step.Prior.Same(step.Written) {
		return ends(c, 0, Already, nil)
	}
	if _, err := e.standing(ctx, c, step.Prior, 0); err != nil {
		return ends(c, 0, Refused, err)
	}
	entry := state.Entry{Plan: digest, Change: c, Step: step, Actor: e.Actor, UID: e.Owner.UID, Home: e.Owner.Home, At: e.Now()}
	if entry.ID, err = e.Journal.Intend(ctx, entry); err != nil {
		return ends(c, 0, Failed, err)
	}
	return e.do(ctx, store, entry)
}

// prepare reads a place, sees that it is as expected and draws up the step.
func prepare(ctx context.Context, store Reader, c plan.Change) (plan.Step, error) {
	now, err := store.Read(ctx, c.At)
	if err != nil {
		return plan.Step{}, fmt.Errorf("reading it: %w", err)
	}
	step, err := store.Prepare(ctx, c.At, now, c.After)
	if err != nil {
		return plan.Step{}, err
	}
	if !step.Prior.Same(step.Written) && !expected(c, now) {
		return plan.Step{}, errNotExpected
	}
	if !step.Prior.Same(step.Written) && HoldsSecret(now.Value) {
		return plan.Step{}, errHolds
	}
	return step, nil
}

// expected says whether what stands there is what the plan showed. Of a value
// that could only be shown in part, only that one is there can be compared.
func expected(c plan.Change, now plan.Standing) bool {
	switch {
	case c.Before.State == "":
		return true
	case now.Present != (c.Before.State == fact.Present):
		return false
	case !now.Present || !c.Before.Whole || c.Type == "":
		return true
	}
	want, ok := catalogue.Coerce(c.Type, c.Before.Value)
	have, ok2 := catalogue.Coerce(c.Type, now.Value)
	return ok && ok2 && reflect.DeepEqual(want, have)
}

// do makes a journalled change and reads it back.
func (e *Executor) do(ctx context.Context, store Store, entry state.Entry) Result {
	c := entry.Change
	doErr := store.Do(ctx, c.At, entry.Step)
	switch {
	case errors.Is(doErr, ErrMoved):
		return e.mark(ctx, entry, state.Dropped, Refused, doErr)
	case errors.Is(doErr, ErrLeft): // left at intent: settled when that can be cleared away
		return ends(c, entry.ID, Failed, doErr)
	}
	now, err := store.Read(ctx, c.At)
	switch {
	case err != nil: // left at intent: settled when it can be read again
		return ends(c, entry.ID, Failed, errors.Join(doErr, fmt.Errorf("reading it back: %w", err)))
	case now.Same(entry.Step.Written) && doErr == nil:
		return e.mark(ctx, entry, state.Done, Applied, nil)
	case now.Same(entry.Step.Prior) && doErr != nil:
		return e.clear(ctx, store, entry, state.Dropped, Refused, doErr)
	}
	return e.rollBack(ctx, store, entry, errors.Join(doErr, errNotTaken))
}

var errNotTaken = errors.New("it did not take, and was put back")

// rollBack takes back a change that did not take wholly.
func (e *Executor) rollBack(ctx context.Context, store Store, entry state.Entry, why error) Result {
	undoErr := store.Undo(ctx, entry.Change.At, entry.Step)
	now, err := store.Read(ctx, entry.Change.At)
	switch {
	case err != nil:
		return ends(entry.Change, entry.ID, Failed, errors.Join(why, undoErr, err))
	case now.Same(entry.Step.Prior):
		return e.clear(ctx, store, entry, state.RolledBack, RolledBack, why)
	case now.Same(entry.Step.Written):
		return ends(entry.Change, entry.ID, Failed, errors.Join(why, undoErr)) // left at intent
	}
	return e.mark(ctx, entry, state.Superseded, Superseded, ErrMoved)
}

// clear marks an entry whose value stands as before, once nothing of what was
// tried is left beside it. While something is, the entry stays on the way, and
// is settled later.
func (e *Executor) clear(ctx context.Context, store Store, entry state.Entry, s state.Status, o Outcome, why error) Result {
	if err := store.Settle(ctx, entry.Change.At, entry.Step); err != nil {
		return ends(entry.Change, entry.ID, Failed, errors.Join(why, err))
	}
	return e.mark(ctx, entry, s, o, why)
}

// mark brings the journal up to what was seen.
func (e *Executor) mark(ctx context.Context, entry state.Entry, s state.Status, o Outcome, why error) Result {
	text := ""
	if why != nil {
		text = why.Error()
	}
	if err := e.Journal.Mark(ctx, entry.ID, s, e.Actor, text, e.Now()); err != nil {
		return ends(entry.Change, entry.ID, Failed, errors.Join(why, err))
	}
	return ends(entry.Change, entry.ID, o, why)
}
