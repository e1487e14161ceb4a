package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"huddleguard/agent/advisories"
	"huddleguard/agent/feed"
	"huddleguard/agent/state"
	"huddleguard/checks"
	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
)

// advisoryData says where the advisory data beside the built-in one is kept.
type advisoryData struct{ dir string }

func (a *advisoryData) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.dir, "advisories", "", "folder that imported advisory data is kept in (default: the machine's and your own)")
	_ = cmd.MarkFlagDirname("advisories")
}

// stores are the folders that are read, the machine's first. Root trusts the
// machine's alone.
func (a *advisoryData) stores() []advisories.Store {
	if a.dir != "" {
		return []advisories.Store{{Dir: a.dir}}
	}
	machine := advisories.Store{Dir: filepath.Join(state.Machine(), "advisories")}
	own := advisories.Store{Dir: filepath.Join(state.Own(), "advisories")}
	if machine == own {
		return []advisories.Store{machine}
	}
	return []advisories.Store{machine, own}
}

// open reads what is held. Data that cannot be trusted or read is left out, and
// that is said.
func (a *advisoryData) open(cmd *cobra.Command) (*advisory.Database, error) {
	var stores []advisories.Store
	for _, s := range a.stores() {
		err := state.TrustedFolder(s.Dir, state.RootOrOwn)
		switch {
		case err == nil:
			stores = append(stores, s)
		case errors.Is(err, os.ErrNotExist) && !cmd.Flags().Changed("advisories"):
		case cmd.Flags().Changed("advisories"):
			return nil, withHint(err, "--advisories names a folder that 'huddleguard advisories import --advisories DIR' made")
		default:
			complain(cmd, s.Dir+" is left out: "+err.Error())
		}
	}
	db, faults, err := advisories.Open(stores...)
	for _, f := range faults {
		complain(cmd, f.Error())
	}
	return db, err
}

func newAdvisories() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "advisories",
		Short: "Ask the advisory data, and add to it",
		Long: `Ask what is published about the versions of conferencing clients, and add
records to what this program was built with. Asking needs no network; importing
from an address does, and only when you ask for it.`,
		Example: `  huddleguard advisories match --client zoom --os windows --version "5.17.5 (31030)"
  huddleguard advisories show CVE-2023-4863
  huddleguard advisories import cvelistV5.zip`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAdvisoriesList(), newAdvisoriesMatch(), newAdvisoriesShow(), newAdvisoriesStatus(), newAdvisoriesImport(), newAdvisoriesUpdate())
	return cmd
}

// listed is one advisory as list and show print it.
type listed struct {
	ID         string          `json:"id"`
	Title      message.Message `json:"-"`
	English    string          `json:"title"`
	Clients    []string        `json:"clients"`
	Published  string          `json:"published"`
	Severity   string          `json:"severity"`
	Score      float64         `json:"score"` // 0 where nobody scored it
	ScoredBy   string          `json:"scored_by"`
	Exploited  string          `json:"exploited"`
	Weaknesses []string        `json:"weaknesses"`
	Links      []string        `json:"links"`
}

// summarise makes one of an advisory's records.
func summarise(id string, records []*advisory.Record, cat *catalogue.Catalogue) listed {
	l := listed{ID: id, Clients: []string{}, Weaknesses: []string{}, Links: []string{}}
	about := advisory.Describe(id, records)
	l.Published, l.Severity, l.Exploited = about.Published, about.Severity, about.Exploited
	if about.Score != nil {
		l.Score, l.ScoredBy = about.Score.Base, about.Score.By
	}
	for _, r := range records {
		for _, c := range r.Clients() {
			if !slices.Contains(l.Clients, c) {
				l.Clients = append(l.Clients, c)
			}
		}
		for _, w := range r.Weaknesses {
			if !slices.Contains(l.Weaknesses, w) {
				l.Weaknesses = append(l.Weaknesses, w)
			}
		}
		for _, link := range r.Links {
			if !slices.Contains(l.Links, link) {
				l.Links = append(l.Links, link)
			}
		}
	}
	l.Title = checks.AdvisoryTitle(l.Clients, l.Weaknesses, cat)
	l.English = message.NewPrinter("en", cat.Texts()).Text(l.Title)
	return l
}

