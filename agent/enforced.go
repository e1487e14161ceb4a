package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"huddleguard/agent/enforce"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

// enforced is what policy enforces and is not so, as a look saw it.
func (d *Desk) enforced(set fact.Set) plan.Plan {
	p := plan.Draft(plan.Input{Facts: set, Findings: d.judge(set), Catalogue: d.Catalogue, Policy: d.Policy, Enforced: true})
	if d.Own {
		p = d.mine(set, p)
	}
	return p
}

// Enforce puts back what policy enforces at this Desk, and leaves alone what is
// fought over. It takes nothing from outside: what is enforced stands in files
// that only root could have written.
func (d *Desk) Enforce(ctx context.Context, _ localapi.EnforceRequest) ([]localapi.Result, error) {
	w, err := d.sitDown(ctx)
	if err != nil {
		return nil, err
	}
	defer w.done()
	p := d.mine(w.set, d.enforced(w.set))
	results := []localapi.Result{}
	for _, c := range p.Changes {
		stopped, err := fought(ctx, w.journal, c)
		switch {
		case err != nil:
			return results, err
		case stopped:
			results = append(results, localapi.Result{Change: c, Outcome: string(harden.Fought)})
		default:
			results = append(results, w.apply(ctx, p.Digest, c))
		}
	}
	return results, nil
}

// fought says whether a change is fought over, by a journal.
func fought(ctx context.Context, j entries, c plan.Change) (bool, error) {
	all, err := j.Entries(ctx, state.Filter{Place: &c})
	if err != nil {
		return false, fmt.Errorf("reading the journal: %w", err)
	}
	return enforce.Stopped(c, all), nil
}

// Held is how what policy enforces stands at this Desk, and in everybody's sight
// of it where Own is not set: then what is fought over is known of its own places
// only, since everybody has a journal of their own.
func (d *Desk) Held(ctx context.Context, _ localapi.HeldRequest) (localapi.Held, error) {
	journal, err := d.readJournal(ctx)
	if err != nil {
		return localapi.Held{}, err
	}
	defer journal.Close()
	set, err := d.collect(ctx)
	if err != nil {
		return localapi.Held{}, err
	}
	p := d.enforced(set)
	held := localapi.Held{Drift: []localapi.Drift{}, Unseen: p.Left, Places: d.places(set)}
	for _, c := range p.Changes {
		stopped, err := fought(ctx, journal, c)
		if err != nil {
			return localapi.Held{}, err
		}
		held.Drift = append(held.Drift, driftOf(c, stopped))
	}
	return held, nil
}

func driftOf(c plan.Change, stopped bool) localapi.Drift {
	out := localapi.Drift{Result: localapi.Result{Change: c, Outcome: string(harden.Drifted)}}
	switch {
	case stopped:
		out.Outcome = string(harden.Fought)
	case len(c.Waits) > 0:
		out.Outcome, out.Waits = string(harden.Waiting), c.Waits
	}
	for _, w := range c.Waits {
		out.PIDs = append(out.PIDs, w.PIDs...)
	}
	return out
}

// Held is how what policy enforces stands everywhere: root's Desk sees it all,
// and each person's worker knows what is fought over there. A worker is asked
// only where something is about to be put back.
func (o *Office) Held(ctx context.Context, q localapi.HeldRequest) (localapi.Held, error) {
	whole := *o.desk
	whole.Own = false
	held, err := whole.Held(ctx, q)
	if err != nil {
		return held, err
	}
	theirs := map[string][]localapi.Drift{}
	for i := range held.Drift {
		d := &held.Drift[i]
		user := d.Change.User
		if user == "" || user == rootName || d.Outcome != string(harden.Drifted) {
			continue
		}
		if _, asked := theirs[user]; !asked {
			theirs[user] = o.driftOf(ctx, user)
		}
		if slices.ContainsFunc(theirs[user], func(t localapi.Drift) bool {
			return t.Change.ID == d.Change.ID && t.Outcome == string(harden.Fought)
		}) {
			d.Outcome = string(harden.Fought)
		}
	}
	return held, nil
}

// driftOf is a person's own word on what drifted there; none where there is none
// to be had.
func (o *Office) driftOf(ctx context.Context, user string) []localapi.Drift {
	w, err := o.Person(ctx, user)
	if err != nil {
		return nil
	}
	theirs, err := w.Held(ctx, localapi.HeldRequest{})
	if err != nil {
		return nil
	}
	return theirs.Drift
}

// errEnforced: it would be put back at once, and count as a fight.
var errEnforced = errors.New("your organisation's policy enforces it; the policy has to change first")

// locked says whether an entry is of what policy enforces: no person's undo
// lifts that.
func (d *Desk) locked(e state.Entry) (localapi.Result, bool) {
	if d.Policy.Mode(e.Change.Check) != policy.Enforce || e.Status != state.Done {
		return localapi.Result{}, false
	}
	return localapi.Result{Change: e.Change, Entry: e.ID, Outcome: string(harden.Refused), Why: errEnforced.Error()}, true
}
