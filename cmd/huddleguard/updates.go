package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"huddleguard/agent/update"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// The outcomes of a target. The empty one is still to come.
const (
	planned      = "planned"       // shown, and not run
	notNeeded    = "not-needed"    // no finding asks for an update
	updated      = "updated"       // a look afterwards saw another version
	nothingNew   = "nothing-new"   // the command ended well and the version is the same
	unverified   = "unverified"    // the command ended well and the version cannot be read
	failed       = "failed"        // the command did not end well
	refused      = "refused"       // no command, or not now
	declined     = "declined"      // the person said no
	notPermitted = "not-permitted" // whoever asked lacks the rights
)

// target is one copy to be updated, and what became of it.
type target struct {
	Installation string   `json:"installation"`
	Client       string   `json:"client"`
	Name         string   `json:"name"`
	User         string   `json:"user"`
	Path         string   `json:"path"`
	Findings     []string `json:"findings"` // their keys
	// Command is what is run, or would be; empty where there is none.
	Command []string        `json:"command"`
	Outcome string          `json:"outcome"`
	From    string          `json:"from"` // the versions before and after
	To      string          `json:"to"`
	Message message.Message `json:"message"`
	Text    string          `json:"text"` // the message in English

	cmd updates.Command
}

// open says whether a target's command is still to be run.
func (t *target) open() bool { return t.Outcome == "" }

func (t *target) becomes(outcome string, m message.Message) { t.Outcome, t.Message = outcome, m }

// settle gives the targets that are still open an outcome.
func settle(targets []*target, outcome string, m message.Message) {
	for _, t := range targets {
		if t.open() {
			t.becomes(outcome, m)
		}
	}
}

// byUpdate says whether a check is mended by an update.
func byUpdate(cat *catalogue.Catalogue, id string) bool {
	found, ok := cat.Find(id)
	return ok && found.Check != nil && checks.RemedyKind(found.Check.Remedy) == checks.RemedyUpdate
}

// choose finds the copies that the findings asked for are about, each once.
func (f *applyFlags) choose(findings []checks.Finding, ids []string, set fact.Set) []*target {
	targets := []*target{}
	for i := range findings {
		found := &findings[i]
		if found.Installation == "" || !byUpdate(f.cat, found.ID) || f.all && found.Outcome != checks.Fail ||
			!f.all && !slices.Contains(ids, found.ID) && !slices.Contains(ids, found.Key) {
			continue
		}
		at := slices.IndexFunc(targets, func(t *target) bool { return t.Installation == found.Installation })
		if at < 0 {
			at = len(targets)
			targets = append(targets, f.target(set, found.Installation))
		}
		targets[at].asks(found)
	}
	for _, t := range targets {
		if t.Outcome == notNeeded {
			continue
		}
		f.plan(t, set)
	}
	return targets
}

// hasFinding refuses an id that is none, or that no copy here has.
func hasFinding(cat *catalogue.Catalogue, findings []checks.Finding, id string) error {
	if err := knownCheck(cat, id); err != nil {
		return err
	}
	if !slices.ContainsFunc(findings, func(x checks.Finding) bool { return x.ID == id || x.Key == id }) {
		return withHint(fmt.Errorf("no copy that was found here has the finding %s", id), "huddleguard scan --verbose shows every finding and its id")
	}
	return nil
}

func (f *applyFlags) target(set fact.Set, id string) *target {
	t := &target{Installation: id, Findings: []string{}, Command: []string{}, Outcome: notNeeded, Message: message.New("apply.not-needed")}
	if inst := find(set, id); inst != nil {
		t.Client, t.Name, t.User, t.Path, t.From = inst.Client, inst.Name, inst.User, inst.Path, versionsOf(inst)
	}
	return t
}

// asks lets a finding ask for an update: one that failed does, and so does what
// is published, where nobody can say whether it concerns this version.
func (t *target) asks(found *checks.Finding) {
	t.Findings = append(t.Findings, found.Key)
	if found.Outcome == checks.Fail || found.Outcome == checks.Unknown && strings.HasSuffix(found.ID, "/version/known-vulnerabilities") {
		t.Outcome = ""
	} else if found.Outcome == checks.Unknown && !t.open() {
		t.becomes(refused, message.New("apply.undecided"))
	}
}