func newAdvisoriesList() *cobra.Command {
	var data advisoryData
	var client, format, lang string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the advisories that are held",
		Example: `  huddleguard advisories list --client zoom
  huddleguard advisories list --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(oneOf("format", format, "text", "json"), knownClient(client, true)); err != nil {
				return err
			}
			db, cat, err := openAdvisories(cmd, &data)
			if err != nil {
				return err
			}
			out := []listed{}
			for _, id := range db.IDs(client) {
				records, err := db.Records(id)
				if err != nil {
					return err
				}
				if l := summarise(id, records, cat); len(l.Clients) > 0 {
					out = append(out, l)
				}
			}
			if format == "json" {
				return encodeJSON(cmd, out)
			}
			return writeList(cmd.OutOrStdout(), out, newPrinter(lang, cat))
		},
	}
	data.flags(cmd)
	cmd.Flags().StringVar(&client, "client", "", "only those about this client")
	askedFlags(cmd, &format, &lang)
	complete(cmd, "client", advisory.Clients...)
	return cmd
}

// askedFlags are the flags of every verb that answers.
func askedFlags(cmd *cobra.Command, format, lang *string) {
	cmd.Flags().StringVar(format, "format", "text", "text or json")
	cmd.Flags().StringVar(lang, "lang", "", "language (default: the environment's)")
	complete(cmd, "format", "text", "json")
}

func openAdvisories(cmd *cobra.Command, data *advisoryData) (*advisory.Database, *catalogue.Catalogue, error) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		return nil, nil, err
	}
	db, err := data.open(cmd)
	return db, cat, err
}

func knownClient(id string, optional bool) error {
	if id == "" && optional || slices.Contains(advisory.Clients, id) {
		return nil
	}
	return withHint(fmt.Errorf("there is no client %q", id), "the clients are "+strings.Join(advisory.Clients, ", "))
}

func writeList(w io.Writer, list []listed, p *message.Printer) error {
	var b strings.Builder
	for _, l := range list {
		score := "-"
		if l.Score > 0 {
			score = fmt.Sprintf("%.1f", l.Score)
		}
		fmt.Fprintf(&b, "%-18s %-10s %-8s %4s  %s\n", l.ID, l.Published, l.Severity, score, p.Text(l.Title))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newAdvisoriesShow() *cobra.Command {
	var data advisoryData
	var format, lang string
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show every record of one advisory, and what each says",
		Example: `  huddleguard advisories show CVE-2023-4863
  huddleguard advisories show CVE-2024-24697 --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			db, cat, err := openAdvisories(cmd, &data)
			if err != nil {
				return err
			}
			records, err := db.Records(strings.TrimSpace(args[0]))
			if err != nil {
				return err
			}
			if len(records) == 0 {
				return withHint(fmt.Errorf("there is no advisory %q here", args[0]), "huddleguard advisories list shows those that are held")
			}
			l := summarise(records[0].ID, records, cat)
			if format == "json" {
				return encodeJSON(cmd, shown{l, records})
			}
			return writeShown(cmd.OutOrStdout(), l, records, newPrinter(lang, cat))
		},
	}
	data.flags(cmd)
	askedFlags(cmd, &format, &lang)
	return cmd
}

// shown is an advisory with its records.
type shown struct {
	listed
	Records []*advisory.Record `json:"records"`
}

func writeShown(w io.Writer, l listed, records []*advisory.Record, p *message.Printer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s\n", l.ID, l.Published, p.Text(l.Title))
	if l.ScoredBy != "" {
		b.WriteString(p.Text(message.New("advisories.score", "score", fmt.Sprintf("%.1f", l.Score), "by", l.ScoredBy,
			"severity", message.New("severity."+l.Severity))) + "\n")
	}
	if l.Exploited != "" {
		b.WriteString(p.Text(message.New("advisories.exploited", "date", l.Exploited)) + "\n")
	}
	for _, r := range records {
		fmt.Fprintf(&b, "\n%s\n", p.Text(message.New("advisories.record", "by", r.By, "updated", r.Updated, "ref", r.Ref,
			"source", message.New("advisories.source-"+string(r.Source)))))
		if r.Reason != "" {
			fmt.Fprintf(&b, "  %s\n", r.Reason)
		}
		for i := range r.Concerns {
			fmt.Fprintf(&b, "  %s\n", concernLine(&r.Concerns[i], p))
		}
	}
	for _, link := range l.Links {
		fmt.Fprintf(&b, "\n%s", link)
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// concernLine writes a concern in the words of the records: product, systems,
// ranges.
func concernLine(c *advisory.Concern, p *message.Printer) string {
	parts := []string{c.Client + " " + strings.Join(c.Editions, "/")}
	if len(c.Systems) > 0 {
		parts = append(parts, strings.Join(c.Systems, "/"))
	}
	if len(c.Arches) > 0 {
		parts = append(parts, strings.Join(c.Arches, "/"))
	}
	line := strings.Join(parts, ", ") + ": "
	for _, l := range []struct {
		id     string
		ranges []string
	}{{"advisories.affected", c.Affected}, {"advisories.undecided", c.Undecided}, {"advisories.unaffected", c.Unaffected}} {
		if len(l.ranges) > 0 {
			line += p.Text(message.New(l.id, "ranges", strings.Join(l.ranges, "; "))) + " "
		}
	}
	return strings.TrimSpace(line)
}

func newAdvisoriesStatus() *cobra.Command {
	var data advisoryData
	var format, lang string
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say how far the advisory data reaches, client by client",
		Example: "  huddleguard advisories status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			db, cat, err := openAdvisories(cmd, &data)
			if err != nil {
				return err
			}
			list := statusOf(db)
			if format == "json" {
				return encodeJSON(cmd, list)
			}
			return writeStatus(cmd.OutOrStdout(), list, newPrinter(lang, cat))
		},
	}
	data.flags(cmd)
	askedFlags(cmd, &format, &lang)
	return cmd
}

