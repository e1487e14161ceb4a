package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/report"
	"huddleguard/agent/update"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// copyAt is a copy that does not run, of a release that is years old.
func copyAt(id string, change ...func(*fact.Installation)) fact.Installation {
	p := strings.Split(id, ":")
	in := fact.Installation{ID: id, Client: p[1], Edition: p[2], Packaging: fact.Packaging(p[3]), Name: "Zoom",
		Versions: []fact.Version{{Raw: "5.17.5.2543", Where: "here"}}, Running: fact.No, InCall: fact.No, Held: fact.No}
	for _, c := range change {
		c(&in)
	}
	return in
}

// chosen is what apply makes of ids (none means --all) on a host.
func chosen(t *testing.T, f *applyFlags, ids []string, copies ...fact.Installation) []*target {
	t.Helper()
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	f.cat, f.print, f.all = cat, message.NewPrinter("en", cat.Texts()), len(ids) == 0
	set := fact.Set{Schema: fact.Schema, Installations: copies}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	return f.choose(checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Now: now}), ids, set)
}

func TestChoose(t *testing.T) {
	const release, holes = "zoom/version/supported-release", "zoom/version/known-vulnerabilities"
	deb := copyAt("linux:zoom:desktop:deb")
	for _, c := range []struct {
		name string
		ids  []string
		in   fact.Installation
		says string
	}{
		{"one that is too old", []string{release}, deb, "Shown only"},
		{"all", nil, deb, "Shown only"},
		{"two findings of one copy", []string{release, holes}, deb, "Shown only"},
		{"by key", []string{release + "|linux:zoom:desktop:deb|"}, deb, "Shown only"},
		{"nothing known of holes", []string{holes}, deb, "Shown only"},
		{"recent", []string{release}, copyAt(deb.ID, func(i *fact.Installation) { i.Versions[0].Raw = "8.0.0.1" }), "Nothing asks"},
		{"no version", []string{release}, copyAt(deb.ID, func(i *fact.Installation) { i.Versions = nil }), "cannot be told"},
		{"held", []string{release}, copyAt(deb.ID, func(i *fact.Installation) { i.Held = fact.Yes }), "apt-mark unhold zoom"},
		{"unpacked by hand", []string{release}, copyAt("linux:zoom:desktop:files"), "by hand"},
	} {
		targets := chosen(t, &applyFlags{dryRun: true}, c.ids, c.in)
		if len(targets) != 1 {
			t.Errorf("%s: %d targets", c.name, len(targets))
			continue
		}
		if says := message.NewPrinter("en", nil).Text(targets[0].Message); !strings.Contains(says, c.says) {
			t.Errorf("%s: %s, %q", c.name, targets[0].Outcome, says)
		}
	}
}

// TestNotDuringACall: such a copy is refused before anybody is asked.
func TestNotDuringACall(t *testing.T) {
	for _, call := range []fact.Tri{fact.Yes, fact.Unknown} {
		in := copyAt("linux:zoom:desktop:deb", func(i *fact.Installation) { i.Running, i.InCall = fact.Yes, call })
		if got := chosen(t, &applyFlags{}, nil, in); len(got) != 1 || got[0].Outcome != refused {
			t.Errorf("in a call %s: %+v", call, got[0])
		}
	}
}

func TestJudge(t *testing.T) {
	after := copyAt("linux:zoom:desktop:deb", func(i *fact.Installation) { i.Versions[0].Raw = "7.0.5.3034" })
	same := copyAt("linux:zoom:desktop:deb")
	blind := copyAt("linux:zoom:desktop:deb", func(i *fact.Installation) { i.Versions = nil })
	broke := &update.Failure{Code: 100, Last: "E: Unable to locate package zoom", Err: errors.New("exit status 100")}
	for _, c := range []struct {
		ended error
		after *fact.Installation
		code  int
		says  string
	}{
		{nil, &after, 0, "Zoom was updated from 5.17.5.2543 to 7.0.5.3034."},
		{nil, &same, exitRefused, "apt knows nothing newer than 5.17.5.2543"},
		{nil, &blind, exitRefused, "nobody can say whether it was updated"},
		{nil, nil, exitRefused, "not found any more"},
		{broke, &same, exitRefused, "apt-get failed with code 100 (E: Unable to locate package zoom). The version is still 5.17.5.2543."},
		{broke, &after, exitRefused, "The version is 7.0.5.3034 now, and was 5.17.5.2543."},
		{&update.Failure{Code: -1, Err: context.Canceled}, &same, exitRefused, "was ended before it was done"},
		{&update.Refusal{Message: message.New("apply.in-call", "name", "Zoom")}, &same, exitRefused, "Nothing is updated during a call"},
		{&update.Refusal{Message: message.New("apply.needs-root", "command", "apt-get"), Rights: true}, &same, exitRights, "needs administrator rights"},
	} {
		x := &target{Name: "Zoom", From: "5.17.5.2543", Command: []string{"apt-get"}}
		x.cmd.Channel = catalogue.Apt
		x.judge(c.ended, c.after)
		if says := message.NewPrinter("en", nil).Text(x.Message); codeOf(x.Outcome) != c.code || !strings.Contains(says, c.says) {
			t.Errorf("%v: %s, %q, want %q", c.ended, x.Outcome, says, c.says)
		}
	}
}

