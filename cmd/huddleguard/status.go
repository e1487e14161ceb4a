package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"huddleguard/agent"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/report"
	"huddleguard/checks/message"
)

// statusFlags are the flags of status.
type statusFlags struct{ deskFlags }

func newStatus() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how what your organisation enforces stands",
		Long: `Show what the policy enforces and is not so: what waits, and for what; what is
fought over and left alone. A person sees their own, root everybody's.

Exit codes: 0 all that is enforced stands as it should; 1 something does not; 3
something could not be looked at.`,
		Example: `  huddleguard status
  sudo huddleguard status --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.pagesFlag(cmd)
	f.decided.policyFlag(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

// statusList is what status prints as JSON.
type statusList struct {
	Schema string `json:"schema"`
	// Enforces says whether the policy enforces anything at all.
	Enforces bool             `json:"enforces"`
	Changes  []report.Changed `json:"changes"`
	// Unseen is what is enforced and could not be looked at.
	Unseen []plan.Left `json:"unseen"`
}

const statusSchema = "huddleguard.status/1"

func (f *statusFlags) run(cmd *cobra.Command) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if err := f.load(cmd); err != nil {
		return err
	}
	held, err := f.held(cmd)
	if err != nil {
		return f.said(cmd, err)
	}
	var results []localapi.Result
	for _, d := range held.Drift {
		results = append(results, d.Result)
	}
	list, _ := wordsFor(results, false, message.NewPrinter("en", f.cat.Texts()))
	if err := f.show(cmd, list, held.Unseen); err != nil {
		return err
	}
	switch {
	case len(list) > 0:
		return exitError(exitFindings)
	case len(held.Unseen) > 0:
		return exitError(exitUnknown)
	}
	return nil
}

// held asks the Desk of whoever asks.
func (f *statusFlags) held(cmd *cobra.Command) (held localapi.Held, err error) {
	desk := f.desk(ownName())
	desk.Own = true
	at := desks(own{desk})
	if os.Geteuid() == 0 {
		at = agent.NewOffice(desk, f.hire)
	}
	defer at.Close()
	err = f.during(cmd, message.New("progress.reading"), func() (err error) {
		held, err = at.Held(cmd.Context(), localapi.HeldRequest{})
		return err
	})
	return held, err
}

func (f *statusFlags) show(cmd *cobra.Command, list []report.Changed, unseen []plan.Left) error {
	enforces := f.inForce.Enforces()
	switch {
	case f.format == "json":
		return encodeJSON(cmd, statusList{statusSchema, enforces, append([]report.Changed{}, list...), append([]plan.Left{}, unseen...)})
	case !enforces:
		return f.line(cmd, "status.nothing-enforced")
	case len(list) == 0 && len(unseen) == 0:
		return f.line(cmd, "status.all-stands")
	}
	if err := report.ChangedText(cmd.OutOrStdout(), list, f.print, textOptions(cmd)); err != nil {
		return err
	}
	return report.UnseenText(cmd.OutOrStdout(), unseen, f.print, textOptions(cmd))
}

func (f *statusFlags) line(cmd *cobra.Command, id string) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), f.print.Text(message.New(id)))
	return err
}