// clientStatus is how far the data about one client reaches.
type clientStatus struct {
	Client     string   `json:"client"`
	Advisories int      `json:"advisories"`
	AsOf       string   `json:"as_of"`
	CompleteTo string   `json:"complete_to"` // "" without a source
	Sources    []string `json:"sources"`
}

func statusOf(db *advisory.Database) []clientStatus {
	var out []clientStatus
	for _, id := range advisory.Clients {
		c, _ := db.Coverage(id)
		out = append(out, clientStatus{id, len(db.IDs(id)), c.AsOf, c.CompleteTo, append([]string{}, c.Sources...)})
	}
	return out
}

func writeStatus(w io.Writer, list []clientStatus, p *message.Printer) error {
	var b strings.Builder
	for _, s := range list {
		if s.CompleteTo == "" {
			fmt.Fprintf(&b, "%-12s %5d  %s\n", s.Client, s.Advisories, p.Text(message.New("advisories.no-source")))
			continue
		}
		fmt.Fprintf(&b, "%-12s %5d  %s\n", s.Client, s.Advisories,
			p.Text(message.New("advisories.covered", "complete", s.CompleteTo, "asof", s.AsOf, "sources", s.Sources)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newAdvisoriesImport() *cobra.Command {
	var data advisoryData
	var o advisories.ImportOptions
	var format, lang string
	cmd := &cobra.Command{
		Use:   "import PATH|URL",
		Short: "Add advisories of any published format to what is held",
		Long: `Read a folder, a zip or tar archive or one file of CVE JSON 5, CSAF 2.0, MSRC
CVRF, NVD 1.1 or 2.0, CISA KEV or reviewed records (YAML), and keep what speaks
of conferencing clients. A record that cannot be read is counted and named, and
loses nothing else. With an address, the file is fetched first, by a process
without rights; the address of a CSAF provider (provider-metadata.json) fetches
its documents.

Data does not say by itself that it is complete. With --complete-to you vouch
for it up to a day, for the clients it speaks of.`,
		Example: `  huddleguard advisories import cvelistV5-main.zip --complete-to 2026-11-20
  huddleguard advisories import known_exploited_vulnerabilities.json
  huddleguard advisories import https://example.org/.well-known/csaf/provider-metadata.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			return importAdvisories(cmd, args[0], &data, o, format, lang)
		},
	}
	data.flags(cmd)
	cmd.Flags().StringVar(&o.CompleteTo, "complete-to", "", "day (YYYY-MM-DD) up to which you vouch for the data to be complete")
	cmd.Flags().StringVar(&o.Source, "source", "", "name of where the data is from, shown in reports")
	askedFlags(cmd, &format, &lang)
	return cmd
}

func importAdvisories(cmd *cobra.Command, from string, data *advisoryData, o advisories.ImportOptions, format, lang string) error {
	if err := pastDay(o.CompleteTo); err != nil {
		return err
	}
	cat, err := catalogue.BuiltIn()
	if err != nil {
		return err
	}
	p := newPrinter(lang, cat)
	bar := newProgress(cmd.ErrOrStderr(), p)
	defer bar.done()
	debug.SetGCPercent(200) // many small records that live a moment: time is worth more here
	o.Now = time.Now()
	bar.say(message.New("advisories.importing", "files", 0))
	if isAddress(from) {
		bar.say(message.New("advisories.fetching", "from", printable(from)))
	}
	o.Progress = func(files int) { bar.say(message.New("advisories.importing", "files", files)) }
	stores := data.stores()
	store := stores[len(stores)-1]
	var sum advisories.Summary
	if isAddress(from) {
		err = fetching(cmd, func(get feed.Getter) error {
			sum, err = store.ImportURL(cmd.Context(), advisories.Getter(get), from, o)
			return err
		})
	} else {
		sum, err = store.Import(cmd.Context(), from, o)
	}
	bar.done()
	if err != nil {
		return withHint(err, "nothing was changed; name a folder, an archive or a file of records you can read")
	}
	if format == "json" {
		err = encodeJSON(cmd, sum)
	} else {
		err = writeSummary(cmd.OutOrStdout(), sum, p)
	}
	if err == nil && sum.Files == sum.Bad {
		return exitError(exitUsage)
	}
	return err
}

func writeSummary(w io.Writer, s advisories.Summary, p *message.Printer) error {
	var b strings.Builder
	say := func(id string, pairs ...any) { b.WriteString(p.Text(message.New(id, pairs...)) + "\n") }
	say("advisories.imported", "files", s.Files, "records", s.Records, "other", s.NotOurs, "older", s.Older)
	for _, id := range s.ByCount() {
		fmt.Fprintf(&b, "  %-12s %5d\n", id, s.Clients[id])
	}
	if s.Bad > 0 {
		say("advisories.import-bad", "bad", s.Bad)
		for _, f := range s.BadFiles {
			fmt.Fprintf(&b, "  %s: %s\n", printable(f.Name), printable(f.Why))
		}
	}
	if s.Broken != "" {
		say("advisories.import-broken", "why", printable(s.Broken))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
