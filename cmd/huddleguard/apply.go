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

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/report"
	"huddleguard/checks"
	"huddleguard/checks/message"
)

// applyFlags are the flags of apply, and what it works with.
type applyFlags struct {
	deskFlags
	all    bool
	yes    bool
	dryRun bool
	digest string
}

func newApply() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply ID... | --all",
		Short: "Mend what was found: change settings, and update copies that are too old",
		Long: `Mend findings. ID is a check's id (zoom/telemetry/crash-reports) or the key of one
finding. What would be done is shown first and asked about.

Settings, grants and files are changed one by one; each change is written down
before it is made, and huddleguard undo takes it back. A person changes their own,
root the machine's and, through a process that runs as each person, everybody's.
Nothing is written during a call, nor while the program runs that owns the file:
such a change waits, which is said; ask again later.

Copies that are too old or have known vulnerabilities are updated, each by one
fixed command of the channel it came through, and looked at again afterwards.
Nothing is updated during a call, nor while a client runs of which nobody can say
whether it is in one.

Exit codes: 0 all that was asked for is done, or needed nothing; 2 bad usage, or
nobody could be asked (no terminal, no --yes); 4 something was refused, failed,
waits, was put back, or is not the plan that --plan names; 5 administrator rights
are needed.`,
		Example: `  huddleguard apply mumble/telemetry/usage-statistics
  huddleguard apply --all --dry-run
  sudo huddleguard apply --all --yes
  huddleguard apply --all --plan 4f2a1b9c83d07e15 --yes --format json`,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
		ValidArgsFunction: completeIDs,
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "everything that failed and can be mended")
	fl.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	fl.BoolVar(&f.dryRun, "dry-run", false, "show what would become of it, and do nothing")
	fl.StringVar(&f.digest, "plan", "", "change settings only if the plan is still this one (what huddleguard plan shows)")
	f.pagesFlag(cmd)
	f.judgeFlags(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

// check refuses bad words before anything is looked at.
func (f *applyFlags) check(cmd *cobra.Command, ids []string) error {
	switch {
	case f.all == (len(ids) > 0):
		return withHint(errors.New("apply takes ids of checks, or --all"), "huddleguard scan shows the id of each finding")
	case f.digest != "" && (len(f.digest) < shortDigest || strings.Trim(f.digest, "0123456789abcdef") != ""):
		return withHint(fmt.Errorf("--plan %q is no plan", f.digest), "huddleguard plan shows its digest below the changes")
	case !f.yes && !f.dryRun && !asksBack(cmd.InOrStdin()):
		return withHint(errors.New("there is no terminal to ask on"), "--yes does not ask, --dry-run does nothing")
	}
	return oneOf("format", f.format, "text", "json")
}

func asksBack(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// job is what one apply is to do, and what became of it.
type job struct {
	at      desks
	targets []*target
	ids     []string // those that no update mends
	plan    plan.Plan
	changed []localapi.Result
}

func (f *applyFlags) run(cmd *cobra.Command, ids []string) error {
	if err := f.check(cmd, ids); err != nil {
		return err
	}
	if err := f.load(cmd); err != nil {
		return err
	}
	j := &job{at: f.open(), plan: plan.Plan{Changes: []plan.Change{}, Left: []plan.Left{}}}
	defer j.at.Close()
	if err := f.choices(cmd, j, ids); err != nil {
		return err
	}
	f.show(cmd, j)
	if err := f.do(cmd, j); err != nil {
		return f.said(cmd, err)
	}
	return f.tell(cmd, j)
}

// choices finds what updates mend and what changes do.
func (f *applyFlags) choices(cmd *cobra.Command, j *job, ids []string) error {
	set, err := f.collect(cmd, f.cat, f.print)
	if err != nil {
		return withHint(err, "apply works on a running machine, which is Linux only so far")
	}
	findings := checks.Evaluate(checks.Input{Facts: set, Catalogue: f.cat, Policy: f.inForce, Person: personIn(set), Waivers: f.mine,
		Now: time.Now(), Advisories: f.db})
	var updates []string
	for _, id := range ids {
		if err := hasFinding(f.cat, findings, id); err != nil {
			return err
		}
		if check, _, _ := strings.Cut(id, "|"); byUpdate(f.cat, check) {
			updates = append(updates, id)
		} else {
			j.ids = append(j.ids, id)
		}
	}
	j.targets = f.choose(findings, updates, set)
	if !f.all && len(j.ids) == 0 {
		return nil
	}
	if j.plan, err = f.drawn(cmd, j.at, j.ids); err != nil {
		return f.said(cmd, err)
	}
	if !strings.HasPrefix(j.plan.Digest, f.digest) {
		return f.said(cmd, &localapi.Refusal{Reason: localapi.PlanChanged, Text: "the plan is not the one that --plan names, and nothing was done; huddleguard plan shows it"})
	}
	j.plan.Left = slices.DeleteFunc(j.plan.Left, func(l plan.Left) bool { return byUpdate(f.cat, l.Check) })
	return nil
}

// show lists what would be done, before anything is: the changes, then the
// copies with their exact commands.
func (f *applyFlags) show(cmd *cobra.Command, j *job) {
	out := cmd.OutOrStdout()
	if f.format == "json" {
		out = cmd.ErrOrStderr()
	}
	if len(j.plan.Changes)+len(j.plan.Left) > 0 {
		_ = report.PlanText(out, j.plan, f.print, "", textOptions(cmd)) // a terminal that cannot be written to shows nothing
		fmt.Fprintln(out)
	}
	if len(j.targets)+len(j.plan.Changes) == 0 {
		f.line(out, message.New("apply.nothing"))
	}
	for _, t := range j.targets {
		f.line(out, message.New("apply.copy", "name", t.Name, "version", t.From, "user", graphic(t.User), "path", graphic(t.Path), "id", graphic(t.Installation)))
		if len(t.Command) > 0 {
			fmt.Fprintf(out, "  %s\n", printable(t.cmd.String()))
		}
	}
}

// do does what was shown, or rehearses it, or takes a no for an answer.
func (f *applyFlags) do(cmd *cobra.Command, j *job) error {
	switch open := slices.ContainsFunc(j.targets, (*target).open); {
	case f.dryRun:
		return f.change(cmd, j, j.at.RehearseApply)
	case !open && len(j.plan.Changes) == 0:
		return nil
	case !f.yes && !f.agreed(cmd):
		settle(j.targets, declined, message.New("apply.declined"))
		for _, c := range j.plan.Changes {
			j.changed = append(j.changed, localapi.Result{Change: c, Outcome: declined})
		}
		return nil
	}
	if err := f.change(cmd, j, j.at.Apply); err != nil {
		return err
	}
	if slices.ContainsFunc(j.targets, (*target).open) {
		f.updateAll(cmd, j.targets)
	}
	return nil
}

func (f *applyFlags) change(cmd *cobra.Command, j *job, how func(context.Context, localapi.ApplyRequest) ([]localapi.Result, error)) error {
	if len(j.plan.Changes) == 0 {
		return nil
	}
	return f.during(cmd, message.New("progress.changing"), func() (err error) {
		j.changed, err = how(cmd.Context(), localapi.ApplyRequest{IDs: j.ids, Digest: j.plan.Digest})
		return err
	})
}

func (f *deskFlags) line(w io.Writer, m message.Message) {
	fmt.Fprintln(w, printable(f.print.Text(m)))
}

// agreed asks on the terminal.
func (f *deskFlags) agreed(cmd *cobra.Command) bool {
	fmt.Fprint(cmd.ErrOrStderr(), f.print.Text(message.New("apply.ask"))+" ")
	answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // an end without an answer is a no
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// applySchema names the JSON form of what apply did.
const applySchema = "huddleguard.apply/1"

// applied is what apply prints as JSON.
type applied struct {
	Schema  string           `json:"schema"`
	Updates []*target        `json:"updates"`
	Changes []report.Changed `json:"changes"`
	Left    []plan.Left      `json:"left"` // asked for, and not to be changed
}

// tell writes what became of everything, and ends with the code of the worst.
func (f *applyFlags) tell(cmd *cobra.Command, j *job) error {
	english := message.NewPrinter("en", f.cat.Texts())
	changed, code := wordsFor(j.changed, false, english)
	for _, t := range j.targets {
		t.Text = english.Text(t.Message)
		code = max(code, codeOf(t.Outcome))
	}
	for _, l := range j.plan.Left {
		code = max(code, codeOfLeft(l, f.all))
	}
	if f.format == "json" {
		if err := encodeJSON(cmd, applied{applySchema, j.targets, changed, j.plan.Left}); err != nil {
			return err
		}
	} else {
		if err := report.ChangedText(cmd.OutOrStdout(), changed, f.print, textOptions(cmd)); err != nil {
			return err
		}
		for _, t := range j.targets {
			f.line(cmd.OutOrStdout(), message.New("apply.result", "id", graphic(t.Installation), "says", t.Message))
		}
	}
	if code != 0 {
		return exitError(code)
	}
	return nil
}

// wordsFor puts results into words, and gives the code of the worst.
func wordsFor(results []localapi.Result, undone bool, english *message.Printer) (list []report.Changed, code int) {
	list = []report.Changed{}
	for _, r := range results {
		list = append(list, report.NewChanged(r, undone, english))
		code = max(code, codeOfChange(r.Outcome))
	}
	return list, code
}

func codeOfChange(outcome string) int {
	switch harden.Outcome(outcome) {
	case harden.Applied, harden.Already, harden.Planned, harden.Undone:
		return 0
	case harden.Forbidden:
		return exitRights
	}
	return exitRefused
}

// codeOfLeft is that of something no change mends. It counts where it was asked
// for by name and is not as it should be, and where somebody could not be asked.
func codeOfLeft(l plan.Left, all bool) int {
	if l.Message.ID == "plan.good" || all && l.Message.ID != "plan.no-worker" {
		return 0
	}
	return exitRefused
}

// quoted writes words as a shell reads them.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; strings.ContainsFunc(w, func(r rune) bool { return !strings.ContainsRune(plainLetters, r) }) {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.-_:"
