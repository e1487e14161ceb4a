package agent

import (
	"context"
	"errors"
	"io"
	"slices"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/checks/message"
)

// Worker works at one person's Desk, as that person.
type Worker interface {
	localapi.Backend
	io.Closer
}

// Office is root's Desk and those of the people of this computer. Root's works
// on the machine's places and root's own home; each person's changes are drawn
// up and carried out by a worker who is that person, so that nothing of root's
// ever writes to a home. A worker's answers are its person's word and are
// believed for that person's places only.
type Office struct {
	desk *Desk
	// hire starts a worker.
	hire    func(ctx context.Context, user string) (Worker, error)
	workers map[string]*heard
}

// NewOffice is the Office of root's desk.
func NewOffice(desk *Desk, hire func(ctx context.Context, user string) (Worker, error)) *Office {
	desk.Own = true
	return &Office{desk: desk, hire: hire, workers: map[string]*heard{}}
}

// Close lets the workers go.
func (o *Office) Close() error {
	var errs []error
	for _, w := range o.workers {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

// Person is the worker of a person.
func (o *Office) Person(ctx context.Context, user string) (localapi.Backend, error) {
	if w := o.workers[user]; w != nil {
		return w, nil
	}
	w, err := o.hire(ctx, user)
	if err != nil {
		return nil, err
	}
	o.workers[user] = &heard{w, user}
	return o.workers[user], nil
}

// part is one owner's part of a plan, with the ids it was drawn up for.
type part struct {
	user string
	at   localapi.Backend
	ids  []string
	plan plan.Plan
}

// parts are the plans of everybody who has something in root's own, root's
// first, and what nobody can change.
func (o *Office) parts(ctx context.Context, ids []string) (parts []part, left []plan.Left, err error) {
	set, err := o.desk.collect(ctx)
	if err != nil {
		return nil, nil, err
	}
	whole, err := o.desk.whole(set, ids)
	if err != nil {
		return nil, nil, err
	}
	parts = append(parts, part{at: o.desk, ids: ids, plan: o.desk.mine(set, whole)})
	left = slices.Clone(whole.Left)
	own := o.desk.owners(set)
	for _, user := range whole.Users() {
		if slices.Contains(own, user) {
			continue
		}
		p, err := o.person(ctx, user, whole.Of(user))
		if err != nil {
			left = append(left, o.unasked(whole.Of(user).Changes, user, err)...)
			continue
		}
		parts = append(parts, p)
		left = append(left, p.plan.Left...)
	}
	return parts, eachOnce(left), nil
}

// person has a person's worker draw up its plan, for the findings that root saw
// behind that person's changes and no others.
func (o *Office) person(ctx context.Context, user string, seen plan.Plan) (part, error) {
	w, err := o.Person(ctx, user)
	if err != nil {
		return part{}, err
	}
	var theirs []string
	for _, c := range seen.Changes {
		if !slices.Contains(theirs, c.Finding) {
			theirs = append(theirs, c.Finding)
		}
	}
	p, err := w.Plan(ctx, localapi.PlanRequest{IDs: theirs})
	if err != nil {
		return part{}, err
	}
	if p, err = inOurWords(p, seen.Changes); err != nil {
		return part{}, err
	}
	p.Left = append(o.inEnglish(p.Left), o.unasked(silent(p, seen.Changes), user, errSilent)...)
	return part{user, w, theirs, p}, nil
}

// inEnglish puts messages into English here, whatever came with them.
func (o *Office) inEnglish(left []plan.Left) []plan.Left {
	english := message.NewPrinter("en", o.desk.Catalogue.Texts())
	left = slices.Clone(left)
	for i := range left {
		left[i].Text = english.Text(left[i].Message)
	}
	return left
}

// unasked says of a person's changes why nobody could ask about them.
func (o *Office) unasked(seen []plan.Change, user string, why error) []plan.Left {
	m := message.New("plan.no-worker", "user", user, "why", why.Error())
	text := message.NewPrinter("en", o.desk.Catalogue.Texts()).Text(m)
	var left []plan.Left
	for _, c := range seen {
		left = append(left, plan.Left{Finding: c.Finding, Check: c.Check, User: user, Message: m, Text: text})
	}
	return left
}

// eachOnce keeps the last word on every finding: a person's own behind root's.
func eachOnce(left []plan.Left) []plan.Left {
	out := []plan.Left{}
	for i, l := range left {
		if !slices.ContainsFunc(left[i+1:], func(later plan.Left) bool { return later.Finding == l.Finding }) {
			out = append(out, l)
		}
	}
	return out
}

// joined is the plan that is shown.
func joined(parts []part, left []plan.Left) plan.Plan {
	p := plan.Plan{Schema: plan.Schema, Changes: []plan.Change{}, Left: left}
	for _, one := range parts {
		p.Changes = append(p.Changes, one.plan.Changes...)
	}
	p.Digest = plan.DigestOf(p.Changes)
	return p
}

// Plan draws up the machine's plan and everybody's.
func (o *Office) Plan(ctx context.Context, q localapi.PlanRequest) (plan.Plan, error) {
	parts, left, err := o.parts(ctx, q.IDs)
	if err != nil {
		return plan.Plan{}, err
	}
	return joined(parts, left), nil
}

// Apply carries out the plan that was shown, each part at its own Desk.
func (o *Office) Apply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	results, err := o.each(ctx, q, localapi.Backend.Apply)
	return done(results), err
}

// RehearseApply says what would become of the plan that was shown.
func (o *Office) RehearseApply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	return o.each(ctx, q, localapi.Backend.RehearseApply)
}

func (o *Office) each(ctx context.Context, q localapi.ApplyRequest, do func(localapi.Backend, context.Context, localapi.ApplyRequest) ([]localapi.Result, error)) ([]localapi.Result, error) {
	parts, left, err := o.parts(ctx, q.IDs)
	if err != nil {
		return nil, err
	}
	if joined(parts, left).Digest != q.Digest {
		return nil, errChanged
	}
	var all []localapi.Result
	for _, p := range parts {
		if len(p.plan.Changes) == 0 {
			continue
		}
		results, err := do(p.at, ctx, localapi.ApplyRequest{IDs: p.ids, Digest: p.plan.Digest})
		if err != nil { // the others' parts are not lost with it
			results = broken(p, err)
		}
		all = append(all, answers(p.plan.Changes, results)...)
	}
	return all, nil
}

// broken says of a part's changes that their Desk did not answer. What it had
// done by then stands in its journal.
func broken(p part, why error) []localapi.Result {
	outcome := harden.Failed
	if r := (*localapi.Refusal)(nil); errors.As(why, &r) || errors.Is(why, context.Canceled) {
		outcome = harden.Refused // nothing had begun
	}
	var results []localapi.Result
	for _, c := range p.plan.Changes {
		results = append(results, localapi.Result{Change: c, Outcome: string(outcome), Why: why.Error()})
	}
	return results
}

// Enforce puts back what is enforced at root's own Desk.
func (o *Office) Enforce(ctx context.Context, q localapi.EnforceRequest) ([]localapi.Result, error) {
	return o.desk.Enforce(ctx, q)
}

// Undo takes entries of root's own journal back.
func (o *Office) Undo(ctx context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	return o.desk.Undo(ctx, q)
}

// RehearseUndo says what would become of it.
func (o *Office) RehearseUndo(ctx context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	return o.desk.RehearseUndo(ctx, q)
}

// History lists root's own journal.
func (o *Office) History(ctx context.Context, q localapi.HistoryRequest) ([]localapi.Entry, error) {
	return o.desk.History(ctx, q)
}
