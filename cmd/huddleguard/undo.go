package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"huddleguard/agent"
	"huddleguard/agent/localapi"
	"huddleguard/agent/report"
	"huddleguard/agent/state"
	"huddleguard/checks/message"
)

// undoFlags are the flags of undo.
type undoFlags struct {
	deskFlags
	last, all, yes, dryRun bool
	user                   string
}

func newUndo() *cobra.Command {
	var f undoFlags
	cmd := &cobra.Command{
		Use:   "undo ENTRY... | --last | --all",
		Short: "Take changes back, each to exactly what stood there before",
		Long: `Take changes back. ENTRY is a number of huddleguard history. What stood there
before is put back, and everything else in the file stays; where nobody else wrote
to the file since, it is the same file to the byte. A value that somebody else has
changed since is left alone: it is superseded, and that is said. What is enforced
by your organisation's policy is put back by the service.

Root takes back the machine's changes, and with --user those of a person, through
a process that runs as that person.

Exit codes: 0 all that was asked for is taken back; 2 bad usage, or nobody could
be asked (no terminal, no --yes); 4 something could not be taken back, waits, or
was superseded; 5 administrator rights are needed.`,
		Example: `  huddleguard undo --last
  huddleguard undo 12 13 --yes
  huddleguard undo --all --dry-run
  sudo huddleguard undo --user ann --all`,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
		ValidArgsFunction: completeEntries,
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.last, "last", false, "what the newest plan changed")
	fl.BoolVar(&f.all, "all", false, "everything that was changed and stands")
	fl.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	fl.BoolVar(&f.dryRun, "dry-run", false, "show what would become of it, and do nothing")
	userFlag(cmd, &f.user)
	f.pagesFlag(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

func userFlag(cmd *cobra.Command, user *string) {
	cmd.Flags().StringVar(user, "user", "", "the changes of this person (default: your own; root's are the machine's)")
	_ = cmd.RegisterFlagCompletionFunc("user", cobra.NoFileCompletions)
}

// completeEntries offers the numbers of what can be taken back.
func completeEntries(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	history, _ := agent.NewDesk(agent.Options{}).History(cmd.Context(), localapi.HistoryRequest{}) // nothing to offer where it cannot be read
	var out []string
	for _, e := range history {
		if n := strconv.FormatInt(e.ID, 10); e.Status == "done" && !slices.Contains(args, n) {
			out = append(out, n+"\t"+graphic(e.Change.Title))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// request is what was asked for, or what is wrong with it.
func (f *undoFlags) request(cmd *cobra.Command, args []string) (localapi.UndoRequest, error) {
	q := localapi.UndoRequest{Last: f.last, All: f.all}
	for _, a := range args {
		n, err := strconv.ParseInt(a, 10, 64)
		if err != nil || n < 1 {
			return q, withHint(fmt.Errorf("%q is no number of an entry", a), "huddleguard history shows the entries and their numbers")
		}
		q.Entries = append(q.Entries, n)
	}
	ways := 0
	for _, set := range []bool{len(args) > 0, f.last, f.all} {
		if set {
			ways++
		}
	}
	switch {
	case ways != 1:
		return q, withHint(errors.New("undo takes numbers of entries, or --last, or --all"), "huddleguard history shows the entries and their numbers")
	case !f.yes && !f.dryRun && !asksBack(cmd.InOrStdin()):
		return q, withHint(errors.New("there is no terminal to ask on"), "--yes does not ask, --dry-run does nothing")
	}
	return q, oneOf("format", f.format, "text", "json")
}

func (f *undoFlags) run(cmd *cobra.Command, args []string) error {
	q, err := f.request(cmd, args)
	if err != nil {
		return err
	}
	if err := f.load(cmd); err != nil {
		return err
	}
	all := f.open()
	defer all.Close()
	at, err := of(cmd, all, f.user)
	if err != nil {
		return err
	}
	results, err := f.undo(cmd, at, q)
	if err != nil {
		return f.said(cmd, err)
	}
	return f.tell(cmd, results)
}

// undo rehearses, shows and asks, and then takes back what was shown and nothing
// that was added since.
func (f *undoFlags) undo(cmd *cobra.Command, at localapi.Backend, q localapi.UndoRequest) (results []localapi.Result, err error) {
	err = f.during(cmd, message.New("progress.planning"), func() error {
		results, err = at.RehearseUndo(cmd.Context(), q)
		return err
	})
	if err == nil && !f.dryRun && len(results) == 0 {
		return nil, tidy(cmd, at)
	}
	if err != nil || f.dryRun {
		return results, err
	}
	q = localapi.UndoRequest{}
	for _, r := range results {
		q.Entries = append(q.Entries, r.Entry)
	}
	if !f.yes && !f.confirmed(cmd, results) {
		for i := range results {
			results[i].Outcome = declined
		}
		return results, nil
	}
	err = f.during(cmd, message.New("progress.changing"), func() error {
		results, err = at.Undo(cmd.Context(), q)
		return err
	})
	return results, err
}

// tidy has what broke off before it changed anything cleared away: there is nothing
// of it to take back, and something may be left beside the place.
func tidy(cmd *cobra.Command, at localapi.Backend) error {
	history, err := at.History(cmd.Context(), localapi.HistoryRequest{})
	if err != nil {
		return err
	}
	var q localapi.UndoRequest
	for _, e := range history {
		if e.Status == string(state.Intent) || e.Status == string(state.Undoing) {
			q.Entries = append(q.Entries, e.ID)
		}
	}
	if len(q.Entries) > 0 {
		_, err = at.Undo(cmd.Context(), q)
	}
	return err
}

// confirmed shows what would be taken back, and asks.
func (f *undoFlags) confirmed(cmd *cobra.Command, results []localapi.Result) bool {
	out := cmd.OutOrStdout()
	if f.format == "json" {
		out = cmd.ErrOrStderr()
	}
	list, _ := wordsFor(results, true, message.NewPrinter("en", f.cat.Texts()))
	_ = report.ChangedText(out, list, f.print, textOptions(cmd)) // a terminal that cannot be written to shows nothing
	return f.agreed(cmd)
}

// undone is what undo prints as JSON.
type undone struct {
	Schema  string           `json:"schema"`
	Changes []report.Changed `json:"changes"`
}

const undoSchema = "huddleguard.undo/1"

func (f *undoFlags) tell(cmd *cobra.Command, results []localapi.Result) error {
	list, code := wordsFor(results, true, message.NewPrinter("en", f.cat.Texts()))
	var err error
	switch {
	case f.format == "json":
		err = encodeJSON(cmd, undone{undoSchema, list})
	case len(list) == 0:
		f.line(cmd.OutOrStdout(), message.New("history.nothing-stands"))
	default:
		err = report.ChangedText(cmd.OutOrStdout(), list, f.print, textOptions(cmd))
	}
	if err == nil && code != 0 {
		return exitError(code)
	}
	return err
}
