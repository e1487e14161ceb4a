package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"huddleguard/checks"
	"huddleguard/checks/advisory"
	"huddleguard/checks/message"
	"huddleguard/checks/version"
)

// matchFlags name the copy that is asked about.
type matchFlags struct {
	advisoryData
	client, system, edition, arch, version string
	format, lang                           string
}

func newAdvisoriesMatch() *cobra.Command {
	var f matchFlags
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Say which advisories concern one version of a client",
		Long: `Say which advisories concern one version of a client. The version is taken as it
is found on a computer: as a program, a package or an installer writes it. An
advisory that is not listed does not concern that client.`,
		Example: `  huddleguard advisories match --client zoom --os windows --version "5.17.5 (31030)"
  huddleguard advisories match --client teams --os macos --version 25094.310.3616.953 --format json
  huddleguard advisories match --client webex --os windows --edition meetings-desktop --version 41.2.4.15`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.advisoryData.flags(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.client, "client", "", "the client's id, such as zoom")
	fl.StringVar(&f.system, "os", "", "windows, macos or linux")
	fl.StringVar(&f.edition, "edition", "desktop", "the client's edition")
	fl.StringVar(&f.arch, "arch", "x64", "x64, x86 or arm64")
	fl.StringVar(&f.version, "version", "", "the version, as it was found")
	askedFlags(cmd, &f.format, &f.lang)
	for _, name := range []string{"client", "os", "version"} {
		_ = cmd.MarkFlagRequired(name)
	}
	complete(cmd, "client", advisory.Clients...)
	complete(cmd, "os", advisory.Systems...)
	complete(cmd, "edition", advisory.Editions...)
	complete(cmd, "arch", advisory.Arches...)
	return cmd
}

// matched is the answer. Readers ignore unknown fields.
type matched struct {
	Client  string          `json:"client"`
	OS      string          `json:"os"`
	Edition string          `json:"edition"`
	Arch    string          `json:"arch"`
	Version version.Version `json:"version"`
	Matches []matchedOne    `json:"matches"`
}

type matchedOne struct {
	ID       string           `json:"id"`
	Verdict  advisory.Verdict `json:"verdict"`
	Fixed    []string         `json:"fixed"`
	Severity string           `json:"severity"`
	Score    float64          `json:"score"` // 0 where nobody scored it
	ScoredBy string           `json:"scored_by"`
	Why      string           `json:"why"`
	// Record names the record that the verdict rests on.
	Record string `json:"record"`
	// Disagree names the records that say otherwise.
	Disagree  []string        `json:"disagree"`
	Exploited string          `json:"exploited"` // the day CISA listed it, or ""
	why       message.Message // as Why, for people
}

func (f *matchFlags) check() error {
	if err := knownClient(f.client, false); err != nil {
		return err
	}
	for _, err := range []error{
		oneOf("os", f.system, advisory.Systems...),
		oneOf("edition", f.edition, advisory.Editions...),
		oneOf("arch", f.arch, advisory.Arches...),
		oneOf("format", f.format, "text", "json"),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *matchFlags) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	db, cat, err := openAdvisories(cmd, &f.advisoryData)
	if err != nil {
		return err
	}
	v, backports, err := checks.ParseVersion(cat, f.client, f.system, f.edition, f.version)
	if err != nil {
		return withHint(fmt.Errorf("%q: %w", f.version, err), "write the version as the program, its package or its installer shows it")
	}
	list, err := db.Matches(advisory.Subject{Client: f.client, Edition: f.edition, System: f.system, Arch: f.arch, Version: v, Backports: backports})
	if err != nil {
		return err
	}
	english := message.NewPrinter("en", cat.Texts())
	out := matched{f.client, f.system, f.edition, f.arch, v, []matchedOne{}}
	for i := range list {
		out.Matches = append(out.Matches, matchedOf(&list[i], english))
	}
	if f.format == "json" {
		return encodeJSON(cmd, out)
	}
	return out.text(cmd.OutOrStdout(), newPrinter(f.lang, cat))
}

func matchedOf(m *advisory.Match, english *message.Printer) matchedOne {
	o := matchedOne{ID: m.ID, Verdict: m.Verdict, Fixed: append([]string{}, m.Fixed...), Severity: m.Severity, Why: english.Text(m.Why()),
		Record: recordName(m.Record), Disagree: []string{}, Exploited: m.Exploited, why: m.Why()}
	if m.Score != nil {
		o.Score, o.ScoredBy = m.Score.Base, m.Score.By
	}
	for _, r := range m.Disagree {
		o.Disagree = append(o.Disagree, recordName(r))
	}
	return o
}

// recordName names a record by its source, who says it and its file.
func recordName(r *advisory.Record) string {
	parts := []string{string(r.Source), r.By, r.Ref}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}

func (m *matched) text(w io.Writer, p *message.Printer) error {
	var b strings.Builder
	for _, verdict := range []advisory.Verdict{advisory.Affected, advisory.CannotDecide, advisory.NotAffected} {
		n := 0
		for _, one := range m.Matches {
			if one.Verdict != verdict {
				continue
			}
			if n++; n == 1 {
				b.WriteString(p.Text(message.New("advisories.verdict-"+string(verdict))) + "\n")
			}
			score := "-"
			if one.Score > 0 {
				score = fmt.Sprintf("%.1f", one.Score)
			}
			fmt.Fprintf(&b, "  %-18s %-8s %4s  %s\n", one.ID, one.Severity, score, p.Text(one.why))
			for _, d := range one.Disagree {
				fmt.Fprintf(&b, "  %-18s %s\n", "", p.Text(message.New("advisories.disagrees", "record", d)))
			}
		}
	}
	if len(m.Matches) == 0 {
		b.WriteString(p.Text(message.New("advisories.nothing")) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
