// Package agent joins the rooms: what was read from this computer, what is
// judged of it, the plan drawn up from that, and the executor that carries it
// out. It is the only room that knows them all.
package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"huddleguard/agent/call"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/state"
	"huddleguard/checks"
	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host"
	"huddleguard/checks/host/system"
	"huddleguard/checks/policy"
)

// Options are what a Desk judges by, and for whom it works.
type Options struct {
	Catalogue  *catalogue.Catalogue
	Policy     policy.Policy
	Waivers    []policy.Waiver    // of whoever runs this
	Advisories *advisory.Database // nil: none are held
	// Actor is who asks, for the journal.
	Actor string
	// Own leaves out of plans what this Desk may not change. Without it that is
	// shown, and not permitted.
	Own bool
	// Calls are calls that somebody who watches knows to be on.
	Calls []call.Person
	// Progress, if not nil, is told the name of each part of a look as it begins.
	Progress func(string)
}

// Desk is where one owner's places are worked on: a person's, by that person;
// the machine's, and root's own home, by root. It looks at the host by itself
// and draws plans up by itself; from outside come ids and a digest.
type Desk struct {
	Options
	uid string
	dir string // the owner's state folder
	// machine is the machine's.
	machine string
	// look, hands and now are the host, the stores and the clock, for tests to replace.
	look  func(context.Context, func(string)) (fact.Set, error)
	hands func(fact.Set) []*hand
	now   func() time.Time
}

// NewDesk is the Desk of whoever runs this.
func NewDesk(o Options) *Desk {
	d := &Desk{Options: o, uid: strconv.Itoa(os.Geteuid()), dir: state.Own(), machine: state.Machine(), now: time.Now}
	d.look, d.hands = d.liveLook, d.liveHands
	return d
}

// lookTime bounds a whole look.
const lookTime = time.Minute

// errLong: who did not come to the end of a look has not seen every client, and so
// not whether one is in a call.
var errLong = fmt.Errorf("it took longer than %v, and was broken off", lookTime)

func (d *Desk) liveLook(ctx context.Context, progress func(string)) (fact.Set, error) {
	sys, err := system.Live()
	if err != nil {
		return fact.Set{}, err
	}
	defer sys.Close()
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	set := host.Collect(ctx, sys, d.Catalogue, d.now(), progress)
	call.Complete(ctx, d.Catalogue, &set)
	call.Hold(set.Installations, d.Calls, call.IDs(&set))
	return set, brokenOff(ctx)
}

func brokenOff(ctx context.Context) error {
	if ctx.Err() != nil {
		return errLong
	}
	return nil
}

// collect looks. A look that was broken off is none to work from.
func (d *Desk) collect(ctx context.Context) (fact.Set, error) {
	set, err := d.look(ctx, d.Progress)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fact.Set{}, fmt.Errorf("looking at this computer: %w", err)
	}
	return set, nil
}

func (d *Desk) judge(set fact.Set) []checks.Finding {
	self, _ := d.self(set)
	return checks.Evaluate(checks.Input{Facts: set, Catalogue: d.Catalogue, Policy: d.Policy, Person: self.Name, Waivers: d.Waivers,
		Now: d.now(), Advisories: d.Advisories})
}

// Plan looks, and draws up what would mend what is asked for.
func (d *Desk) Plan(ctx context.Context, q localapi.PlanRequest) (plan.Plan, error) {
	set, err := d.collect(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	return d.draft(set, q.IDs)
}

// draft draws up the plan that is shown for these ids.
func (d *Desk) draft(set fact.Set, ids []string) (plan.Plan, error) {
	p, err := d.whole(set, ids)
	if d.Own {
		p = d.mine(set, p)
	}
	return p, err
}

// whole is the plan of everything in sight, whoever may carry it out.
func (d *Desk) whole(set fact.Set, ids []string) (plan.Plan, error) {
	findings := d.judge(set)
	if err := d.known(findings, ids); err != nil {
		return plan.Plan{}, err
	}
	return plan.Draft(plan.Input{Facts: set, Findings: findings, Catalogue: d.Catalogue, Policy: d.Policy, IDs: ids}), nil
}

// known refuses ids that are none, or that nothing here has.
func (d *Desk) known(findings []checks.Finding, ids []string) error {
	for _, id := range ids {
		check, _, _ := strings.Cut(id, "|")
		if _, ok := d.Catalogue.Find(check); !ok {
			return &localapi.Refusal{Reason: localapi.UnknownID, ID: check, Text: fmt.Sprintf("there is no check %q", check)}
		}
		if !slices.ContainsFunc(findings, func(f checks.Finding) bool { return f.ID == id || f.Key == id }) {
			return &localapi.Refusal{Reason: localapi.UnknownID, ID: id, Text: fmt.Sprintf("no copy that was found here has the finding %q", id)}
		}
	}
	return nil
}

// owners are whose places this Desk may change: the machine's ("") by root, and
// of whoever runs this.
func (d *Desk) owners(set fact.Set) []string {
	var names []string
	if d.uid == rootID {
		names = append(names, "")
	}
	if u, ok := d.self(set); ok {
		names = append(names, u.Name)
	}
	return names
}

const rootID = "0"

// self is the person who runs this, as the look found them.
func (d *Desk) self(set fact.Set) (fact.User, bool) {
	i := slices.IndexFunc(set.Users, func(u fact.User) bool { return u.ID == d.uid })
	if i < 0 {
		return fact.User{}, false
	}
	return set.Users[i], true
}

// mine is the part of a plan that this Desk may carry out.
func (d *Desk) mine(set fact.Set, p plan.Plan) plan.Plan {
	owners := d.owners(set)
	p.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(c plan.Change) bool { return !slices.Contains(owners, c.User) })
	p.Left = slices.DeleteFunc(slices.Clone(p.Left), func(l plan.Left) bool { return !slices.Contains(owners, l.User) })
	p.Digest = plan.DigestOf(p.Changes)
	return p
}

