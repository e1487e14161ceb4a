package snapd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

var (
	camera = fact.At{Store: "snapd", Path: "slack", Key: "camera", Item: "core:camera"}
	inSlot = connection{plug{"slack", "camera"}, slot{"core", "camera"}}
	sound  = connection{plug{"slack", "audio-record"}, slot{"core", "audio-record"}}
	others = connection{plug{"other", "camera"}, slot{"core", "camera"}}
	absent = fact.Held{State: fact.Absent}
	there  = fact.Held{State: fact.Present, Value: "allowed"}
)

func (f *fake) all(but connection) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var lines []string
	for c, manual := range f.established {
		if c != but {
			lines = append(lines, fmt.Sprint(c, manual))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (f *fake) set(c connection, in bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if delete(f.established, c); in {
		f.established[c] = true
	}
}

// place is a case of the contract: a plug that is in its slot, or is not.
func place(in bool) func(*testing.T) hardentest.Case {
	return func(t *testing.T) hardentest.Case {
		f := &fake{established: map[connection]bool{sound: false, others: true}, slow: 3}
		f.set(inSlot, in)
		c := hardentest.Case{
			Store: start(t, f), At: camera, Want: absent, Already: there,
			Snapshot: func() string { return f.all(connection{}) },
			Beside: func() {
				f.set(sound, false)
				f.set(connection{plug{"slack", "camera"}, slot{"gadget", "camera"}}, true)
			},
			Others:    func() string { return f.all(inSlot) },
			Overwrite: func() { _, now := f.established[inSlot]; f.set(inSlot, !now) },
		}
		if !in {
			c.Want, c.Already = there, absent
		}
		return c
	}
}

func TestContract(t *testing.T) {
	t.Run("take out", func(t *testing.T) { hardentest.Suite(t, place(true)) })
	t.Run("put in", func(t *testing.T) { hardentest.Suite(t, place(false)) })
}

// TestByItself: what snapd had connected by itself stands again after undoing,
// as one made by hand.
func TestByItself(t *testing.T) {
	f := &fake{established: map[connection]bool{inSlot: false}}
	s := start(t, f)
	step := plan.Step{Prior: inSlot.standing()}
	if err := errors.Join(s.Do(t.Context(), camera, step), s.Undo(t.Context(), camera, step)); err != nil {
		t.Fatal(err)
	}
	now, err := s.Read(t.Context(), camera)
	if err != nil || !now.Same(step.Prior) || !f.established[inSlot] {
		t.Errorf("it is %v %v, by hand: %v", now, err, f.established[inSlot])
	}
}

// TestRefusals: snapd's own words reach nobody.
func TestRefusals(t *testing.T) {
	for kind, want := range map[string]string{
		"login-required":       "snapd lets only root change it",
		"snap-change-conflict": "snapd is changing this snap already",
		"odd":                  "snapd refused: 409",
	} {
		f := &fake{established: map[connection]bool{inSlot: true}, refuses: kind}
		err := start(t, f).Do(t.Context(), camera, plan.Step{Prior: inSlot.standing()})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", kind, err)
		}
	}
	f := &fake{established: map[connection]bool{inSlot: true}, refuses: "faster"}
	if err := start(t, f).Do(t.Context(), camera, plan.Step{Prior: inSlot.standing()}); !errors.Is(err, harden.ErrMoved) {
		t.Errorf("somebody was faster: %v", err)
	}
}

// TestStuck: a change that takes too long is called off and said.
func TestStuck(t *testing.T) {
	f := &fake{established: map[connection]bool{inSlot: true}, stuck: true}
	s := start(t, f)
	s.change = 20 * time.Millisecond
	err := s.Do(t.Context(), camera, plan.Step{Prior: inSlot.standing()})
	if err == nil || err.Error() != "snapd gave the change up and took it back" {
		t.Errorf("got %v", err)
	}
	if f.changes[0].Status != "Undone" {
		t.Errorf("the change is %s", f.changes[0].Status)
	}
}

// TestSettleWaits: a change that was begun before a crash is waited for.
func TestSettleWaits(t *testing.T) {
	f := &fake{established: map[connection]bool{inSlot: true}, slow: 5}
	s := start(t, f)
	if _, err := s.begin(t.Context(), "disconnect", inSlot); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context(), camera, plan.Step{}); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Read(t.Context(), camera); err != nil || now.Present {
		t.Errorf("after settling: %v %v", now.Present, err)
	}
}

