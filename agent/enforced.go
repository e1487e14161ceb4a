package agent

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

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
	return plan.Draft(plan.Input{Facts: set, Findings: d.judge(set), Catalogue: d.Catalogue, Policy: d.Policy, Enforced: true})
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
		entries, err := w.journal.Entries(ctx, state.Filter{Place: &c})
		if err != nil {
			return results, fmt.Errorf("reading the journal: %w", err)
		}
		if enforce.Stopped(c, entries) {
			results = append(results, localapi.Result{Change: c, Outcome: string(harden.Fought)})
			continue
		}
		results = append(results, w.apply(ctx, p.Digest, c))
	}
	return results, nil
}

// Standing is how what policy enforces stands at this Desk: what is not so, each
// with what it waits for, and what is fought over. It changes nothing.
func (d *Desk) Standing(ctx context.Context) ([]localapi.Result, error) {
	journal, err := d.readJournal(ctx)
	if err != nil {
		return nil, err
	}
	defer journal.Close()
	set, err := d.collect(ctx)
	if err != nil {
		return nil, err
	}
	results := []localapi.Result{}
	p := d.enforced(set)
	if d.Own {
		p = d.mine(set, p)
	}
	for _, c := range p.Changes {
		r := localapi.Result{Change: c, Outcome: string(harden.Drifted)}
		entries, err := journal.Entries(ctx, state.Filter{Place: &c})
		switch {
		case err != nil:
			return nil, err
		case enforce.Stopped(c, entries):
			r.Outcome = string(harden.Fought)
		case len(c.Waits) > 0:
			r.Outcome, r.Waits = string(harden.Waiting), c.Waits
		}
		results = append(results, r)
	}
	return results, nil
}

// watchPlaces are the files in which what policy enforces stands, or could: a
// change there may be a drift.
func watchPlaces(set fact.Set, pol policy.Policy) []string {
	var files []string
	for i := range set.Facts {
		f := &set.Facts[i]
		if pol.Mode(checkOf(f)) != policy.Enforce {
			continue
		}
		for _, at := range f.At {
			files = append(files, fileOf(set, f, at)...)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// checkOf is the id of the check that a fact is judged by.
func checkOf(f *fact.Fact) string {
	switch {
	case strings.Contains(f.Name, "/"): // a setting, or a leftover: the id itself
		return f.Name
	case f.Kind == fact.Permission:
		return f.Client + "/permission/" + f.Name
	}
	return f.Client + "/exposure/" + f.Name
}

// fileOf is the file that a place stands in, if it is in one.
func fileOf(set fact.Set, f *fact.Fact, at fact.At) []string {
	switch {
	case at.Store == "portal": // the table is a file of the person's
		i := slices.IndexFunc(set.Users, func(u fact.User) bool { return u.Name == f.User })
		if i >= 0 {
			return []string{filepath.Join(set.Users[i].Home, ".local/share/flatpak/db", at.Path)}
		}
	case filepath.IsAbs(at.Path):
		return []string{at.Path}
	}
	return nil
}
