//go:build unix

package agent

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/state"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

var ctx = context.Background()

const (
	usage = "mumble/telemetry/usage-statistics"
	// conf is mumble's own settings file as one finds it, with a line of a
	// secret that must be seen nowhere.
	conf = "[General]\r\ntoken=CANARY-1\r\n\r\n[ui]\r\nlanguage=en\r\n"
	// mended is the same with what was asked for.
	mended = "[General]\r\ntoken=CANARY-1\r\n\r\n[ui]\r\nlanguage=en\r\nusage=false\r\n"
)

// computer is one of a test: Debian's mumble, and homes that are folders.
type computer struct {
	t    *testing.T
	set  fact.Set
	look int // how often it was looked at
	// before, where it is set, is called before each look.
	before func(set *fact.Set, look int)
}

func newComputer(t *testing.T) *computer {
	return &computer{t: t, set: fact.Set{Schema: fact.Schema, Taken: time.Now(), Host: fact.Host{OS: fact.Linux}, Scope: fact.Scope{Live: true, Users: fact.AllUsers},
		Installations: []fact.Installation{{ID: "linux:mumble:desktop:deb", Client: "mumble", Edition: "desktop", Name: "Mumble", Packaging: fact.Deb,
			Versions: []fact.Version{{Raw: "1.3.4-4", Where: "dpkg"}}, Running: fact.No, InCall: fact.No}}}}
}

// person adds one with a home, and says where their settings file is.
func (c *computer) person(name, id string) (file string) {
	c.t.Helper()
	home := c.t.TempDir()
	file = filepath.Join(home, ".config/Mumble/Mumble.conf")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(conf), 0o640); err != nil {
		c.t.Fatal(err)
	}
	c.set.Users = append(c.set.Users, fact.User{Name: name, ID: id, Home: home})
	for i, at := range []fact.At{{Store: "json", Path: filepath.Join(home, "none.json"), Key: "ui.send_usage_statistics"}, {Store: "ini", Path: file, Section: "ui", Key: "usage"}} {
		c.set.Facts = append(c.set.Facts, fact.Fact{Kind: fact.Setting, Name: usage, Client: "mumble", Installation: "linux:mumble:desktop:deb",
			User: name, Place: i, State: fact.Absent, Where: at.Path, At: []fact.At{at}})
	}
	return file
}

// desk is one of whoever runs the test, with a state folder of its own.
func (c *computer) desk() *Desk {
	c.t.Helper()
	cat, err := catalogue.BuiltIn()
	if err != nil {
		c.t.Fatal(err)
	}
	d := NewDesk(Options{Catalogue: cat, Actor: "ann"})
	d.dir = filepath.Join(c.t.TempDir(), "state")
	d.look = func(context.Context, func(string)) (fact.Set, error) {
		set := c.set
		set.Installations, set.Facts = slices.Clone(set.Installations), slices.Clone(set.Facts)
		if c.look++; c.before != nil {
			c.before(&set, c.look)
		}
		return set, nil
	}
	return d
}

func own() string { return strconv.Itoa(os.Geteuid()) }

func wantFile(t *testing.T, name, want string) {
	t.Helper()
	if data, err := os.ReadFile(name); err != nil || string(data) != want {
		t.Errorf("the file holds %q, %v; want %q", data, err, want)
	}
}

