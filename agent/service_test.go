//go:build unix

package agent

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huddleguard/agent/call"
	"huddleguard/agent/enforce"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/sources"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

// enforcing is a policy that enforces one check, with things that concern no
// worker.
var enforcing = policy.Policy{Rules: map[string]policy.Rule{usage: {Mode: policy.Enforce}}, ScanEvery: "2h",
	Feed: &policy.Feed{URL: "https://example.org"}, Waivers: []policy.Waiver{{Check: usage, Reason: "private"}}}

// hired is a worker of the service's that answers what it is told to.
type hired struct {
	Worker
	held     localapi.Held
	results  []localapi.Result
	err      error
	enforced int
	meanwhile,
	closed func()
}

func (h *hired) Held(context.Context, localapi.HeldRequest) (localapi.Held, error) {
	return h.held, h.err
}

func (h *hired) Enforce(context.Context, localapi.EnforceRequest) ([]localapi.Result, error) {
	h.enforced++
	if h.meanwhile != nil {
		h.meanwhile()
	}
	return h.results, h.err
}

func (h *hired) Close() error {
	if h.closed != nil {
		h.closed()
	}
	return nil
}

// bureau is a service in which everything is made up.
type bureau struct {
	*Service
	pol     policy.Policy
	polErr  error
	workers map[string]*hired
	briefs  []Brief
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{pol: enforcing, workers: map[string]*hired{"": {}}}
	b.Service = &Service{Dir: t.TempDir(),
		Policy: func() (sources.Loaded, error) {
			return sources.Loaded{Layer: policy.Layer{Policy: b.pol}, Files: []string{"/etc/x.yaml"}, Ignored: []sources.Ignored{{File: "/etc/y.yaml", Why: "z"}}}, b.polErr
		},
		Hire: func(_ context.Context, user string, brief Brief) (Worker, error) {
			b.briefs = append(b.briefs, brief)
			if w := b.workers[user]; w != nil {
				return w, nil
			}
			return nil, errors.New("the account is not in /etc/passwd")
		}}
	return b
}

func drift(id, user string, waits ...plan.Wait) localapi.Drift {
	return localapi.Drift{Result: localapi.Result{Change: plan.Change{ID: id, Check: usage, User: user, Waits: waits}}, PIDs: []int{7}}
}

// TestServiceLook: a look is what root's worker saw, told by the part of the
// policy that says what is enforced, and the policy's own files.
func TestServiceLook(t *testing.T) {
	b := newBureau(t)
	b.workers[""].held = localapi.Held{
		Drift:  []localapi.Drift{drift("a", "ann", plan.Wait{Kind: plan.WaitRunning, Name: "Mumble", Sure: true}), drift("b", "ben")},
		Unseen: []plan.Left{{Check: usage, User: "cy"}}, Places: []localapi.Place{{Home: "/home/ann", Path: "/home/ann/x"}}}
	b.unsettled = []string{"dora"}
	sight, err := b.look(ctx)
	if err != nil || sight.Err != nil || sight.Every != 2*time.Hour {
		t.Fatalf("%+v, %v", sight, err)
	}
	if c := sight.Plan.Changes; len(c) != 2 || !slices.Equal(c[0].Waits[0].PIDs, []int{7}) || c[1].User != "ben" {
		t.Errorf("the changes are %+v", c)
	}
	for _, want := range []enforce.Place{{Home: "/home/ann", Path: "/home/ann/x"}, {Path: "/etc/x.yaml"}, {Path: "/etc/y.yaml"},
		{Path: filepath.Join(sources.Folder(), "policy.yaml")}, {Path: filepath.Join(sources.Folder(), "policy.d", "*")}} {
		if !slices.Contains(sight.Files, want) {
			t.Errorf("%+v is not watched", want)
		}
	}
	if !slices.Equal(sight.Unsettled, []string{"dora"}) || len(b.told.Unseen) != 1 || len(b.told.Ignored) != 1 {
		t.Errorf("unsettled %v, told %+v", sight.Unsettled, b.told)
	}
	if again, _ := b.look(ctx); len(again.Unsettled) != 0 {
		t.Error("what is left is settled twice")
	}
	if want := (policy.Policy{Rules: enforcing.Rules}); !reflect.DeepEqual(b.briefs[0].Policy, want) {
		t.Errorf("the worker is told %+v", b.briefs[0].Policy)
	}
}