// TestApplySchema holds what apply prints against its published schema: every
// member is described, and every outcome is one of its words.
func TestApplySchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	s, err := c.Compile("../../docs/schema/apply.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	done := chosen(t, &applyFlags{dryRun: true}, nil, copyAt("linux:zoom:desktop:deb"), copyAt("linux:zoom:desktop:files"))
	for _, outcome := range []string{planned, notNeeded, updated, nothingNew, unverified, failed, refused, declined, notPermitted} {
		done = append(done, &target{Findings: []string{}, Command: []string{}, Outcome: outcome, Message: message.New("apply.declined")})
	}
	var b bytes.Buffer
	if err := report.EncodeJSON(&b, applied{Schema: applySchema, Updates: done, Changes: everyChange(t), Left: []plan.Left{}}); err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
	for _, list := range []string{"updates", "changes"} {
		members := s.Properties[list].Items2020.Ref.Properties
		for member := range v.(map[string]any)[list].([]any)[0].(map[string]any) {
			if members[member] == nil {
				t.Errorf("%s: %q is not described", list, member)
			}
		}
	}
	if v := (applied{Schema: applySchema, Updates: []*target{}}); report.EncodeJSON(&b, v) != nil || !strings.Contains(b.String(), `"updates": []`) {
		t.Errorf("nothing to do is written as %s", b.String())
	}
}

// TestAgreed: only a plain yes is one.
func TestAgreed(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]bool{"y\n": true, "Yes\n": true, "yes": true, "\n": false, "": false, "n\n": false, "yess\n": false} {
		cmd := &cobra.Command{}
		cmd.SetIn(strings.NewReader(answer))
		cmd.SetErr(&strings.Builder{})
		f := deskFlags{print: newPrinter("en", cat)}
		if f.agreed(cmd) != want {
			t.Errorf("%q counts as %v", answer, !want)
		}
	}
}

// everyChange is a change with each of the outcomes there are.
func everyChange(t *testing.T) []report.Changed {
	t.Helper()
	var all []localapi.Result
	for _, o := range []harden.Outcome{harden.Applied, harden.Already, harden.Planned, harden.Waiting, harden.Refused, harden.RolledBack,
		harden.Failed, harden.Undone, harden.Superseded, harden.Forbidden, declined} {
		all = append(all, localapi.Result{Outcome: string(o), Entry: 3, Why: "so",
			Change: plan.Change{Message: message.New("plan.nothing"), At: fact.At{Store: "ini", Path: "/x"}},
			Waits:  []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom", Sure: true}, {Kind: plan.WaitRunning, Name: "Mumble"}}})
	}
	list, _ := wordsFor(all, false, message.NewPrinter("en", nil))
	for _, c := range list {
		if c.Text == "" || strings.HasPrefix(c.Text, "change.") {
			t.Errorf("%s is put into words as %q", c.Outcome, c.Text)
		}
	}
	return list
}

func TestCodes(t *testing.T) {
	for outcome, want := range map[harden.Outcome]int{
		harden.Applied: 0, harden.Already: 0, harden.Planned: 0, harden.Undone: 0, harden.Forbidden: 5,
		harden.Waiting: 4, harden.Refused: 4, harden.RolledBack: 4, harden.Failed: 4, harden.Superseded: 4, declined: 4,
	} {
		if got := codeOfChange(string(outcome)); got != want {
			t.Errorf("%s is %d, want %d", outcome, got, want)
		}
	}
	for _, c := range []struct {
		id   string
		all  bool
		want int
	}{{"plan.good", false, 0}, {"plan.good", true, 0}, {"plan.by-hand", true, 0}, {"plan.by-hand", false, 4}, {"plan.managed", false, 4}, {"plan.no-worker", true, 4}} {
		if got := codeOfLeft(plan.Left{Message: message.New(c.id)}, c.all); got != c.want {
			t.Errorf("%s left, all %v, is %d, want %d", c.id, c.all, got, c.want)
		}
	}
}

func TestQuoted(t *testing.T) {
	if got := quoted([]string{"zoom/a/b", "zoom/a/b|linux:zoom|ann", "it's"}); got != `zoom/a/b 'zoom/a/b|linux:zoom|ann' 'it'\''s'` {
		t.Error(got)
	}
}
