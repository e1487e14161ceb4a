package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"huddleguard/agent/report"
	"huddleguard/agent/update"
	"huddleguard/checks"
	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// applyFlags are the flags of apply, and what it works with.
type applyFlags struct {
	source
	advisories advisoryData
	all        bool
	yes        bool
	dryRun     bool
	format     string
	lang       string

	cat   *catalogue.Catalogue
	db    *advisory.Database
	print *message.Printer
}

func newApply() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply ID... | --all",
		Short: "Update copies that are too old, through the machine's own package manager",
		Long: `Update the copies of conferencing clients that a finding says are too old or
have known vulnerabilities. ID is a check's id (zoom/version/supported-release)
or the key of one finding. Each copy is updated by one fixed command of the
channel it came through, which is shown first and asked about. Nothing is
updated during a call, nor while a client runs of which nobody can say whether
it is in one. Afterwards the copy is looked at again.

Settings are not changed yet: findings that only a setting mends are refused.

Exit codes: 0 every copy asked about is updated, or needed nothing; 2 bad usage,
or nobody could be asked (no terminal, no --yes); 4 an update was refused, failed,
or found nothing newer; 5 administrator rights are needed.`,
		Example: `  huddleguard apply zoom/version/supported-release
  sudo huddleguard apply --all --yes
  huddleguard apply --all --dry-run --format json`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			cat, err := catalogue.BuiltIn()
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return slices.DeleteFunc(cat.IDs(), func(id string) bool { return !byUpdate(cat, id) }), cobra.ShellCompDirectiveNoFileComp
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "every copy that a finding says needs an update")
	fl.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	fl.BoolVar(&f.dryRun, "dry-run", false, "show the commands and run nothing")
	f.pagesFlag(cmd)
	f.advisories.flags(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

// check refuses bad words before anything is looked at.
func (f *applyFlags) check(cmd *cobra.Command, ids []string) error {
	switch {
	case f.all == (len(ids) > 0):
		return withHint(errors.New("apply takes ids of checks, or --all"), "huddleguard scan shows the id of each finding")
	case !f.yes && !f.dryRun && !asksBack(cmd.InOrStdin()):
		return withHint(errors.New("there is no terminal to ask on"), "--yes updates without asking, --dry-run only shows the commands")
	}
	return oneOf("format", f.format, "text", "json")
}

func asksBack(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func (f *applyFlags) run(cmd *cobra.Command, ids []string) error {
	err := f.check(cmd, ids)
	if err != nil {
		return err
	}
	if f.cat, err = f.catalogue(cmd); err != nil {
		return err
	}
	f.print = newPrinter(f.lang, f.cat)
	set, err := f.collect(cmd, f.cat, f.print)
	if err != nil {
		return withHint(err, "apply works on a running machine, which is Linux only so far")
	}
	if f.db, err = f.advisories.open(cmd); err != nil {
		return err
	}
	findings := checks.Evaluate(checks.Input{Facts: set, Catalogue: f.cat, Now: time.Now(), Advisories: f.db})
	targets, err := f.choose(findings, ids, set)
	if err != nil {
		return err
	}
	f.show(cmd, targets)
	switch {
	case f.dryRun || !slices.ContainsFunc(targets, (*target).open):
	case f.yes || f.agreed(cmd):
		f.updateAll(cmd, targets)
	default:
		settle(targets, declined, message.New("apply.declined"))
	}
	return f.tell(cmd, targets)
}

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

// applySchema names the JSON form of what apply did.
const applySchema = "huddleguard.apply/1"

// applied is what apply prints as JSON.
type applied struct {
	Schema  string    `json:"schema"`
	Updates []*target `json:"updates"`
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
func (f *applyFlags) choose(findings []checks.Finding, ids []string, set fact.Set) ([]*target, error) {
	for _, id := range ids {
		if err := f.asked(findings, id); err != nil {
			return nil, err
		}
	}
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
	return targets, nil
}

// asked refuses an id that is none, that an update does not mend, or that no
// copy here has.
func (f *applyFlags) asked(findings []checks.Finding, id string) error {
	check, _, _ := strings.Cut(id, "|")
	if _, ok := f.cat.Find(check); !ok {
		return withHint(fmt.Errorf("there is no check %q", id), suggest(f.cat, check))
	}
	if !byUpdate(f.cat, check) {
		return withHint(fmt.Errorf("%s is not mended by an update", check), "settings are not changed yet; huddleguard explain "+check+" says what to change")
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

// show lists the copies and the exact commands, before anything is run.
func (f *applyFlags) show(cmd *cobra.Command, targets []*target) {
	out := cmd.OutOrStdout()
	if f.format == "json" {
		out = cmd.ErrOrStderr()
	}
	if len(targets) == 0 {
		f.line(out, message.New("apply.nothing"))
	}
	for _, t := range targets {
		f.line(out, message.New("apply.copy", "name", t.Name, "version", t.From, "user", graphic(t.User), "path", graphic(t.Path), "id", graphic(t.Installation)))
		if len(t.Command) > 0 {
			fmt.Fprintf(out, "  %s\n", printable(t.cmd.String()))
		}
	}
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

func (f *applyFlags) line(w io.Writer, m message.Message) {
	fmt.Fprintln(w, printable(f.print.Text(m)))
}

// agreed asks on the terminal.
func (f *applyFlags) agreed(cmd *cobra.Command) bool {
	fmt.Fprint(cmd.ErrOrStderr(), f.print.Text(message.New("apply.ask"))+" ")
	answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // an end without an answer is a no
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
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

// tell writes what became of each target, and ends with the code of the worst.
func (f *applyFlags) tell(cmd *cobra.Command, targets []*target) error {
	english, code := message.NewPrinter("en", f.cat.Texts()), 0
	for _, t := range targets {
		t.Text = english.Text(t.Message)
		code = max(code, codeOf(t.Outcome))
	}
	if f.format == "json" {
		if err := report.EncodeJSON(cmd.OutOrStdout(), applied{applySchema, targets}); err != nil {
			return err
		}
	} else {
		for _, t := range targets {
			f.line(cmd.OutOrStdout(), message.New("apply.result", "id", graphic(t.Installation), "says", t.Message))
		}
	}
	if code != 0 {
		return exitError(code)
	}
	return nil
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
