package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"huddleguard/agent/call"
	"huddleguard/agent/enforce"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/sources"
	"huddleguard/agent/state"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/policy"
)

// Service is the resident part: it holds what policy enforces. It keeps the
// policy, watches and asks; looking and changing are done by workers, who end
// when they are done: one of root's who sees everything and changes the
// machine's places, and for each person one who is that person.
type Service struct {
	Catalogue *catalogue.Catalogue
	// Policy reads the policy as it stands.
	Policy func() (sources.Loaded, error)
	// Hire starts a worker: a person's, or root's where user is empty.
	Hire func(ctx context.Context, user string, b Brief) (Worker, error)
	// Say is told what became of each look.
	Say func(Told)
	// Dir is where it is noted who is at work, in case that breaks off.
	Dir string

	mu sync.Mutex
	// last is the last policy that could be read: one that cannot be read changes nothing.
	last  *sources.Loaded
	calls tracked
	// unsettled are those whose work broke off when the service ended badly.
	unsettled []string
	told      Told
}

// Brief is what a worker of the service's is told at its start: what counts is
// what the service holds in force, and not what a worker could read.
type Brief struct {
	// Policy is the part of the policy that says what is enforced.
	Policy policy.Policy `json:"policy"`
	// Calls are those known to be on.
	Calls []call.Person `json:"calls,omitempty"`
}

// Told is what became of one look, for the log.
type Told struct {
	enforce.Report
	// Ignored are files of the policy that are not believed.
	Ignored []sources.Ignored
	// Unseen is what is enforced and could not be looked at.
	Unseen []plan.Left
}

// Run holds what is enforced until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	s.unsettled = s.noted()
	g := enforce.Guard{
		Look: s.look, Mend: s.mend, Calls: s.watchCalls(ctx),
		Say: func(r enforce.Report) {
			s.told.Report = r
			s.Say(s.told)
		},
	}
	return g.Run(ctx)
}

// policyNow is the policy in force: the one that stands there, or where that
// cannot be read, the last one that could.
func (s *Service) policyNow() (sources.Loaded, error) {
	loaded, err := s.Policy()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.last = &loaded
		return loaded, nil
	}
	if s.last == nil {
		return sources.Loaded{}, fmt.Errorf("no policy is in force: %w", err)
	}
	return *s.last, fmt.Errorf("the policy that was in force stays: %w", err)
}

// inForce is the policy that the last look went by.
func (s *Service) inForce() policy.Policy {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		return policy.Policy{}
	}
	return s.last.Policy
}

func (s *Service) look(ctx context.Context) (enforce.Sight, error) {
	loaded, policyErr := s.policyNow()
	s.told = Told{Ignored: loaded.Ignored}
	sight := enforce.Sight{Files: policyFiles(loaded), Every: loaded.Policy.Every(), Err: policyErr}
	if !loaded.Policy.Enforces() {
		return sight, nil // nothing to look for
	}
	held, err := s.held(ctx, Brief{loaded.Policy.Enforced(), s.calls.ongoing(time.Now())})
	if err != nil {
		return sight, errors.Join(policyErr, fmt.Errorf("looking at this computer: %w", err))
	}
	for _, d := range held.Drift {
		sight.Plan.Changes = append(sight.Plan.Changes, waitingFor(d))
	}
	for _, p := range held.Places {
		sight.Files = append(sight.Files, enforce.Place{Home: p.Home, Path: p.Path})
	}
	if s.told.Unseen = held.Unseen; held.Cut {
		sight.Err = errors.Join(sight.Err, errCut)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sight.Unsettled, s.unsettled = s.unsettled, nil
	return sight, nil
}

// errCut: what is left out is held where there is room for it again.
var errCut = errors.New("somebody has so much of what is enforced that not all of it is held at once")

// held has a worker of root's look. What a look takes in memory ends with it, and
// one that never ends can be ended.
func (s *Service) held(ctx context.Context, b Brief) (localapi.Held, error) {
	w, err := s.Hire(ctx, "", b)
	if err != nil {
		return localapi.Held{}, err
	}
	held, err := w.Held(ctx, localapi.HeldRequest{})
	if closed := w.Close(); err != nil {
		return held, errors.Join(err, closed)
	}
	return held, nil // what it said is whole, however it ended
}

// waitingFor is a change with the processes that it waits for, which do not travel
// in it.
func waitingFor(d localapi.Drift) plan.Change {
	c := d.Change
	c.Waits = slices.Clone(c.Waits)
	for i := range c.Waits {
		c.Waits[i].PIDs = d.PIDs
	}
	return c
}

// policyFiles are the files that the policy was read from or could be: one that
// is mended counts from then on.
func policyFiles(l sources.Loaded) []enforce.Place {
	dir := sources.Folder()
	names := []string{filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "policy.d", "*")}
	for _, i := range l.Ignored {
		names = append(names, i.File)
	}
	var files []enforce.Place
	for _, name := range append(names, l.Files...) {
		files = append(files, enforce.Place{Path: name})
	}
	return files
}

