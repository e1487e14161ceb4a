package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"huddleguard/agent/report"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
)

func newExplain() *cobra.Command {
	var s source
	var format, lang string
	cmd := &cobra.Command{
		Use:   "explain ID",
		Short: "Say why a check is made, what would change, what you lose, and who asks for it",
		Example: `  huddleguard explain zoom/telemetry/crash-reports
  huddleguard explain mumble/version/retired --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			cat, err := s.catalogue(cmd)
			if err != nil {
				return err
			}
			found, ok := cat.Find(args[0])
			if !ok {
				return withHint(fmt.Errorf("there is no check %q", args[0]), suggest(cat, args[0]))
			}
			e := explanation(cat, args[0], found)
			if format == "json" {
				return report.EncodeJSON(cmd.OutOrStdout(), e)
			}
			return e.text(cmd.OutOrStdout(), newPrinter(lang, cat))
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeIDs(cmd, args, typed)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&lang, "lang", "", "language (default: the environment's)")
	s.pagesFlag(cmd)
	complete(cmd, "format", "text", "json")
	return cmd
}

// suggest names ids that are near the one that is not there.
func suggest(cat *catalogue.Catalogue, id string) string {
	var near []string
	_, thing, _ := strings.Cut(id, "/")
	for _, known := range cat.IDs() {
		if strings.HasPrefix(known, id) || thing != "" && strings.HasSuffix(known, thing) {
			near = append(near, known)
		}
		if len(near) == 3 {
			break
		}
	}
	if len(near) == 0 {
		near = mistyped(cat, id)
	}
	if len(near) == 0 {
		return "huddleguard scan shows the id of each finding"
	}
	return "do you mean " + strings.Join(near, " or ") + "?"
}

// mistyped are the ids that few letters part from the one given, as cobra finds
// verbs that were mistyped.
func mistyped(cat *catalogue.Catalogue, id string) []string {
	all := &cobra.Command{SuggestionsMinimumDistance: 3}
	for _, known := range cat.IDs() {
		all.AddCommand(&cobra.Command{Use: known, Run: func(*cobra.Command, []string) {}})
	}
	near := all.SuggestionsFor(id)
	return near[:min(len(near), 3)]
}

// explained is all there is to say about a check.
type explained struct {
	ID       string            `json:"id"`
	Severity string            `json:"severity"`
	Title    message.Message   `json:"title"`
	Why      message.Message   `json:"why"`
	Advice   *message.Message  `json:"advice,omitempty"`
	Loses    *message.Message  `json:"loses,omitempty"`
	Places   []explainedPlace  `json:"places,omitempty"`
	AskedBy  []catalogue.Item  `json:"asked_by,omitempty"`
	Against  []catalogue.Item  `json:"against,omitempty"` // asks for the opposite
	Sources  []explainedSource `json:"sources,omitempty"`
	client   string
}

// explainedPlace is where a setting stands and what would be written there.
type explainedPlace struct {
	System string         `json:"system"`
	Where  string         `json:"where"`
	Want   catalogue.Want `json:"want"`
	Place  string         `json:"place"`
	Effect string         `json:"effect"`
}

type explainedSource struct {
	Source string `json:"source"`
	Seen   string `json:"seen"`
}

func explanation(cat *catalogue.Catalogue, id string, f catalogue.Found) explained {
	e := explained{ID: id}
	e.client, _, _ = strings.Cut(id, "/")
	var serves []string
	switch {
	case f.Setting != nil:
		serves = e.setting(id, f.Setting)
	case f.Leftover != nil:
		e.texts("catalogue/"+id, f.Leftover.Severity)
		e.Sources = []explainedSource{{f.Leftover.Source, f.Leftover.Seen}}
		serves = f.Leftover.Serves
	case f.Check != nil:
		e.texts("catalogue/check/"+f.Check.ID, f.Check.Severity)
		e.Advice = ref("catalogue/check/" + f.Check.ID + "/advice")
		serves = f.Check.Serves
	case f.Permission != nil:
		e.texts("catalogue/permission/"+f.Permission.ID, f.Permission.Severity)
		e.Advice = ref("catalogue/permission/" + f.Permission.ID + "/advice")
		serves = f.Permission.Serves
	}
	e.AskedBy = itemsOf(cat, serves)
	if f.Setting != nil {
		e.Against = itemsOf(cat, f.Setting.Against)
	}
	return e
}

func itemsOf(cat *catalogue.Catalogue, ids []string) []catalogue.Item {
	var out []catalogue.Item
	for _, id := range ids {
		if it, ok := cat.Item(id); ok {
			out = append(out, it)
		}
	}
	return out
}

func ref(id string) *message.Message { return &message.Message{ID: id} }

func (e *explained) texts(base, severity string) {
	e.Title, e.Why, e.Severity = *ref(base + "/title"), *ref(base + "/why"), severity
}

func (e *explained) setting(id string, s *catalogue.Setting) []string {
	e.texts("catalogue/"+id, s.Severity)
	if s.Loses != "" {
		e.Loses = ref("catalogue/" + id + "/loses")
	}
	seen := map[explainedSource]bool{}
	for i := range s.Places {
		p := &s.Places[i]
		where := p.Path
		if p.Section != "" {
			where += " [" + p.Section + "]"
		}
		e.Places = append(e.Places, explainedPlace{string(p.System), strings.TrimSpace(where + " " + p.Key), *s.WantAt(i), p.Place, p.Effect})
		if src := (explainedSource{p.Source, p.Seen}); !seen[src] {
			seen[src] = true
			e.Sources = append(e.Sources, src)
		}
	}
	return s.Serves
}

// text writes the explanation for people.
func (e *explained) text(w io.Writer, p *message.Printer) error {
	var b strings.Builder
	say := func(id string, pairs ...any) { b.WriteString(p.Text(message.New(id, pairs...)) + "\n") }
	b.WriteString(e.ID + "\n")
	b.WriteString(p.Text(e.Title) + "\n\n")
	say("explain.severity", "severity", message.New("severity."+e.Severity))
	b.WriteString(p.Text(e.Why) + "\n")
	if e.Advice != nil {
		b.WriteString(p.Text(*e.Advice) + "\n")
	}
	e.change(&b, say)
	e.asked(&b, say, "explain.asked-by", e.AskedBy)
	e.asked(&b, say, "explain.against", e.Against)
	e.sources(&b, say)
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *explained) change(b *strings.Builder, say func(string, ...any)) {
	if len(e.Places) == 0 {
		return
	}
	b.WriteString("\n")
	say("explain.change")
	for _, pl := range e.Places {
		b.WriteString("  ")
		id := "explain.place"
		switch {
		case pl.Place == "unseen":
			id = "explain.place-unseen"
		case pl.Effect != "seen":
			id = "explain.place-effect-not-seen"
		}
		say(id, "system", message.New("system."+pl.System), "where", pl.Where, "want", pl.Want.Words())
	}
	b.WriteString("\n")
	if e.Loses == nil {
		say("explain.loses-nothing")
		return
	}
	say("explain.loses", "what", *e.Loses)
}

func (e *explained) asked(b *strings.Builder, say func(string, ...any), heading string, items []catalogue.Item) {
	if len(items) == 0 {
		return
	}
	b.WriteString("\n")
	say(heading)
	for _, it := range items {
		id := "explain.item"
		if len(it.About) > 0 && !slices.Contains(it.About, e.client) {
			id = "explain.item-by-analogy"
		}
		b.WriteString("  ")
		say(id, "id", it.ID, "by", it.By, "date", it.Date, "asks", message.New("catalogue/item/"+it.ID+"/asks"))
	}
}

func (e *explained) sources(b *strings.Builder, say func(string, ...any)) {
	if len(e.Sources) == 0 {
		return
	}
	b.WriteString("\n")
	say("explain.sources")
	for _, s := range e.Sources {
		b.WriteString("  ")
		say("explain.source", "source", s.Source, "seen", s.Seen)
	}
}
