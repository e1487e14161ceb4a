package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"huddleguard/agent/report"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	source
	decided
	ownWaivers
	advisories advisoryData
	format     string
	output     string
	failOn     string
	color      string
	lang       string
	verbose    bool
}

func newScan() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Look at every conferencing client and say what is worth mending",
		Long: `Look at every conferencing client on this computer and judge it against public
advisories. Looking changes nothing and sends nothing anywhere. Without
administrator rights the machine and your own account are looked at. What the
administrator of this machine decided holds: huddleguard policy show.`,
		Example: `  huddleguard scan
  huddleguard scan --format html --output report.html
  huddleguard scan --root /mnt/image --format json
  huddleguard facts > host.json; huddleguard scan --facts host.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.source.flags(cmd)
	f.decided.flags(cmd)
	f.ownWaivers.flags(cmd)
	f.advisories.flags(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.format, "format", "text", "text, json or html")
	fl.StringVarP(&f.output, "output", "o", "", "write to this file instead of standard output")
	fl.StringVar(&f.failOn, "fail-on", string(checks.Medium), "least severity that makes the exit code 1: info, low, medium, high or critical")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	fl.StringVar(&f.lang, "lang", "", "language of the report (default: the environment's)")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "show what passed as well")
	complete(cmd, "format", "text", "json", "html")
	complete(cmd, "fail-on", severityWords()...)
	complete(cmd, "color", "auto", "always", "never")
	return cmd
}

func severityWords() []string {
	words := make([]string, len(checks.Severities))
	for i, s := range checks.Severities {
		words[i] = string(s)
	}
	return words
}

// complete gives a flag its words for shell completion.
func complete(cmd *cobra.Command, flag string, words ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// oneOf refuses a word that is not in the list.
func oneOf(flag, word string, words ...string) error {
	if slices.Contains(words, word) {
		return nil
	}
	return withHint(fmt.Errorf("--%s %q is none of %s", flag, word, strings.Join(words, ", ")), "")
}

// check refuses bad words before anything is looked at.
func (f *scanFlags) check() error {
	for _, err := range []error{
		oneOf("format", f.format, "text", "json", "html"),
		oneOf("fail-on", f.failOn, severityWords()...),
		oneOf("color", f.color, "auto", "always", "never"),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *scanFlags) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	cat, err := f.catalogue(cmd)
	if err != nil {
		return err
	}
	pol, err := f.decided.read(cmd, cat, f.itself())
	if err != nil {
		return err
	}
	printer := newPrinter(f.lang, cat)
	set, err := f.collect(cmd, cat, printer)
	if err != nil {
		return err
	}
	db, err := f.advisories.open(cmd)
	if err != nil {
		return err
	}
	findings := checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Policy: pol.Policy, Now: time.Now(), Advisories: db,
		Person: personIn(set), Waivers: f.ownWaivers.load(cmd, f.itself())})
	rep := report.New(set, findings, cat)
	rep.Cover(checks.AdvisoryCoverage(db, cat))
	if err := f.write(cmd, rep, printer); err != nil {
		return err
	}
	if code := report.ExitCode(rep, checks.Severity(f.failOn)); code != 0 {
		return exitError(code)
	}
	return nil
}

// newPrinter puts messages into words, in the language asked for or the
// environment's.
func newPrinter(lang string, cat *catalogue.Catalogue) *message.Printer {
	if lang == "" {
		lang = message.FromEnvironment(os.Getenv)
	}
	return message.NewPrinter(lang, cat.Texts())
}

func (f *scanFlags) write(cmd *cobra.Command, rep report.Report, p *message.Printer) error {
	if f.output == "" {
		return f.render(cmd.OutOrStdout(), rep, p)
	}
	out, err := newOutput(f.output)
	if err != nil {
		return err
	}
	defer out.abandon()
	if err := f.render(out, rep, p); err != nil {
		return err
	}
	return out.keep()
}

func (f *scanFlags) render(w io.Writer, rep report.Report, p *message.Printer) error {
	switch f.format {
	case "json":
		return report.JSON(w, rep)
	case "html":
		return report.HTML(w, rep, p)
	}
	width, terminal := isTerminal(w)
	color := f.color == "always" || f.color == "auto" && terminal && os.Getenv("NO_COLOR") == ""
	return report.Text(w, rep, p, report.TextOptions{Width: width, Color: color, Verbose: f.verbose})
}
