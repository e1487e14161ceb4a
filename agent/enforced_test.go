//go:build unix

package agent

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"huddleguard/agent/localapi"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

// outcomes are those of a Held, by person.
func outcomes(h localapi.Held) map[string]string {
	out := map[string]string{}
	for _, d := range h.Drift {
		out[d.Change.User] += d.Outcome
	}
	return out
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

// TestHeld: root sees how everybody's stands, what waits with the processes waited
// for, what could not be looked at, and what each person's worker leaves alone.
func TestHeld(t *testing.T) {
	c := newComputer(t)
	files := map[string]string{"ann": c.person("ann", "4001"), "bo": c.person("bo", "4002")}
	workers := map[string]*seated{"ann": {Desk: c.as("ann", "4001")}, "bo": {Desk: c.as("bo", "4002")}}
	o := officeOf(c, func(_ context.Context, user string) (Worker, error) { return workers[user], nil })
	o.desk.Policy = enforcing
	for _, w := range workers {
		w.Policy, w.Actor = enforcing, "policy"
	}
	held, err := o.Held(ctx, localapi.HeldRequest{})
	if err != nil || !reflect.DeepEqual(outcomes(held), map[string]string{"ann": "drifted", "bo": "drifted"}) {
		t.Fatalf("at first: %+v, %v", held, err)
	}
	for range 3 {
		rs, err := workers["ann"].Enforce(ctx, localapi.EnforceRequest{})
		wantOutcomes(t, "enforce", rs, err, "applied")
		writeFile(t, files["ann"], conf)
	}
	rs, err := workers["ann"].Enforce(ctx, localapi.EnforceRequest{})
	wantOutcomes(t, "the fourth time", rs, err, "fought-over")
	if held, err = o.Held(ctx, localapi.HeldRequest{}); err != nil || !reflect.DeepEqual(outcomes(held), map[string]string{"ann": "fought-over", "bo": "drifted"}) {
		t.Errorf("after three fights: %+v, %v", held, err)
	}
	c.before = func(set *fact.Set, _ int) {
		set.Installations[0].Running, set.Installations[0].Runs = fact.Yes, []fact.Run{{PID: 7, User: "bo"}}
		set.Facts[0].State, set.Facts[0].Why = fact.Hidden, "no permission"
		set.Facts[1].State, set.Facts[1].Why = fact.Hidden, "no permission"
	}
	held, err = o.Held(ctx, localapi.HeldRequest{})
	if err != nil || !reflect.DeepEqual(outcomes(held), map[string]string{"bo": "waiting"}) || !slices.Equal(held.Drift[0].PIDs, []int{7}) {
		t.Errorf("while bo's runs: %+v, %v", held, err)
	}
	if len(held.Unseen) != 1 || held.Unseen[0].User != "ann" || held.Unseen[0].Check != usage || !strings.Contains(held.Unseen[0].Text, "no permission") {
		t.Errorf("not seen: %+v", held.Unseen)
	}
}

// TestLocked: what policy enforces is not taken back, also not in a rehearsal.
func TestLocked(t *testing.T) {
	c := newComputer(t)
	file := c.person("ann", own())
	d := c.as("ann", own())
	d.Policy = enforcing
	rs, err := d.Enforce(ctx, localapi.EnforceRequest{})
	wantOutcomes(t, "enforce", rs, err, "applied")
	for name, undo := range map[string]func(context.Context, localapi.UndoRequest) ([]localapi.Result, error){"undo": d.Undo, "rehearse": d.RehearseUndo} {
		rs, err := undo(ctx, localapi.UndoRequest{All: true})
		wantOutcomes(t, name, rs, err, "refused")
		if len(rs) == 1 && rs[0].Why != errEnforced.Error() {
			t.Errorf("%s: %q", name, rs[0].Why)
		}
	}
	wantFile(t, file, mended)
}

// TestPlaces: watched is where what is enforced stands, and where it could.
func TestPlaces(t *testing.T) {
	c := newComputer(t)
	home := filepath.Dir(filepath.Dir(filepath.Dir(c.person("ann", "4001"))))
	c.set.Looked = []fact.Looked{
		{Checks: []string{"zoom/leftovers/none", "*/telemetry/usage-statistics"}, User: "ann", Path: home + "/.config/new"},
		{Checks: []string{"*/permission/site-camera"}, User: "ann", Path: home + "/.config/other"},
		{Checks: []string{usage}, Path: "/etc/thing"},
	}
	c.set.Facts = append(c.set.Facts, fact.Fact{Kind: fact.Permission, Name: "camera", Client: "zoom", User: "ann", At: []fact.At{{Store: "portal", Path: "devices"}}})
	d := c.desk()
	d.Policy = enforcing
	want := []localapi.Place{
		{Home: home, Path: home + "/none.json"}, {Home: home, Path: home + "/.config/Mumble/Mumble.conf"}, {Home: home, Path: home + "/.config/new"},
		{Path: "/etc/thing"}, {Path: home},
	}
	if got := d.places(c.set); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	d.Policy.Rules = map[string]policy.Rule{"zoom/permission/camera": {Mode: "enforce"}}
	if got := d.places(c.set); len(got) == 0 || got[0] != (localapi.Place{Home: home, Path: home + "/.local/share/flatpak/db/devices"}) {
		t.Errorf("a portal's table: %+v", got)
	}
}
