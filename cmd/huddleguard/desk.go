package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"huddleguard/agent"
	"huddleguard/agent/localapi"
	"huddleguard/agent/person"
	"huddleguard/agent/report"
	"huddleguard/agent/worker"
	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

// deskFlags are the flags of verbs that plan and change, and what they work with.
type deskFlags struct {
	source
	decided
	ownWaivers
	advisories   advisoryData
	format, lang string

	cat     *catalogue.Catalogue
	db      *advisory.Database
	inForce policy.Policy
	mine    []policy.Waiver
	print   *message.Printer
	bar     *progress // nil: nothing is being done
}

// judgeFlags adds what decides what is judged and planned.
func (f *deskFlags) judgeFlags(cmd *cobra.Command) {
	f.decided.flags(cmd)
	f.ownWaivers.flags(cmd)
	f.advisories.flags(cmd)
}

// load reads what is judged by.
func (f *deskFlags) load(cmd *cobra.Command) (err error) {
	if f.cat, err = f.catalogue(cmd); err != nil {
		return err
	}
	f.print = newPrinter(f.lang, f.cat)
	loaded, err := f.decided.read(cmd, f.cat, f.itself())
	if err != nil {
		return err
	}
	f.inForce = loaded.Policy
	f.mine = f.ownWaivers.load(cmd, f.itself())
	f.db, err = f.advisories.open(cmd)
	return err
}

// desks are the places where whoever asks can have things changed.
type desks interface {
	localapi.Backend
	Close() error
}

// own is one Desk, which needs no closing.
type own struct{ *agent.Desk }

func (own) Close() error { return nil }

// open is the Desk of whoever asks; for root with those of everybody.
func (f *deskFlags) open() desks {
	desk := f.desk(ownName())
	if os.Geteuid() != 0 {
		return own{desk}
	}
	return agent.NewOffice(desk, f.hire)
}

func (f *deskFlags) desk(actor string) *agent.Desk {
	return agent.NewDesk(agent.Options{Catalogue: f.cat, Policy: f.inForce, Waivers: f.mine, Advisories: f.db, Actor: actor, Progress: f.step})
}

// hire starts a worker for a person, who judges by what was named here.
func (f *deskFlags) hire(ctx context.Context, user string) (agent.Worker, error) {
	return f.hireFor(ctx, user, ownName())
}

// hireFor starts a worker for a person, whose history names who asks.
func (f *deskFlags) hireFor(ctx context.Context, user, actor string) (agent.Worker, error) {
	who, err := person.Lookup(user)
	if err != nil {
		return nil, err
	}
	words, err := f.workerWords(actor)
	if err != nil {
		return nil, err
	}
	return worker.Start(ctx, who, words...)
}

// workerWords are what a worker is told to judge by: what was named here, by
// names that mean the same in a process that works elsewhere.
func (f *deskFlags) workerWords(actor string) ([]string, error) {
	words := []string{"--actor", actor}
	if f.decided.profile != "" {
		words = append(words, "--profile", f.decided.profile)
	}
	pages := f.pages
	if pages == defaultPages { // the default may be missing, and one that is named may not
		pages = ""
	}
	for _, named := range [][2]string{{"--catalogue", pages}, {"--policy", f.decided.policy}, {"--advisories", f.advisories.dir}} {
		if named[1] == "" {
			continue
		}
		path, err := filepath.Abs(named[1])
		if err != nil {
			return nil, err
		}
		words = append(words, named[0], path)
	}
	return words, nil
}

// step names the part of a look that begins, where a progress line is shown.
func (f *deskFlags) step(name string) {
	if f.bar != nil {
		f.bar.step(name)
	}
}

// during does something that can take a moment, with a progress line.
func (f *deskFlags) during(cmd *cobra.Command, m message.Message, do func() error) error {
	f.bar = newProgress(cmd.ErrOrStderr(), f.print)
	f.bar.say(m)
	defer func() {
		f.bar.done()
		f.bar = nil
	}()
	return do()
}

// of is the Desk of the person named, or else that of whoever asks.
func of(cmd *cobra.Command, at desks, user string) (localapi.Backend, error) {
	office, isRoot := at.(*agent.Office)
	switch {
	case user == "" || user == ownName():
		return at, nil
	case !isRoot:
		complain(cmd, "what is "+user+"'s takes administrator rights")
		return nil, exitError(exitRights)
	}
	b, err := office.Person(cmd.Context(), user)
	if err != nil {
		return nil, withHint(fmt.Errorf("nobody can ask for %s: %w", user, err), "--user takes the name of a person in /etc/passwd")
	}
	return b, nil
}

// said turns a refusal into an error with what to do about it, or into an exit
// code where nothing was wrong with what was asked.
func (f *deskFlags) said(cmd *cobra.Command, err error) error {
	r := (*localapi.Refusal)(nil)
	if !errors.As(err, &r) {
		return err
	}
	switch {
	case r.Reason == localapi.PlanChanged || r.Reason == localapi.Busy:
		complain(cmd, r.Text)
		return exitError(exitRefused)
	case r.Reason != localapi.UnknownID:
		return err
	case strings.Trim(r.ID, "0123456789") == "":
		return withHint(err, "huddleguard history shows the entries and their numbers")
	case strings.HasPrefix(r.Text, "there is no check"):
		return withHint(err, suggest(f.cat, r.ID))
	}
	return withHint(err, "huddleguard scan --verbose shows every finding and its id")
}

// textOptions are how this terminal shows text.
func textOptions(cmd *cobra.Command) report.TextOptions {
	width, terminal := isTerminal(cmd.OutOrStdout())
	return report.TextOptions{Width: width, Color: terminal && os.Getenv("NO_COLOR") == ""}
}
