//go:build unix

package agent

import (
	"context"
	"errors"
	"slices"
	"testing"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// bent is a worker whose answers its person has put in place of true ones.
type bent struct {
	*seated
	plan    func(plan.Plan) plan.Plan
	results func([]localapi.Result) []localapi.Result
	entries []localapi.Entry
}

func (b *bent) Plan(ctx context.Context, q localapi.PlanRequest) (plan.Plan, error) {
	p, err := b.seated.Plan(ctx, q)
	if b.plan != nil {
		p = b.plan(p)
	}
	return p, err
}

func (b *bent) Apply(ctx context.Context, q localapi.ApplyRequest) ([]localapi.Result, error) {
	rs, err := b.seated.Apply(ctx, q)
	if b.results != nil {
		rs = b.results(rs)
	}
	return rs, err
}

func (b *bent) Undo(context.Context, localapi.UndoRequest) ([]localapi.Result, error) {
	return b.results(nil), nil
}

func (b *bent) History(context.Context, localapi.HistoryRequest) ([]localapi.Entry, error) {
	return b.entries, nil
}

// bentOffice is root's, with a true worker of ann's and a bent one of bo's.
func bentOffice(t *testing.T, b *bent) *Office {
	t.Helper()
	c := newComputer(t)
	c.person("ann", "4001")
	c.person("bo", "4002")
	b.seated = &seated{Desk: c.as("bo", "4002")}
	return officeOf(c, func(_ context.Context, user string) (Worker, error) {
		if user == "bo" {
			return b, nil
		}
		return &seated{Desk: c.as("ann", "4001")}, nil
	})
}

// TestUnaskedWords: a worker that speaks of what it was not asked about, or of
// nothing, is not believed, and takes nothing out of what root shows of others.
func TestUnaskedWords(t *testing.T) {
	for name, lie := range map[string]func(plan.Plan) plan.Plan{
		"another finding": func(p plan.Plan) plan.Plan {
			p.Changes[0].Finding = "zoom/telemetry/crash-reports|x|bo"
			return p
		},
		"ann's finding is left": func(p plan.Plan) plan.Plan {
			p.Left = append(p.Left, plan.Left{Finding: usage + "|linux:mumble:desktop:deb|ann", Check: usage, User: "bo"})
			return p
		},
		"another check": func(p plan.Plan) plan.Plan {
			return plan.Plan{Left: []plan.Left{{Finding: p.Changes[0].Finding, Check: "zoom/telemetry/crash-reports", User: "bo"}}}
		},
		"nothing": func(plan.Plan) plan.Plan { return plan.Plan{} },
	} {
		p, err := bentOffice(t, &bent{plan: lie}).Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
		if err != nil || !slices.Equal(p.Users(), []string{"ann"}) || len(p.Left) != 1 || p.Left[0].User != "bo" ||
			p.Left[0].Check != usage || p.Left[0].Message.ID != "plan.no-worker" {
			t.Errorf("%s: the plan is %+v, %v", name, p, err)
		}
	}
}

// TestOurWords: what a change is about is said in root's words, and only where it
// stands and what stands there in the worker's.
func TestOurWords(t *testing.T) {
	o := bentOffice(t, &bent{plan: func(p plan.Plan) plan.Plan {
		c := &p.Changes[0]
		c.Title, c.Message, c.Check, c.Severity, c.NeedsRoot, c.Loses = "Nothing to see", message.New("plan.good"), "zoom/a/b", "info", true, nil
		c.Before = fact.Held{State: fact.Present, Value: "bo's own"}
		return p
	}})
	p, err := o.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
	if err != nil || len(p.Changes) != 2 {
		t.Fatalf("the plan is %+v, %v", p, err)
	}
	ann, bo := p.Changes[0], p.Changes[1]
	if bo.User != "bo" || bo.Title != ann.Title || bo.Message.ID != ann.Message.ID || bo.Check != usage || bo.Severity != ann.Severity || bo.NeedsRoot {
		t.Errorf("bo's change is %+v", bo)
	}
	if bo.Before.Value != "bo's own" {
		t.Errorf("what stands there is %+v", bo.Before)
	}
}

// TestUnsaidResults: a change of which a worker does not say what became of it
// has failed, and so has one that it says it would make. What is said of another
// change is no answer.
func TestUnsaidResults(t *testing.T) {
	for name, lie := range map[string]func([]localapi.Result) []localapi.Result{
		"nothing":        func([]localapi.Result) []localapi.Result { return nil },
		"another change": func(rs []localapi.Result) []localapi.Result { rs[0].Change.ID = "x"; return rs },
		"a rehearsal":    func(rs []localapi.Result) []localapi.Result { rs[0].Outcome = "planned"; return rs },
	} {
		o := bentOffice(t, &bent{results: lie})
		rs, err := o.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digestOf(t, o, usage)})
		wantOutcomes(t, name, rs, err, "applied", "failed")
	}
	o := bentOffice(t, &bent{results: func(rs []localapi.Result) []localapi.Result {
		rs[0].Change.Title, rs[0].Change.At = "Nothing to see", fact.At{Store: "ini", Path: "/etc/shadow"}
		return append(rs, rs[0])
	}})
	p, err := o.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
	if err != nil {
		t.Fatal(err)
	}
	rs, err := o.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: p.Digest})
	wantOutcomes(t, "another text", rs, err, "applied", "applied")
	if rs[1].Change.Title != p.Changes[1].Title || rs[1].Change.At != p.Changes[1].At {
		t.Errorf("root shows %+v", rs[1].Change)
	}
}

// TestOthersHistory: a history or an undo that speaks of somebody else is none.
func TestOthersHistory(t *testing.T) {
	for _, user := range []string{"", "ann", "root"} {
		change := plan.Change{User: user}
		o := bentOffice(t, &bent{entries: []localapi.Entry{{ID: 1, Change: change}},
			results: func([]localapi.Result) []localapi.Result {
				return []localapi.Result{{Change: change, Outcome: "undone"}}
			}})
		w, err := o.Person(ctx, "bo")
		if err != nil {
			t.Fatal(err)
		}
		if h, err := w.History(ctx, localapi.HistoryRequest{}); !errors.Is(err, errNotTheirs) {
			t.Errorf("%q: the history is %+v, %v", user, h, err)
		}
		if rs, err := w.Undo(ctx, localapi.UndoRequest{All: true}); !errors.Is(err, errNotTheirs) {
			t.Errorf("%q: undo gives %+v, %v", user, rs, err)
		}
	}
}
