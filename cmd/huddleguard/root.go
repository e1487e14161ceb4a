package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// newRoot builds the command tree. Verbs that are reserved for later are absent.
func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "huddleguard",
		Short: "Make the conferencing programs on this computer safe",
		Long: `Huddleguard looks at the conferencing programs on this computer (Zoom, Teams,
Slack, Webex and the others people meet with) and says, against public
advisories, what is worth mending and why. Looking changes nothing and sends
nothing anywhere.

Exit codes: 0 all in scope was looked at and nothing failed; 1 something
failed; 2 bad usage or input; 3 nothing failed, but something in scope could
not be looked at; 4 a change or an update was refused, failed or waits; 5
administrator rights are needed.`,
		Example: `  huddleguard scan
  huddleguard explain zoom/telemetry/crash-reports
  huddleguard advisories match --client zoom --os windows --version "5.17.5 (31030)"`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withHint(err, cmd.CommandPath()+" --help shows the flags")
	})
	root.AddCommand(newScan(), newFacts(), newExplain(), newPlan(), newApply(), newUndo(), newHistory(), newWaive(), newUnwaive(), newPolicy(), newAdvisories(), newFeed(), newFetch(), newWorker(), newService(), newStatus(), newVersion(), newMan())
	return root
}

// printable keeps out of the terminal what acts on it, turns the direction of
// writing or is not seen. Line ends stay, and the joiners that many scripts need.
func printable(s string) string {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) || r == '\n' || r == nonJoiner || r == joiner {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// aside says something on the side. What comes with it cannot begin a line that
// looks like ours.
func aside(w io.Writer, text string) {
	fmt.Fprintf(w, "huddleguard: %s\n", strings.ReplaceAll(printable(strings.TrimSpace(text)), "\n", "\n  "))
}