// mend has one owner's part put back at that owner's own desk, which looks for
// itself what it is.
func (s *Service) mend(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error) {
	results, err := s.enforce(ctx, user)
	if err == nil && user != "" && user != rootName {
		results, err = answered(p.Changes, results)
	}
	if err != nil {
		whose := user + "'s"
		if user == "" {
			whose = "the machine's"
		}
		err = fmt.Errorf("what is %s cannot be put back: %w", whose, err)
	}
	return harvest(results), err
}

func (s *Service) enforce(ctx context.Context, user string) (results []localapi.Result, err error) {
	hired := user
	if user == rootName {
		hired = "" // root's own home is root's worker's
	}
	pol := s.inForce()
	w, err := s.Hire(ctx, hired, Brief{Policy: pol.Enforced()})
	if err != nil {
		return nil, err
	}
	if hired != "" {
		w = &heard{w, user}
	}
	noted := s.note(user)
	results, err = w.Enforce(ctx, localapi.EnforceRequest{})
	if err = errors.Join(err, w.Close()); err == nil {
		s.settled(user)
	}
	return results, errors.Join(err, noted)
}

// answered are a worker's results for what was seen to have drifted, in root's own
// words for what that is; what else it speaks of stands in its person's journal.
// It is an error where it says nothing of what waits for nothing: it may be bent.
func answered(drifted []plan.Change, results []localapi.Result) (out []localapi.Result, err error) {
	for _, c := range drifted {
		i := slices.IndexFunc(results, func(r localapi.Result) bool { return r.Change.ID == c.ID })
		switch {
		case i >= 0:
			r := results[i]
			r.Change = c
			out = append(out, r)
		case len(c.Waits) == 0:
			err = fmt.Errorf("%s has drifted, and the worker does not say that it put it back", c.Check)
		}
	}
	return out, err
}

func harvest(results []localapi.Result) []harden.Result {
	var out []harden.Result
	for _, r := range results {
		out = append(out, harden.Result{Change: r.Change, Entry: r.Entry, Outcome: harden.Outcome(r.Outcome), Why: r.Why, Waits: r.Waits})
	}
	return out
}

// mending is the folder of notes below Dir. A note stands while a worker is at
// work: where the service and its workers end badly, what they left is settled by
// the person's next worker, and the note says that there has to be one.
const mending = "mending"

func (s *Service) noteOf(user string) string {
	return filepath.Join(s.Dir, mending, "of-"+url.PathEscape(user))
}

func (s *Service) note(user string) error {
	err := os.MkdirAll(s.Dir, 0o755) // it also holds what everybody may read
	if err == nil {
		err = os.MkdirAll(filepath.Join(s.Dir, mending), 0o700)
	}
	if err == nil {
		err = state.WriteBytes(s.noteOf(user), 0o600, nil)
	}
	if err != nil {
		return fmt.Errorf("noting who is at work: %w", err)
	}
	return nil
}

// settled takes the note away. One that stays has that owner asked once more.
func (s *Service) settled(user string) { _ = os.Remove(s.noteOf(user)) }

// noted are those whose work broke off. Where the notes cannot be read, that work
// is settled with the next change there.
func (s *Service) noted() []string {
	entries, err := os.ReadDir(filepath.Join(s.Dir, mending))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var users []string
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), "of-")
		if user, err := url.PathUnescape(name); ok && err == nil {
			users = append(users, user)
		}
	}
	return users
}

// rootName is the name of root's own account.
const rootName = "root"

// tracked is what is known of calls, for the one who follows them and the one who asks.
type tracked struct {
	mu      sync.Mutex
	tracker *call.Tracker // nil: nobody watches
}

func (t *tracked) ongoing(now time.Time) []call.Person {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tracker == nil {
		return nil
	}
	return t.tracker.Ongoing(now)
}

// feed takes what happened, and says when that may come to count.
func (t *tracked) feed(e *call.Event, now time.Time) (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e != nil {
		t.tracker.Feed(*e)
	}
	return t.tracker.Next(now)
}

// watchCalls tells that a call may have begun or ended. Where calls cannot be
// watched nothing is told, and what waits is looked at again now and then.
func (s *Service) watchCalls(ctx context.Context) <-chan struct{} {
	w, err := call.Open(ctx, s.Catalogue, call.Default())
	if err != nil {
		return nil
	}
	s.calls.tracker = call.NewTracker(s.Catalogue, w.Sources()...)
	if loaded, err := s.policyNow(); err == nil {
		s.calls.tracker.Hold(loaded.Policy.Dwell(), loaded.Policy.Grace())
	}
	told := make(chan struct{}, 1)
	go func() {
		defer w.Close()
		follow(ctx, w.Events(), &s.calls, told)
	}()
	return told
}

// follow tells after each event, and when one comes to count: a call begins
// after a dwell, and ends after a grace.
func follow(ctx context.Context, events <-chan call.Event, calls *tracked, told chan<- struct{}) {
	var due <-chan time.Time
	for {
		var happened *call.Event
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				return
			}
			happened = &e
		case <-due:
		}
		due = nil
		if next, ok := calls.feed(happened, time.Now()); ok {
			due = time.After(time.Until(next))
		}
		select {
		case told <- struct{}{}:
		default: // one is told already
		}
	}
}