// shown is the plan for these ids, if it is still the one that was shown.
func (d *Desk) shown(set fact.Set, q localapi.ApplyRequest) (plan.Plan, error) {
	p, err := d.draft(set, q.IDs)
	if err == nil && p.Digest != q.Digest {
		err = errChanged
	}
	return p, err
}

var errChanged = &localapi.Refusal{Reason: localapi.PlanChanged, Text: "the plan has changed since it was shown, and nothing was done"}

// Apply carries out the plan that was shown, change by change.
func (d *Desk) Apply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	w, err := d.sitDown(ctx)
	if err != nil {
		return nil, err
	}
	defer w.done()
	p, err := d.shown(w.set, q)
	if err != nil {
		return nil, err
	}
	var results []localapi.Result
	for _, c := range p.Changes {
		results = append(results, w.apply(ctx, p.Digest, c))
	}
	return results, nil
}

// RehearseApply says what would become of the plan that was shown.
func (d *Desk) RehearseApply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	r, err := d.rehearse(ctx)
	if err != nil {
		return nil, err
	}
	defer r.done()
	p, err := d.shown(r.set, q)
	if err != nil {
		return nil, err
	}
	var results []localapi.Result
	for _, c := range p.Changes {
		results = append(results, r.apply(ctx, c))
	}
	return results, nil
}

// Undo takes entries back, the newest first.
func (d *Desk) Undo(ctx context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	w, err := d.sitDown(ctx)
	if err != nil {
		return nil, err
	}
	defer w.done()
	entries, err := chosen(ctx, w.journal, q, state.Done)
	if err != nil {
		return nil, err
	}
	if q.Last {
		entries = ofNewestPlan(entries)
	}
	var results []localapi.Result
	for _, e := range entries {
		if r, ok := d.locked(e); ok {
			results = append(results, r)
			continue
		}
		results = append(results, w.undo(ctx, e))
	}
	return results, nil
}

// RehearseUndo says what would become of taking entries back.
func (d *Desk) RehearseUndo(ctx context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	journal, err := d.readJournal(ctx)
	if err != nil {
		return nil, err
	}
	defer journal.Close()
	entries, err := chosen(ctx, journal, q, state.Done, state.Intent, state.Undoing)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	r, err := d.rehearse(ctx)
	if err != nil {
		return nil, err
	}
	defer r.done()
	var all []localapi.Result
	var stand []state.Entry
	for _, e := range entries {
		res, ok := d.locked(e)
		if !ok {
			res = r.undo(ctx, e)
		}
		if len(q.Entries) == 0 && e.Status != state.Done && res.Outcome == string(harden.Refused) {
			continue // it broke off before anything was changed, or cannot be settled
		}
		all, stand = append(all, res), append(stand, e)
	}
	if q.Last {
		all = all[:len(ofNewestPlan(stand))]
	}
	return all, nil
}

// ofNewestPlan are the entries of the newest one's plan, up to one of another.
func ofNewestPlan(entries []state.Entry) []state.Entry {
	i := slices.IndexFunc(entries, func(e state.Entry) bool { return e.Plan != entries[0].Plan })
	if i < 0 {
		return entries
	}
	return entries[:i]
}

// History lists the journal, the newest entry first.
func (d *Desk) History(ctx context.Context, q localapi.HistoryRequest) ([]localapi.Entry, error) {
	journal, err := d.readJournal(ctx)
	if err != nil {
		return nil, err
	}
	defer journal.Close()
	all, err := journal.Entries(ctx, state.Filter{})
	if err != nil {
		return nil, err
	}
	if q.Limit > 0 {
		all = all[:min(q.Limit, len(all))]
	}
	var entries []localapi.Entry
	for _, e := range all {
		entries = append(entries, localapi.Entry{ID: e.ID, Plan: e.Plan, Change: e.Change, Status: string(e.Status),
			Actor: e.Actor, At: e.At, Ended: e.Ended, By: e.By, Why: oneLine(e.Why)})
	}
	return entries, nil
}

// entries is the part of a journal that is only read.
type entries interface {
	Entries(context.Context, state.Filter) ([]state.Entry, error)
	Close() error
}

// noEntries is the journal of somebody who never changed anything.
type noEntries struct{}

func (noEntries) Entries(context.Context, state.Filter) ([]state.Entry, error) { return nil, nil }
func (noEntries) Close() error                                                 { return nil }

// readJournal opens the journal for who only asks, and makes none.
func (d *Desk) readJournal(ctx context.Context) (entries, error) {
	if _, err := os.Lstat(journalOf(d.dir)); errors.Is(err, os.ErrNotExist) {
		return noEntries{}, nil
	}
	if err := d.trusted(); err != nil {
		return nil, err
	}
	return state.OpenJournal(ctx, d.dir)
}

// chosen are the entries asked for by number, or else those of these statuses,
// the newest first.
func chosen(ctx context.Context, j entries, q localapi.UndoRequest, statuses ...state.Status) ([]state.Entry, error) {
	f := state.Filter{IDs: q.Entries}
	if len(q.Entries) == 0 {
		f.Statuses = statuses
	}
	all, err := j.Entries(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, id := range q.Entries {
		if !slices.ContainsFunc(all, func(e state.Entry) bool { return e.ID == id }) {
			n := strconv.FormatInt(id, 10)
			return nil, &localapi.Refusal{Reason: localapi.UnknownID, ID: n, Text: "there is no entry " + n + " in the history"}
		}
	}
	return all, nil
}
