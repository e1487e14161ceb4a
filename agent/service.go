package agent

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"huddleguard/agent/call"
	"huddleguard/agent/enforce"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/sources"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/policy"
)

// Service is the resident part: it holds what policy enforces. It works for
// root; what is a person's is put back by a worker who is that person.
type Service struct {
	Catalogue *catalogue.Catalogue
	// Policy reads the policy as it stands.
	Policy func() (sources.Loaded, error)
	// Hire starts a worker.
	Hire func(ctx context.Context, user string) (Worker, error)
	// Say is told what became of each look.
	Say func(Told)

	mu sync.Mutex
	// last is the last policy that could be read: one that cannot be read changes nothing.
	last *sources.Loaded
}

// Told is what became of one look, for the log.
type Told struct {
	enforce.Report
	// Ignored are files of the policy that are not believed.
	Ignored []sources.Ignored
}

// Run holds what is enforced until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var ignored []sources.Ignored
	g := enforce.Guard{
		Look: func(ctx context.Context) (enforce.Sight, error) {
			sight, said, err := s.look(ctx)
			ignored = said
			return sight, err
		},
		Mend:  s.mend,
		Calls: s.calls(ctx),
		Say:   func(r enforce.Report) { s.Say(Told{r, ignored}) },
	}
	return g.Run(ctx)
}

// policyNow is the policy in force: the one that stands there, or where that
// cannot be read, the last one that could.
func (s *Service) policyNow() (sources.Loaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	loaded, err := s.Policy()
	if err == nil {
		s.last = &loaded
		return loaded, nil
	}
	if s.last == nil {
		return sources.Loaded{}, fmt.Errorf("no policy is in force: %w", err)
	}
	return *s.last, fmt.Errorf("the policy that was in force stays: %w", err)
}

func (s *Service) look(ctx context.Context) (enforce.Sight, []sources.Ignored, error) {
	loaded, policyErr := s.policyNow()
	sight := enforce.Sight{Files: policyFiles(loaded), Every: loaded.Policy.Every(), Err: policyErr}
	if !loaded.Policy.Enforces() {
		return sight, loaded.Ignored, nil // nothing to look for
	}
	desk := s.desk(loaded.Policy)
	set, err := desk.collect(ctx)
	if err != nil {
		return sight, loaded.Ignored, err
	}
	sight.Plan = desk.enforced(set)
	sight.Files = append(sight.Files, watchPlaces(set, loaded.Policy)...)
	return sight, loaded.Ignored, nil
}

// policyFiles are the files that the policy was read from or could be: one that
// is mended counts from then on.
func policyFiles(l sources.Loaded) []string {
	dir := sources.Folder()
	files := []string{filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "policy.d", "*")}
	for _, i := range l.Ignored {
		files = append(files, i.File)
	}
	return append(files, l.Files...)
}

func (s *Service) desk(pol policy.Policy) *Desk {
	return NewDesk(Options{Catalogue: s.Catalogue, Policy: pol, Actor: enforce.Actor})
}

// mend has one owner's part put back at that owner's own desk, which looks for
// itself what it is.
func (s *Service) mend(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error) {
	loaded, _ := s.policyNow() // what is wrong with it was said by the look
	office := NewOffice(s.desk(loaded.Policy), s.Hire)
	at, err := localapi.Backend(office.desk), error(nil)
	if user != "" && user != rootName {
		at, err = office.Person(ctx, user)
	}
	if err != nil {
		return nil, fmt.Errorf("what is %s's cannot be put back: %w", user, err)
	}
	results, err := at.Enforce(ctx, localapi.EnforceRequest{})
	if err == nil && user != "" && user != rootName {
		ready := slices.DeleteFunc(slices.Clone(p.Changes), func(c plan.Change) bool { return len(c.Waits) > 0 })
		results, err = answered(ready, results)
	}
	return harvest(results), errors.Join(err, office.Close())
}

// answered are a worker's results, and an error where it says nothing of what was
// seen to have drifted: it may not be allowed to read the policy, or be bent.
func answered(drifted []plan.Change, results []localapi.Result) ([]localapi.Result, error) {
	for _, c := range drifted {
		if !slices.ContainsFunc(results, func(r localapi.Result) bool { return r.Change.ID == c.ID }) {
			return results, fmt.Errorf("what is %s's has drifted, and the worker does not say that it put it back: %s", c.User, c.Check)
		}
	}
	return results, nil
}

func harvest(results []localapi.Result) []harden.Result {
	var out []harden.Result
	for _, r := range results {
		out = append(out, harden.Result{Change: r.Change, Entry: r.Entry, Outcome: harden.Outcome(r.Outcome), Why: r.Why, Waits: r.Waits})
	}
	return out
}

// calls tells that a call may have begun or ended. Where calls cannot be
// watched nothing is told, and what waits is looked at again now and then.
func (s *Service) calls(ctx context.Context) <-chan struct{} {
	w, err := call.Open(ctx, s.Catalogue, call.Default())
	if err != nil {
		return nil
	}
	tracker := call.NewTracker(s.Catalogue, w.Sources()...)
	if loaded, err := s.policyNow(); err == nil {
		tracker.Hold(loaded.Policy.Dwell(), loaded.Policy.Grace())
	}
	told := make(chan struct{}, 1)
	go func() {
		defer w.Close()
		follow(ctx, w.Events(), tracker, told)
	}()
	return told
}

// follow tells after each event, and when one comes to count: a call begins
// after a dwell, and ends after a grace.
func follow(ctx context.Context, events <-chan call.Event, tracker *call.Tracker, told chan<- struct{}) {
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				return
			}
			tracker.Feed(e)
		case <-due:
		}
		due = nil
		if next, ok := tracker.Next(time.Now()); ok {
			due = time.After(time.Until(next))
		}
		select {
		case told <- struct{}{}:
		default: // one is told already
		}
	}
}

// rootName is the name of root's own account.
const rootName = "root"