func digestOf(t *testing.T, b localapi.Backend, ids ...string) string {
	t.Helper()
	p, err := b.Plan(ctx, localapi.PlanRequest{IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	return p.Digest
}

func wantOutcomes(t *testing.T, what string, rs []localapi.Result, err error, want ...string) {
	t.Helper()
	var got []string
	for _, r := range rs {
		got = append(got, r.Outcome)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: %v, %v; want %v (%+v)", what, got, err, want, rs)
	}
}

// TestApplyAndUndo: what was shown is done, shows in the history without any
// value that was only read, and is taken back to the byte.
func TestApplyAndUndo(t *testing.T) {
	c := newComputer(t)
	file := c.person("ann", own())
	d := c.desk()
	p, err := d.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
	if err != nil || len(p.Changes) != 1 || p.Changes[0].At.Path != file || p.Changes[0].User != "ann" {
		t.Fatalf("the plan is %+v, %v", p, err)
	}
	if h, err := d.History(ctx, localapi.HistoryRequest{}); err != nil || len(h) != 0 {
		t.Errorf("the history of nothing is %v, %v", h, err)
	}
	q := localapi.ApplyRequest{IDs: []string{usage}, Digest: p.Digest}
	rs, err := d.RehearseApply(ctx, q)
	wantOutcomes(t, "rehearse", rs, err, "planned")
	wantFile(t, file, conf)
	if _, err := os.Stat(d.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a plan and a rehearsal made a state folder: %v", err)
	}

	rs, err = d.Apply(ctx, q)
	wantOutcomes(t, "apply", rs, err, "applied")
	wantFile(t, file, mended)
	h, err := d.History(ctx, localapi.HistoryRequest{Limit: 1})
	if err != nil || len(h) != 1 || h[0].Status != "done" || h[0].Actor != "ann" || h[0].Plan != p.Digest || h[0].Change.ID != p.Changes[0].ID {
		t.Errorf("the history is %+v, %v", h, err)
	}
	journal, err := os.ReadFile(filepath.Join(d.dir, state.JournalFile))
	if err != nil || strings.Contains(string(journal), "CANARY") {
		t.Errorf("the journal holds what lies beside the entry (%v)", err)
	}

	rs, err = d.RehearseUndo(ctx, localapi.UndoRequest{Last: true})
	wantOutcomes(t, "rehearse undo", rs, err, "planned")
	wantFile(t, file, mended)
	rs, err = d.Undo(ctx, localapi.UndoRequest{Entries: []int64{1}})
	wantOutcomes(t, "undo", rs, err, "undone")
	wantFile(t, file, conf)
	rs, err = d.Undo(ctx, localapi.UndoRequest{Entries: []int64{1}})
	wantOutcomes(t, "undo again", rs, err, "refused")
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o640 {
		t.Errorf("it has the mode %v, %v", info.Mode(), err)
	}
}

// TestPlanChanged: somebody wrote since the plan was shown, so it is another
// plan, and nothing is done.
func TestPlanChanged(t *testing.T) {
	c := newComputer(t)
	file := c.person("ann", own())
	d := c.desk()
	digest := digestOf(t, d, usage)
	c.set.Facts[1].State, c.set.Facts[1].Value = fact.Present, true
	for name, do := range map[string]func(context.Context, localapi.ApplyRequest) ([]localapi.Result, error){"apply": d.Apply, "rehearse": d.RehearseApply} {
		_, err := do(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digest})
		if r := (*localapi.Refusal)(nil); !errors.As(err, &r) || r.Reason != localapi.PlanChanged {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantFile(t, file, conf)
}

// TestForeignState: a folder of the machine's that others can change is not worked
// from: neither is anything done, nor is what its journal says believed.
func TestForeignState(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not run: it takes root to have what is another account's")
	}
	for name, spoil := range map[string]func(dir string) error{
		"another's":   func(dir string) error { return os.Chown(dir, 4001, 4001) },
		"open to all": func(dir string) error { return os.Chmod(dir, 0o777) },
		"a link of another's": func(dir string) error {
			return errors.Join(os.Rename(dir, dir+"2"), os.Symlink(dir+"2", dir), os.Lchown(dir, 4001, 4001))
		},
	} {
		c := newComputer(t)
		file := c.person("ann", own())
		d := c.desk()
		rs, err := d.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digestOf(t, d, usage)})
		wantOutcomes(t, "apply", rs, err, "applied")
		d.machine = d.dir
		if h, err := d.History(ctx, localapi.HistoryRequest{}); err != nil || len(h) != 1 {
			t.Fatalf("%s: the history is %+v, %v", name, h, err)
		}
		if err := spoil(d.dir); err != nil {
			t.Fatal(err)
		}
		untrusted := (*state.Untrusted)(nil)
		if h, err := d.History(ctx, localapi.HistoryRequest{}); !errors.As(err, &untrusted) {
			t.Errorf("%s: the history is %+v, %v", name, h, err)
		}
		if rs, err := d.Undo(ctx, localapi.UndoRequest{All: true}); !errors.As(err, &untrusted) {
			t.Errorf("%s: undo gives %+v, %v", name, rs, err)
		}
		wantFile(t, file, mended)
	}
}

