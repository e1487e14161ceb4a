package harden

import (
	"context"

	"huddleguard/agent/harden/plan"
)

// Rehearsal goes through a plan as an Executor would and changes nothing: it
// has no journal, and of each store only the half that reads.
type Rehearsal struct {
	Owner  Owner
	Stores map[string]Reader
	Waits  func(context.Context, plan.Change) []plan.Wait
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
	store := r.Stores[c.At.Store]
	switch {
	case c.User != r.Owner.User:
		return ends(c, 0, Forbidden, errNotOwner)
	case store == nil:
		return ends(c, 0, Refused, errNoStore)
	case Secret(c.At):
		return ends(c, 0, Refused, errSecret)
	}
	if w := r.Waits(ctx, c); len(w) > 0 {
		return Result{Change: c, Outcome: Waiting, Waits: w}
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
