package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// english speaks of the clients there are.
var english = func() *message.Printer {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		panic(err)
	}
	return message.NewPrinter("en", cat.Texts())
}()

const usage = "mumble/telemetry/usage-statistics"

// samplePlan has a change with everything and one with nothing, and something left.
func samplePlan() plan.Plan {
	full := plan.Change{ID: "0123456789ab", Finding: usage + "|linux:mumble:desktop:deb|ann", Check: usage, Client: "mumble", Installation: "linux:mumble:desktop:deb",
		User: "ann", Severity: checks.Low, Message: message.New("catalogue/" + usage + "/title"), Title: "No usage statistics are sent",
		At: fact.At{Store: "ini", Path: "/home/ann/.config/Mumble/Mumble.conf", Section: "ui", Key: "usage", Item: "x", Fold: true, Digits: true}, Type: "bool",
		Before: fact.Held{State: fact.Absent, Whole: true}, After: fact.Held{State: fact.Present, Value: false, Whole: true},
		Advisories: []string{"NSA-C5", "CYCORD-10 (by analogy)"}, Loses: &message.Message{ID: "plan.nothing"}, Mode: "advise",
		Waits: []plan.Wait{{Kind: plan.WaitRunning, Name: "Mumble", Sure: true}, {Kind: plan.WaitCall, Name: "Zoom"}, {Kind: plan.WaitCall, Name: "Zoom"}}}
	bare := plan.Change{ID: "ba9876543210", Check: "zoom/exposure/setuid", Client: "zoom", Severity: checks.High, Message: message.New("plan.left"), Title: "x",
		At: fact.At{Store: "quarantine", Path: "/opt/zoom/\x1b[31mx"}, Before: fact.Held{State: fact.Present}, After: fact.Held{State: fact.Absent},
		Advisories: []string{}, EffectSeen: true, NeedsRoot: true, Mode: "enforce", Waits: []plan.Wait{}}
	why := message.New("plan.managed")
	p := plan.Plan{Schema: plan.Schema, Changes: []plan.Change{full, bare},
		Left: []plan.Left{{Finding: "zoom/a/b|x|bo", Check: "zoom/a/b", User: "bo", Message: why, Text: "t"}}}
	p.Digest = plan.DigestOf(p.Changes)
	return p
}

