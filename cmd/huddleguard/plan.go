package main

import (
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/report"
	"huddleguard/checks"
	"huddleguard/checks/message"
)

func newPlan() *cobra.Command {
	var f deskFlags
	cmd := &cobra.Command{
		Use:   "plan [ID...]",
		Short: "Show what would be changed, and change nothing",
		Long: `Draw up the settings, grants and files that would be changed so that findings are
mended: for each change what stands there and what would, who asks for it, what
you lose, whether it needs administrator rights and what it waits for; then what
is left as it is, and why. ID is a check's id (zoom/telemetry/crash-reports) or
the key of one finding; without one it is everything that failed.

Exit codes: 0 the plan is shown; 2 bad usage or input.`,
		Example: `  huddleguard plan
  huddleguard plan mumble/telemetry/usage-statistics
  huddleguard plan --format json
  huddleguard plan --facts host.json --profile strict`,
		RunE:              func(cmd *cobra.Command, ids []string) error { return runPlan(cmd, &f, ids) },
		ValidArgsFunction: completeIDs,
	}
	f.source.flags(cmd)
	f.judgeFlags(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

func runPlan(cmd *cobra.Command, f *deskFlags, ids []string) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if err := f.load(cmd); err != nil {
		return err
	}
	p, err := f.planned(cmd, ids)
	if err != nil {
		return f.said(cmd, err)
	}
	if f.format == "json" {
		return encodeJSON(cmd, p)
	}
	return report.PlanText(cmd.OutOrStdout(), p, f.print, f.command(cmd, p, ids), textOptions(cmd))
}

// planned draws the plan up: for this machine where things would be changed, for
// another from its facts.
func (f *deskFlags) planned(cmd *cobra.Command, ids []string) (plan.Plan, error) {
	if !f.itself() {
		return f.plannedElsewhere(cmd, ids)
	}
	at := f.open()
	defer at.Close()
	return f.drawn(cmd, at, ids)
}

// drawn asks a Desk for a plan.
func (f *deskFlags) drawn(cmd *cobra.Command, at localapi.Backend, ids []string) (p plan.Plan, err error) {
	err = f.during(cmd, message.New("progress.planning"), func() error {
		p, err = at.Plan(cmd.Context(), localapi.PlanRequest{IDs: ids})
		return err
	})
	return p, err
}

// plannedElsewhere draws a plan up from facts; what it waits for is as it was
// when they were read.
func (f *deskFlags) plannedElsewhere(cmd *cobra.Command, ids []string) (plan.Plan, error) {
	set, err := f.collect(cmd, f.cat, f.print)
	if err != nil {
		return plan.Plan{}, err
	}
	findings := checks.Evaluate(checks.Input{Facts: set, Catalogue: f.cat, Policy: f.inForce, Person: personIn(set), Waivers: f.mine,
		Now: time.Now(), Advisories: f.db})
	for _, id := range ids {
		if err := hasFinding(f.cat, findings, id); err != nil {
			return plan.Plan{}, err
		}
	}
	return plan.Draft(plan.Input{Facts: set, Findings: findings, Catalogue: f.cat, Policy: f.inForce, IDs: ids}), nil
}

// shortDigest is how much of a digest is shown, and must be given.
const shortDigest = 16

// command is what makes exactly the changes of a plan, where that can be done here.
func (f *deskFlags) command(cmd *cobra.Command, p plan.Plan, ids []string) string {
	if !f.itself() {
		return ""
	}
	root := ""
	if os.Geteuid() != 0 && slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.NeedsRoot }) {
		root = "sudo "
	}
	what := "--all"
	if len(ids) > 0 {
		what = quoted(ids)
	}
	return root + "huddleguard apply " + what + judgedBy(cmd) + " --plan " + p.Digest[:shortDigest]
}

// judgedBy are the flags that a plan rests on, as they were given: without them
// apply would draw up another one.
func judgedBy(cmd *cobra.Command) string {
	given := ""
	for _, name := range []string{"catalogue", "policy", "profile", "waivers", "advisories"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			given += " --" + name + " " + quoted([]string{flag.Value.String()})
		}
	}
	return given
}