// plan draws up the command of a target that asks for one.
func (f *applyFlags) plan(t *target, set fact.Set) {
	inst := find(set, t.Installation)
	if !t.open() || inst == nil {
		return
	}
	cmd, why, ok := updates.Plan(updates.Input{Catalogue: f.cat, Host: set.Host, Copy: inst, Now: time.Now()})
	if !ok {
		t.becomes(refused, why)
		return
	}
	t.cmd, t.Command = cmd, cmd.Argv
	if f.dryRun {
		t.becomes(planned, message.New("apply.planned", "root", cmd.NeedsRoot))
	} else if refusal := update.Check(cmd, inst, set.Installations); refusal != nil {
		t.refuse(refusal)
	}
}

func (t *target) refuse(r *update.Refusal) {
	if r.Rights {
		t.becomes(notPermitted, r.Message)
		return
	}
	t.becomes(refused, r.Message)
}

func find(set fact.Set, id string) *fact.Installation {
	i := slices.IndexFunc(set.Installations, func(in fact.Installation) bool { return in.ID == id })
	if i < 0 {
		return nil
	}
	return &set.Installations[i]
}

// versionsOf are the versions that a copy's witnesses name, each once. What is
// registered and what lies there can differ, and either may be what changes.
func versionsOf(inst *fact.Installation) string {
	var out []string
	for _, v := range inst.Versions {
		if raw := graphic(v.Raw); raw != "" && !slices.Contains(out, raw) {
			out = append(out, raw)
		}
	}
	return strings.Join(out, ", ")
}

// graphic replaces what is not drawn in a text from the host: controls, bidi
// overrides, characters nobody sees.
func graphic(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// updateAll runs the open targets' commands, one after the other. Before and
// after each it looks: time has passed, and a call may have begun.
func (f *applyFlags) updateAll(cmd *cobra.Command, targets []*target) {
	ctx := cmd.Context()
	cmd.SetContext(context.WithoutCancel(ctx)) // what was changed is looked at, also after an interrupt
	set, err := f.collect(cmd, f.cat, f.print)
	for _, t := range targets {
		if err != nil {
			settle(targets, failed, message.New("apply.no-look", "why", err.Error()))
		} else if ctx.Err() != nil {
			settle(targets, refused, message.New("apply.interrupted"))
		}
		if !t.open() {
			continue
		}
		before := find(set, t.Installation)
		if before == nil {
			t.becomes(refused, message.New("apply.gone", "name", t.Name))
			continue
		}
		t.From = versionsOf(before)
		f.line(cmd.ErrOrStderr(), message.New("apply.running", "command", t.cmd.String()))
		ended := update.Run(ctx, t.cmd, before, set.Installations, cmd.ErrOrStderr())
		if set, err = f.collect(cmd, f.cat, f.print); err == nil {
			t.judge(ended, find(set, t.Installation))
		}
	}
	if err != nil { // the last look
		settle(targets, failed, message.New("apply.no-look", "why", err.Error()))
	}
}

// judge says what became of a target, by how its command ended and by what a
// look saw afterwards.
func (t *target) judge(ended error, after *fact.Installation) {
	if r := (*update.Refusal)(nil); errors.As(ended, &r) {
		t.refuse(r)
		return
	}
	if after != nil {
		t.To = versionsOf(after)
	}
	fail := (*update.Failure)(nil)
	switch {
	case errors.As(ended, &fail) && (fail.Code != 0 || t.To == t.From):
		t.becomes(failed, message.New("apply.failed", "tool", t.Command[0], "code", fail.Code, "last", fail.Last, "from", t.From, "to", t.To))
	case after == nil:
		t.becomes(failed, message.New("apply.gone", "name", t.Name))
	case t.To == "":
		t.becomes(unverified, message.New("apply.unverified", "name", t.Name))
	case t.To == t.From:
		t.becomes(nothingNew, message.New("apply.nothing-newer", "name", t.Name, "version", t.To, "channel", string(t.cmd.Channel)))
	default:
		t.becomes(updated, message.New("apply.updated", "name", t.Name, "from", t.From, "to", t.To))
	}
}

func codeOf(outcome string) int {
	switch outcome {
	case updated, planned, notNeeded:
		return 0
	case notPermitted:
		return exitRights
	}
	return exitRefused
}
