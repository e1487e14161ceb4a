package agent

import (
	"context"
	"errors"
	"slices"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
)

// heard is a worker as root hears it. Its person may have bent it to their will:
// an answer that speaks of anybody else's places is none, and what it says of
// the person's own is shown as their word.
type heard struct {
	Worker
	user string
}

var errNotTheirs = errors.New("the worker speaks of somebody else's settings")

// Plan asks the worker for its person's plan.
func (h *heard) Plan(ctx context.Context, q localapi.PlanRequest) (plan.Plan, error) {
	p, err := h.Worker.Plan(ctx, q)
	if err != nil {
		return plan.Plan{}, err
	}
	for _, c := range p.Changes {
		if c.User != h.user {
			return plan.Plan{}, errNotTheirs
		}
	}
	for _, l := range p.Left {
		if l.User != h.user {
			return plan.Plan{}, errNotTheirs
		}
	}
	return p, nil
}

// Apply has the worker carry out a plan.
func (h *heard) Apply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	results, err := h.Worker.Apply(ctx, q)
	return h.own(results, err)
}

// RehearseApply asks what would become of it.
func (h *heard) RehearseApply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	results, err := h.Worker.RehearseApply(ctx, q)
	return h.own(results, err)
}

// Undo has the worker take entries of its person's journal back.
func (h *heard) Undo(ctx context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	results, err := h.Worker.Undo(ctx, q)
	return h.own(results, err)
}

// RehearseUndo asks what would become of them.
func (h *heard) RehearseUndo(ctx context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	results, err := h.Worker.RehearseUndo(ctx, q)
	return h.own(results, err)
}

// Enforce has the worker put back what policy enforces.
func (h *heard) Enforce(ctx context.Context, q localapi.EnforceRequest) ([]localapi.Result, error) {
	results, err := h.Worker.Enforce(ctx, q)
	return h.own(results, err)
}

func (h *heard) own(results []localapi.Result, err error) ([]localapi.Result, error) {
	if err == nil && slices.ContainsFunc(results, func(r localapi.Result) bool { return r.Change.User != h.user }) {
		return nil, errNotTheirs
	}
	return results, err
}

// Held asks the worker how what policy enforces stands there.
func (h *heard) Held(ctx context.Context, q localapi.HeldRequest) (localapi.Held, error) {
	held, err := h.Worker.Held(ctx, q)
	if err == nil && slices.ContainsFunc(held.Drift, func(d localapi.Drift) bool { return d.Change.User != h.user }) {
		return localapi.Held{}, errNotTheirs
	}
	return held, err
}

// History asks the worker for its person's journal.
func (h *heard) History(ctx context.Context, q localapi.HistoryRequest) ([]localapi.Entry, error) {
	entries, err := h.Worker.History(ctx, q)
	if err == nil && slices.ContainsFunc(entries, func(e localapi.Entry) bool { return e.Change.User != h.user }) {
		return nil, errNotTheirs
	}
	return entries, err
}

var errUnasked = errors.New("the worker speaks of what it was not asked about")

// inOurWords is a person's plan with root's own words for every change: of what
// a worker says, only what stands at a place, and where, is taken. seen are the
// changes that root saw.
func inOurWords(p plan.Plan, seen []plan.Change) (plan.Plan, error) {
	p.Changes = slices.Clone(p.Changes)
	for i := range p.Changes {
		c := &p.Changes[i]
		at := slices.IndexFunc(seen, func(s plan.Change) bool { return s.Finding == c.Finding })
		if at < 0 {
			return plan.Plan{}, errUnasked
		}
		s := seen[at]
		s.ID, s.At, s.Before, s.After, s.Waits = c.ID, c.At, c.Before, c.After, c.Waits
		*c = s
	}
	for _, l := range p.Left {
		if !slices.ContainsFunc(seen, func(s plan.Change) bool { return s.Finding == l.Finding && s.Check == l.Check }) {
			return plan.Plan{}, errUnasked
		}
	}
	return p, nil
}

// silent are the findings of which a person's plan says nothing.
func silent(p plan.Plan, seen []plan.Change) []plan.Change {
	return slices.DeleteFunc(slices.Clone(seen), func(s plan.Change) bool {
		return slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Finding == s.Finding }) ||
			slices.ContainsFunc(p.Left, func(l plan.Left) bool { return l.Finding == s.Finding })
	})
}

var (
	errSilent = errors.New("the worker says nothing of it")
	errAsked  = errors.New("the worker says that it would do it, and it was to do it")
)

// answers are the results of these very changes, one each, in their order. Of
// what a worker says of a change, what became of it is taken, and not what the
// change is; where it says nothing, it failed.
func answers(changes []plan.Change, results []localapi.Result) []localapi.Result {
	out := make([]localapi.Result, 0, len(changes))
	for _, c := range changes {
		r := localapi.Result{Outcome: string(harden.Failed), Why: errSilent.Error()}
		if i := slices.IndexFunc(results, func(r localapi.Result) bool { return r.Change.ID == c.ID }); i >= 0 {
			r = results[i]
		}
		r.Change = c
		out = append(out, r)
	}
	return out
}

// done are answers to an order: what was only rehearsed was not done.
func done(results []localapi.Result) []localapi.Result {
	for i := range results {
		if r := &results[i]; r.Outcome == string(harden.Planned) {
			r.Outcome, r.Why = string(harden.Failed), errAsked.Error()
		}
	}
	return results
}