// TestRecorded: what snapd 2.57.6 answered, as it came.
func TestRecorded(t *testing.T) {
	read := func(name string) (answer, error) {
		data, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		return open(data)
	}
	a, err := read("connections")
	var got struct{ Established []connection }
	if err == nil {
		err = json.Unmarshal(a.Result, &got)
	}
	want := []connection{{plug{"probe", "camera"}, slot{"core", "camera"}}, {plug{"probe", "home"}, slot{"core", "home"}}, {plug{"probe", "network"}, slot{"core", "network"}}}
	if err != nil || !slices.Equal(got.Established, want) {
		t.Errorf("connections: %v %v", got, err)
	}
	if a, err := read("accepted"); err != nil || a.Type != "async" || a.Change != "5" {
		t.Errorf("accepted: %+v %v", a, err)
	}
	for name, want := range map[string]refusal{"not-installed": {404, "snap-not-found"}, "not-connected": {400, ""}, "not-root": {401, "login-required"}} {
		var got *refusal
		if _, err := read(name); !errors.As(err, &got) || *got != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNotThere(t *testing.T) {
	s := start(t, &fake{})
	if now, err := s.Read(t.Context(), fact.At{Path: "gone", Key: "camera", Item: "core:camera"}); err != nil || now.Present {
		t.Errorf("a snap that is not installed: %v %v", now, err)
	}
	if _, err := New(t.TempDir()+"/none").Read(context.Background(), camera); !errors.Is(err, errSilent) {
		t.Errorf("without snapd: %v", err)
	}
	for _, at := range []fact.At{{Path: "a", Key: "b"}, {Path: "a", Key: "b", Item: "camera"}, {Path: "a", Key: "b", Item: ":camera"}, {Key: "b", Item: "a:b"}} {
		if _, err := s.Read(t.Context(), at); !errors.Is(err, errPlace) {
			t.Errorf("%+v: %v", at, err)
		}
	}
}

// TestRealSnapd goes through the contract with the snapd of this computer, on a
// snap that stands in HUDDLEGUARD_SNAP with its plug and slot, connected by
// hand: "probe camera core:camera". It takes root.
func TestRealSnapd(t *testing.T) {
	words := strings.Fields(os.Getenv("HUDDLEGUARD_SNAP"))
	if len(words) != 3 {
		t.Skip("NOT RUN: HUDDLEGUARD_SNAP names no snap to try it on")
	}
	s := New(Socket)
	at := fact.At{Store: "snapd", Path: words[0], Key: words[1], Item: words[2]}
	c, err := connectionAt(at)
	if err != nil {
		t.Fatal(err)
	}
	swap := func() {
		now, err := s.Read(t.Context(), at)
		to := plan.Standing{}
		if !now.Present {
			to = c.standing()
		}
		if err = errors.Join(err, s.swap(t.Context(), at, now, to)); err != nil {
			t.Fatal(err)
		}
	}
	hardentest.Suite(t, func(t *testing.T) hardentest.Case {
		if now, err := s.Read(t.Context(), at); err != nil {
			t.Fatal(err)
		} else if !now.Present {
			swap()
		}
		return hardentest.Case{
			Store: s, At: at, Want: absent, Already: there,
			Snapshot: func() string {
				a, err := s.ask(t.Context(), "GET", "/v2/connections?select=all", nil)
				if err != nil {
					t.Fatal(err)
				}
				return string(a.Result)
			},
			Overwrite: swap,
		}
	})
}