// TestServicePolicy: the last good policy stays; one that enforces nothing has
// nobody look; without any nothing is in force.
func TestServicePolicy(t *testing.T) {
	b := newBureau(t)
	b.polErr = errors.New("policy.yaml:3:1: no")
	sight, err := b.look(ctx)
	if err != nil || sight.Err == nil || !strings.Contains(sight.Err.Error(), "policy.yaml:3") || len(b.briefs) != 0 {
		t.Errorf("without any policy: %+v, %v, %d workers", sight, err, len(b.briefs))
	}
	b.polErr = nil
	if _, err := b.look(ctx); err != nil || len(b.briefs) != 1 {
		t.Errorf("a good one: %v, %d workers", err, len(b.briefs))
	}
	b.polErr, b.pol = errors.New("policy.yaml:4:1: no"), policy.Policy{}
	sight, err = b.look(ctx)
	if err != nil || sight.Err == nil || len(b.briefs) != 2 || len(b.briefs[1].Policy.Rules) != 1 {
		t.Errorf("a broken one: %+v, %v", sight, err)
	}
	b.polErr = nil
	if sight, err = b.look(ctx); err != nil || sight.Err != nil || len(b.briefs) != 2 || len(sight.Plan.Changes) != 0 {
		t.Errorf("one that enforces nothing: %+v, %v, %d workers", sight, err, len(b.briefs))
	}
}

// TestServiceBlind: a look that failed is an error, and the policy's files are
// watched all the same.
func TestServiceBlind(t *testing.T) {
	b := newBureau(t)
	b.workers[""].err = errors.New("no")
	if sight, err := b.look(ctx); err == nil || len(sight.Files) < 3 || sight.Every != 2*time.Hour {
		t.Errorf("%+v, %v", sight, err)
	}
	delete(b.workers, "")
	if _, err := b.look(ctx); err == nil || !strings.Contains(err.Error(), "looking at this computer") {
		t.Error(err)
	}
}

// TestServiceMend: a person's part is that person's worker's, and what it says is
// taken in root's words. While it works there is a note.
func TestServiceMend(t *testing.T) {
	b := newBureau(t)
	seen := plan.Plan{Changes: []plan.Change{{ID: "a", Check: usage, User: "ann"}}}
	note := filepath.Join(b.Dir, "mending", "of-ann")
	noted := false
	w := &hired{results: []localapi.Result{{Change: plan.Change{ID: "a", Check: "a lie", User: "ann"}, Outcome: "applied", Entry: 4},
		{Change: plan.Change{ID: "other", Check: "a flood", User: "ann"}, Outcome: "applied"}},
		meanwhile: func() { _, err := os.Lstat(note); noted = err == nil }}
	b.workers["ann"] = w
	if _, err := b.look(ctx); err != nil {
		t.Fatal(err)
	}
	rs, err := b.mend(ctx, "ann", seen)
	if err != nil || len(rs) != 1 || rs[0].Outcome != harden.Applied || rs[0].Entry != 4 || rs[0].Change.Check != usage {
		t.Errorf("%+v, %v", rs, err)
	}
	if _, err := os.Lstat(note); !noted || err == nil {
		t.Errorf("noted meanwhile: %v; afterwards: %v", noted, err)
	}
	if info, err := os.Stat(b.Dir); err != nil || info.Mode().Perm()&0o005 != 0o005 {
		t.Error("others cannot enter the folder any more, which holds what is for all")
	}
	w.results = nil
	if _, err := b.mend(ctx, "ann", seen); err == nil || !strings.Contains(err.Error(), "what is ann's cannot be put back: "+usage+" has drifted") {
		t.Errorf("a worker that says nothing: %v", err)
	}
	w.results = []localapi.Result{{Change: plan.Change{ID: "a", User: "ben"}, Outcome: "applied"}}
	if rs, err := b.mend(ctx, "ann", seen); !errors.Is(err, errNotTheirs) || len(rs) != 0 {
		t.Errorf("a worker that speaks of others: %+v, %v", rs, err)
	}
	if !slices.Equal(b.noted(), []string{"ann"}) {
		t.Errorf("noted are %q", b.noted())
	}
	if _, err := b.mend(ctx, "eve", seen); err == nil || !strings.Contains(err.Error(), "what is eve's cannot be put back: the account is not in /etc/passwd") {
		t.Errorf("nobody to hire: %v", err)
	}
	if !slices.Equal(b.noted(), []string{"ann"}) {
		t.Errorf("one who never began is noted: %q", b.noted())
	}
	for _, user := range []string{"", "root"} { // root's own home is root's worker's
		if _, err := b.mend(ctx, user, plan.Plan{}); err != nil {
			t.Error(err)
		}
	}
	if b.workers[""].enforced != 2 {
		t.Errorf("root's worker was asked %d times", b.workers[""].enforced)
	}
}