func TestPlanText(t *testing.T) {
	var b bytes.Buffer
	if err := PlanText(&b, samplePlan(), english, "huddleguard apply --all", TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `Mumble
  No usage statistics are sent
    /home/ann/.config/Mumble/Mumble.conf [ui] usage (x)
    - not there
    + false
    You lose: There is nothing to change.
    It is written; that it takes effect is not verified by us.
    It waits for Mumble to be closed, since Zoom may be in a call.
    mumble/telemetry/usage-statistics · NSA-C5, CYCORD-10 (by analogy) · of ann
Zoom
  Left as it is
    /opt/zoom/<U+001B>[31mx
    - there
    + not there
    It is the machine's and needs administrator rights.
    zoom/exposure/setuid

Left as it is
  – zoom/a/b · of bo: Your organisation set this value, and it is left to your organisation.

2 changes.
To make exactly these changes: huddleguard apply --all
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := PlanText(&b, plan.Plan{}, english, "", TextOptions{}); err != nil || b.String() != "There is nothing to change.\n" {
		t.Errorf("an empty plan is %q, %v", b.String(), err)
	}
}

// TestHeld: every form a place's content can have is put into words.
func TestHeld(t *testing.T) {
	w := words{english}
	for want, h := range map[string]fact.Held{
		"as it is": {}, "not there": {State: fact.Absent}, "there": {State: fact.Present}, "empty": {State: fact.Present, Value: ""},
		"true": {State: fact.Present, Value: true}, "3": {State: fact.Present, Value: 3.0}, "a, b": {State: fact.Present, Value: []any{"a", "b"}},
	} {
		if got := w.held(h); got != want {
			t.Errorf("%+v is %q, want %q", h, got, want)
		}
	}
}

func sampleChanged(undone bool) []Changed {
	c := samplePlan().Changes[0]
	var out []Changed
	for _, r := range []localapi.Result{
		{Change: c, Entry: 12, Outcome: "applied"},
		{Change: c, Outcome: "waiting", Waits: c.Waits},
		{Change: c, Outcome: "rolled-back", Why: "it did not take, and was put back"},
		{Change: c, Outcome: "planned"},
	} {
		out = append(out, NewChanged(r, undone, english))
	}
	return out
}

func TestChangedText(t *testing.T) {
	var b bytes.Buffer
	if err := ChangedText(&b, sampleChanged(true), english, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	const below = "  /home/ann/.config/Mumble/Mumble.conf [ui] usage (x) · mumble/telemetry/usage-statistics · of ann\n"
	want := "✓ No usage statistics are sent: changed. It is entry 12 of ann's history.\n" + below +
		"… No usage statistics are sent: nothing was done. It waits for Mumble to be closed, since Zoom may be in a call.\n" + below +
		"✗ No usage statistics are sent: it did not take, and was put back.\n" + below +
		"• No usage statistics are sent: it would be taken back.\n" + below
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// sampleHistory has an entry of every status.
func sampleHistory() []localapi.Entry {
	var out []localapi.Entry
	for i, status := range []string{"intent", "done", "dropped", "rolled-back", "undoing", "undone", "superseded"} {
		out = append(out, localapi.Entry{ID: int64(i + 1), Plan: "d", Change: samplePlan().Changes[0], Status: status, Actor: "ann",
			At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), Ended: time.Date(2026, 11, 27, 10, 30, 0, 0, time.UTC), By: "root", Why: "so"})
	}
	return out
}

func TestHistoryText(t *testing.T) {
	var b bytes.Buffer
	if err := HistoryText(&b, sampleHistory()[5:6], english, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `6. No usage statistics are sent
   /home/ann/.config/Mumble/Mumble.conf [ui] usage (x): not there → false
   Changed on 2026-11-26 09:00 UTC by ann, and taken back on 2026-11-27 10:30 UTC by root.
   mumble/telemetry/usage-statistics · NSA-C5, CYCORD-10 (by analogy) · of ann
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := HistoryText(&b, sampleHistory(), english, TextOptions{}); err != nil || strings.Contains(b.String(), "history.") {
		t.Errorf("%v: not all is put into words:\n%s", err, b.String())
	}
	b.Reset()
	older := sampleHistory()[5]
	older.Status = "done"
	newer := older
	newer.ID = 9
	if err := HistoryText(&b, []localapi.Entry{newer, older}, english, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n   Changed on 2026-11-26 09:00 UTC by ann.\n", "\n   Changed on 2026-11-26 09:00 UTC by ann, and written anew since: see entry 9.\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := HistoryText(&b, nil, english, TextOptions{}); err != nil || b.String() != "Nothing was changed yet.\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestChangeSchemas holds plans, histories and what undo prints against what is
// published of them.
func TestChangeSchemas(t *testing.T) {
	type history struct {
		Schema  string           `json:"schema"`
		Entries []localapi.Entry `json:"entries"`
	}
	type undone struct {
		Schema  string    `json:"schema"`
		Changes []Changed `json:"changes"`
	}
	type held struct {
		Schema   string      `json:"schema"`
		Enforces bool        `json:"enforces"`
		Changes  []Changed   `json:"changes"`
		Unseen   []plan.Left `json:"unseen"`
	}
	standing := sampleChanged(false)[:3]
	for i, outcome := range []string{"drifted", "waiting", "fought-over"} {
		standing[i].Outcome = outcome
	}
	for name, values := range map[string][]any{
		"status.schema.json":  {held{"huddleguard.status/1", true, standing, samplePlan().Left}, held{"huddleguard.status/1", false, []Changed{}, []plan.Left{}}},
		"plan.schema.json":    {samplePlan(), plan.Plan{Schema: plan.Schema, Changes: []plan.Change{}, Left: []plan.Left{}}},
		"history.schema.json": {history{"huddleguard.history/1", sampleHistory()}, history{"huddleguard.history/1", []localapi.Entry{}}},
		"undo.schema.json":    {undone{"huddleguard.undo/1", sampleChanged(true)}, undone{"huddleguard.undo/1", []Changed{}}},
	} {
		s, raw := schema(t, name)
		for _, v := range values {
			data, err := json.Marshal(v)
			if err == nil {
				err = s.Validate(decode(t, data))
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		sameMembers(t, raw, raw, reflect.TypeOf(values[0]), name)
	}
	_, undo := schema(t, "undo.schema.json")
	_, apply := schema(t, "apply.schema.json")
	if !reflect.DeepEqual(undo["$defs"].(map[string]any)["changed"], apply["$defs"].(map[string]any)["changed"]) {
		t.Error("apply and undo describe a change differently")
	}
}