// TestUnknown: what is no id is refused, whatever it holds.
func TestUnknown(t *testing.T) {
	c := newComputer(t)
	c.person("ann", own())
	d := c.desk()
	for _, id := range []string{"/etc/shadow", "../../etc/shadow", usage + "/../x", usage + "|/etc/shadow", "zoom/telemetry/crash-reports", "mumble", "\x00"} {
		_, err := d.Plan(ctx, localapi.PlanRequest{IDs: []string{usage, id}})
		if r := (*localapi.Refusal)(nil); !errors.As(err, &r) || r.Reason != localapi.UnknownID || r.ID == "" {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, undo := range []func(context.Context, localapi.UndoRequest) ([]localapi.Result, error){d.Undo, d.RehearseUndo} {
		_, err := undo(ctx, localapi.UndoRequest{Entries: []int64{7}})
		if r := (*localapi.Refusal)(nil); !errors.As(err, &r) || r.Reason != localapi.UnknownID || r.ID != "7" {
			t.Errorf("undo: %v", err)
		}
	}
}

// TestFreshLook: a call that begins after the plan was shown is seen.
func TestFreshLook(t *testing.T) {
	c := newComputer(t)
	file := c.person("ann", own())
	d := c.desk()
	digest := digestOf(t, d, usage)
	c.before = func(set *fact.Set, _ int) {
		set.Installations[0].Running, set.Installations[0].InCall = fact.Yes, fact.Unknown
	}
	rs, err := d.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digest})
	wantOutcomes(t, "apply", rs, err, "waiting")
	want := []plan.Wait{{Kind: plan.WaitCall, Name: "Mumble"}, {Kind: plan.WaitRunning, Name: "Mumble", Sure: true}}
	if len(rs) != 1 || !reflect.DeepEqual(rs[0].Waits, want) {
		t.Errorf("it waits for %+v, want %+v", rs, want)
	}
	wantFile(t, file, conf)

	g := &glimpse{}
	c.before, c.look = nil, 0
	if err := g.take(ctx, d); err != nil {
		t.Fatal(err)
	}
	g.waits(ctx, plan.Change{})
	if c.look != 1 {
		t.Errorf("a look of this very second is taken again: %d looks", c.look)
	}
	g.at = g.at.Add(-2 * freshness)
	g.waits(ctx, plan.Change{})
	if c.look != 2 {
		t.Errorf("an old look is believed: %d looks", c.look)
	}
	g.at, g.again = time.Time{}, func(context.Context, func(string)) (fact.Set, error) { return fact.Set{}, errors.New("no") }
	if w := g.waits(ctx, plan.Change{Client: "zoom"}); !reflect.DeepEqual(w, []plan.Wait{{Kind: plan.WaitCall, Name: "zoom"}}) {
		t.Errorf("where nobody can look it waits for %+v", w)
	}
}

// TestOwn: a person's Desk shows what it may not change, and does not change
// it; one of its own only does not even show it.
func TestOwn(t *testing.T) {
	c := newComputer(t)
	c.person("ann", own())
	others := c.person("bo", "4242")
	d := c.desk()
	p, err := d.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
	if err != nil || !slices.Equal(p.Users(), []string{"ann", "bo"}) {
		t.Fatalf("the plan is %+v, %v", p, err)
	}
	rs, err := d.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: p.Digest})
	wantOutcomes(t, "apply", rs, err, "applied", "not-permitted")
	wantFile(t, others, conf)
	d.Own = true
	if p, err := d.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}}); err != nil || slices.Contains(p.Users(), "bo") || p.Digest != plan.DigestOf(p.Changes) {
		t.Errorf("the plan is %+v, %v", p, err)
	}
}

// TestNoHome: a home that is none is a reason, and not a fault.
func TestNoHome(t *testing.T) {
	c := newComputer(t)
	c.person("ann", own())
	d := c.desk()
	digest := digestOf(t, d, usage)
	c.set.Users[0].Home = filepath.Join(t.TempDir(), "none")
	rs, err := d.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digest})
	wantOutcomes(t, "apply", rs, err, "refused")
	if len(rs) == 1 && rs[0].Why == "" {
		t.Error("there is no reason")
	}
	rs, err = d.RehearseApply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digest})
	wantOutcomes(t, "rehearse", rs, err, "refused")
}

