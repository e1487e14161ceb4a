//go:build unix

package agent

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/harden/store"
	"huddleguard/agent/localapi"
	"huddleguard/checks/fact"
)

// seated is a worker that is a Desk in this process.
type seated struct {
	*Desk
	closed bool
}

func (s *seated) Close() error {
	s.closed = true
	return nil
}

// as is the Desk of a person of the test's, whose files belong to whoever runs it.
func (c *computer) as(name, id string) *Desk {
	d := c.desk()
	d.uid, d.Own, d.Actor = id, true, "root"
	d.hands = func(set fact.Set) []*hand {
		u, _ := d.self(set)
		s, err := store.ForPerson(u.Home, os.Geteuid(), d.dir)
		h := &hand{owner: harden.Owner{User: name, UID: id}, err: err}
		if err == nil {
			h.stores, h.owner.Home, h.close = s.Kinds, s.Home, s.Close
		}
		return []*hand{h}
	}
	return d
}

// officeOf is root's, with workers for ann and bo.
func officeOf(c *computer, hire func(context.Context, string) (Worker, error)) *Office {
	desk := c.desk()
	desk.uid, desk.hands = rootID, func(fact.Set) []*hand { return nil }
	return NewOffice(desk, hire)
}

// TestOffice: everybody's changes are shown together and made by everybody's own worker.
func TestOffice(t *testing.T) {
	c := newComputer(t)
	files := map[string]string{"ann": c.person("ann", "4001"), "bo": c.person("bo", "4002")}
	workers := map[string]*seated{"ann": {Desk: c.as("ann", "4001")}, "bo": {Desk: c.as("bo", "4002")}}
	o := officeOf(c, func(_ context.Context, user string) (Worker, error) { return workers[user], nil })
	p, err := o.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
	if err != nil || !slices.Equal(p.Users(), []string{"ann", "bo"}) || p.Digest != plan.DigestOf(p.Changes) {
		t.Fatalf("the plan is %+v, %v", p, err)
	}
	if one, err := o.Plan(ctx, localapi.PlanRequest{IDs: []string{p.Changes[1].Finding}}); err != nil || !slices.Equal(one.Users(), []string{"bo"}) {
		t.Errorf("the plan for one finding is %+v, %v", one, err)
	}
	q := localapi.ApplyRequest{IDs: []string{usage}, Digest: p.Digest}
	rs, err := o.RehearseApply(ctx, q)
	wantOutcomes(t, "rehearse", rs, err, "planned", "planned")
	_, err = o.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: "other"})
	if r := (*localapi.Refusal)(nil); !errors.As(err, &r) || r.Reason != localapi.PlanChanged {
		t.Errorf("another digest: %v", err)
	}
	wantFile(t, files["ann"], conf)
	rs, err = o.Apply(ctx, q)
	wantOutcomes(t, "apply", rs, err, "applied", "applied")
	for name, file := range files {
		wantFile(t, file, mended)
		h, err := workers[name].History(ctx, localapi.HistoryRequest{})
		if err != nil || len(h) != 1 || h[0].Actor != "root" || h[0].Change.User != name {
			t.Errorf("%s's history is %+v, %v", name, h, err)
		}
	}
	if h, err := o.History(ctx, localapi.HistoryRequest{}); err != nil || len(h) != 0 {
		t.Errorf("root's history is %+v, %v", h, err)
	}
	w, err := o.Person(ctx, "ann")
	if err != nil {
		t.Fatal(err)
	}
	rs, err = w.Undo(ctx, localapi.UndoRequest{All: true})
	wantOutcomes(t, "undo", rs, err, "undone")
	wantFile(t, files["ann"], conf)
	wantFile(t, files["bo"], mended)
	if err := o.Close(); err != nil || !workers["ann"].closed || !workers["bo"].closed {
		t.Errorf("workers stay: %v", err)
	}
}

// liar is a worker whose person has bent it.
type liar struct {
	seated
	plan    *plan.Plan
	results []localapi.Result
	err     error
}

func (l *liar) Plan(ctx context.Context, q localapi.PlanRequest) (plan.Plan, error) {
	if l.plan != nil {
		return *l.plan, nil
	}
	return l.seated.Plan(ctx, q)
}

func (l *liar) Apply(context.Context, localapi.ApplyRequest) ([]localapi.Result, error) {
	return l.results, l.err
}

// TestNoWorker: of somebody for whom nobody can work, or whose worker speaks of
// others, nothing is changed, and that is said; the others' changes are made.
func TestNoWorker(t *testing.T) {
	others := plan.Change{ID: "x", User: "", At: fact.At{Store: "ini", Path: "/etc/shadow"}}
	for name, hire := range map[string]func() (Worker, error){
		"no account":       func() (Worker, error) { return nil, errors.New("the account is not in /etc/passwd") },
		"the machine's":    func() (Worker, error) { return &liar{plan: &plan.Plan{Changes: []plan.Change{others}}}, nil },
		"another's advice": func() (Worker, error) { return &liar{plan: &plan.Plan{Left: []plan.Left{{User: "ann"}}}}, nil },
	} {
		c := newComputer(t)
		file, bos := c.person("ann", "4001"), c.person("bo", "4002")
		o := officeOf(c, func(_ context.Context, user string) (Worker, error) {
			if user == "bo" {
				return hire()
			}
			return &seated{Desk: c.as("ann", "4001")}, nil
		})
		p, err := o.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
		if err != nil || !slices.Equal(p.Users(), []string{"ann"}) || len(p.Left) != 1 || p.Left[0].User != "bo" || p.Left[0].Message.ID != "plan.no-worker" {
			t.Errorf("%s: the plan is %+v, %v", name, p, err)
			continue
		}
		rs, err := o.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: p.Digest})
		wantOutcomes(t, name, rs, err, "applied")
		wantFile(t, file, mended)
		wantFile(t, bos, conf)
	}
}

// TestBrokenWorker: a worker that ends, refuses or lies on the way takes
// nobody's results with it.
func TestBrokenWorker(t *testing.T) {
	for _, b := range []struct {
		liar liar
		want string
	}{
		{liar{err: errors.New("asking the process that does it: EOF")}, "failed"},
		{liar{err: errChanged}, "refused"},
		{liar{err: context.Canceled}, "refused"},
		{liar{results: []localapi.Result{{Outcome: "applied", Change: plan.Change{User: "ann"}}}}, "failed"},
	} {
		c := newComputer(t)
		c.person("ann", "4001")
		c.person("bo", "4002")
		b.liar.Desk = c.as("bo", "4002")
		o := officeOf(c, func(_ context.Context, user string) (Worker, error) {
			if user == "bo" {
				return &b.liar, nil
			}
			return &seated{Desk: c.as("ann", "4001")}, nil
		})
		rs, err := o.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digestOf(t, o, usage)})
		wantOutcomes(t, b.want, rs, err, "applied", b.want)
		if len(rs) == 2 && (rs[1].Change.User != "bo" || rs[1].Why == "") {
			t.Errorf("%+v", rs[1])
		}
	}
}