// TestNotes: a name cannot lead a note out of its folder.
func TestNotes(t *testing.T) {
	b := newBureau(t)
	names := []string{"", "..", "../../x", "a b", "é"}
	for _, name := range names {
		if err := b.note(name); err != nil {
			t.Error(err)
		}
	}
	got := b.noted()
	slices.Sort(got)
	if !slices.Equal(got, names) {
		t.Errorf("noted are %q", got)
	}
	if entries, err := os.ReadDir(b.Dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestServiceRun: what broke off is settled at the start, and what is told joins
// what became of it with what was seen.
func TestServiceRun(t *testing.T) {
	b := newBureau(t)
	b.Catalogue = &catalogue.Catalogue{}
	var mu sync.Mutex
	var told []Told
	settled := make(chan struct{})
	b.workers["ann"] = &hired{closed: sync.OnceFunc(func() { close(settled) })}
	b.Say = func(t Told) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, t)
	}
	if err := b.note("ann"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-settled:
	case <-time.After(5 * time.Second):
		t.Error("nobody settled what broke off")
	}
	for range 500 {
		mu.Lock()
		n := len(told)
		mu.Unlock()
		if n > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil || len(told) == 0 || len(told[0].Ignored) != 1 || b.workers["ann"].enforced != 1 || len(b.noted()) != 0 {
		t.Errorf("%v: told %+v, noted %q", err, told, b.noted())
	}
}

// TestFollow: what happens is told, and so is the end of a dwell and of a grace.
func TestFollow(t *testing.T) {
	signal := catalogue.Signal{ID: "linux-camera", System: fact.Linux, Kind: "device", Dwell: 1, Grace: 1}
	calls := &tracked{tracker: call.NewTracker(&catalogue.Catalogue{Signals: []catalogue.Signal{signal}})}
	calls.tracker.Hold(50*time.Millisecond, 50*time.Millisecond)
	events, told := make(chan call.Event), make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go follow(ctx, events, calls, told)
	send := func(kind call.Kind, claims ...call.Claim) {
		events <- call.Event{Time: time.Now(), Source: call.Source{Signal: signal.ID}, Kind: kind, Claims: claims}
	}
	hear := func(what string) {
		t.Helper()
		select {
		case <-told:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s is not told", what)
		}
	}
	send(call.All)
	hear("the first look")
	send(call.On, call.Claim{Place: "/dev/video0", Client: "zoom", UID: "1000"})
	hear("the beginning")
	if on := calls.ongoing(time.Now()); len(on) != 0 {
		t.Errorf("before the dwell: %+v", on)
	}
	hear("the dwell")
	if on := calls.ongoing(time.Now()); len(on) != 1 || on[0].Client != "zoom" || on[0].UID != "1000" {
		t.Errorf("after the dwell: %+v", on)
	}
	send(call.Off, call.Claim{Place: "/dev/video0", Client: "zoom", UID: "1000"})
	hear("the end")
	if on := calls.ongoing(time.Now()); len(on) != 1 {
		t.Errorf("in the grace: %+v", on)
	}
	hear("the grace")
	if on := calls.ongoing(time.Now()); len(on) != 0 {
		t.Errorf("after the grace: %+v", on)
	}
	close(events)
}