// TestLast: the last is everything of the newest plan that stands, and the one
// before it when that was taken back.
func TestLast(t *testing.T) {
	d := newComputer(t).desk()
	j, err := state.OpenJournal(ctx, d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i, e := range []struct {
		plan   string
		status state.Status
	}{{"old", state.Done}, {"new", state.Done}, {"new", state.Superseded}, {"new", state.Done}, {"newer", state.Undone}} {
		id, err := j.Intend(ctx, state.Entry{Plan: e.plan, Change: plan.Change{ID: strconv.Itoa(i)}, At: time.Unix(int64(i), 0)})
		if err == nil {
			err = j.Mark(ctx, id, e.status, "", "", time.Unix(int64(i), 0))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		q    localapi.UndoRequest
		want []int64
	}{
		"last":   {localapi.UndoRequest{Last: true}, []int64{4, 2}},
		"all":    {localapi.UndoRequest{All: true}, []int64{4, 2, 1}},
		"chosen": {localapi.UndoRequest{Entries: []int64{1, 5}}, []int64{5, 1}},
	} {
		all, err := chosen(ctx, j, c.q, state.Done)
		if c.q.Last {
			all = ofNewestPlan(all)
		}
		var got []int64
		for _, e := range all {
			got = append(got, e.ID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}

// TestSettles: what a crash left at intent is settled before anything else.
func TestSettles(t *testing.T) {
	c := newComputer(t)
	file := c.person("ann", own())
	d := c.desk()
	rs, err := d.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digestOf(t, d, usage)})
	wantOutcomes(t, "apply", rs, err, "applied")
	j, err := state.OpenJournal(ctx, d.dir)
	if err == nil {
		err = errors.Join(j.Mark(ctx, 1, state.Intent, "", "", time.Now()), j.Close()) // as if it had died before it marked it
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]localapi.UndoRequest{"all": {All: true}, "last": {Last: true}, "by number": {Entries: []int64{1}}} {
		rs, err = d.RehearseUndo(ctx, q)
		wantOutcomes(t, "rehearse "+name, rs, err, "planned")
	}
	rs, err = d.Undo(ctx, localapi.UndoRequest{All: true})
	wantOutcomes(t, "undo", rs, err, "undone")
	wantFile(t, file, conf)
}

// TestBusy: two do not work at one Desk.
func TestBusy(t *testing.T) {
	d := newComputer(t).desk()
	w, err := d.sitDown(ctx)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = d.Undo(short, localapi.UndoRequest{All: true})
	if r := (*localapi.Refusal)(nil); !errors.As(err, &r) || r.Reason != localapi.Busy {
		t.Errorf("got %v", err)
	}
	w.done()
}

// TestLongLook: a look that was broken off by its time is none to work from, and in
// the midst of changes it counts as a call that may be on.
func TestLongLook(t *testing.T) {
	late, cancel := context.WithTimeout(ctx, 0)
	defer cancel()
	if err := brokenOff(late); !errors.Is(err, errLong) || brokenOff(ctx) != nil {
		t.Errorf("got %v, %v", err, brokenOff(ctx))
	}
	c := newComputer(t)
	file := c.person("ann", own())
	d := c.desk()
	digest, look, looks := digestOf(t, d, usage), d.look, 0
	d.look = func(ctx context.Context, progress func(string)) (fact.Set, error) {
		set, err := look(ctx, progress)
		if looks++; looks > 1 {
			set, err = fact.Set{}, errLong
		}
		time.Sleep(freshness)
		return set, err
	}
	rs, err := d.Apply(ctx, localapi.ApplyRequest{IDs: []string{usage}, Digest: digest})
	wantOutcomes(t, "apply", rs, err, "waiting")
	if _, err := d.Plan(ctx, localapi.PlanRequest{}); !errors.Is(err, errLong) {
		t.Errorf("the plan of a look that was broken off: %v", err)
	}
	wantFile(t, file, conf)
}

// TestInterrupted: an interrupt before the look is over plans nothing.
func TestInterrupted(t *testing.T) {
	c := newComputer(t)
	c.person("ann", own())
	d := c.desk()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if p, err := d.Plan(gone, localapi.PlanRequest{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestWaived: what whoever asks has waived is left, and another's waiver does not count.
func TestWaived(t *testing.T) {
	c := newComputer(t)
	c.person("ann", own())
	d := c.desk()
	today := policy.Day(time.Now())
	d.Waivers = []policy.Waiver{{Check: usage, Reason: "r", Owner: "ann", Until: today.Plus(5), Made: today}}
	p, err := d.Plan(ctx, localapi.PlanRequest{IDs: []string{usage}})
	if err != nil || len(p.Changes) != 0 || len(p.Left) != 1 || p.Left[0].Message.ID != "plan.waived" {
		t.Errorf("%+v, %v", p, err)
	}
}
