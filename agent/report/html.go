package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

//go:embed report.html.tmpl
var pageSource string

//go:embed report.css
var style string

// page is parsed with the style in its place; the policy of the page allows
// this style by its hash, and nothing else at all.
var page = template.Must(template.New("report").Funcs(template.FuncMap{"dict": labelled}).Parse(pageSource))

// labelledFinding is a finding with the labels its template needs.
type labelledFinding struct {
	Finding findingView
	Labels  map[string]string
}

func labelled(f findingView, l map[string]string) labelledFinding { return labelledFinding{f, l} }

// styleHash is the style's hash as a content security policy names it.
func styleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// HTML writes the report as one page that needs nothing else: no script, no
// picture, no font from anywhere.
func HTML(w io.Writer, r Report, p *message.Printer) error {
	return page.Execute(w, view(&r, words{p}))
}

// The view of a page is text only, cleaned and in words: the template puts it
// in its places and decides nothing.
type pageView struct {
	Lang, Title, Policy string
	Style               template.CSS
	Looked, Scope       string
	Verdict             []string
	Mood                string // "bad", "unsure", "good"
	Clients             []clientView
	NoClient            string
	Unreadable          []string
	L                   map[string]string // labels
}

type clientView struct {
	Name, ID, Mood string
	Copies         []string
	Findings       []findingView
	Notes          []findingView
	Good           []string
	GoodCount      string
}

type findingView struct {
	Mood, Word, Text, ID, Whose string
	Advice                      []string
	Evidence                    []string
	AskedBy                     []string
}

func view(r *Report, w words) pageView {
	system := r.Host.OSVersion
	if system == "" {
		system = w.Text(message.New("system." + string(r.Host.OS)))
	}
	v := pageView{
		Lang: w.Language(), Title: w.say("title", "host", r.Host.Name),
		Policy: "default-src 'none'; style-src '" + styleHash() + "'; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(style),
		Looked: w.say("looked", "host", r.Host.Name, "system", system, "taken", r.Taken.Format("2006-01-02 15:04 UTC")),
		Scope:  w.scope(r.Scope), Verdict: w.verdict(r), Mood: mood(r.tally()), L: labels(w),
	}
	for _, id := range r.clients() {
		v.Clients = append(v.Clients, w.client(r, r.section(id)))
	}
	if len(r.Installations) == 0 {
		v.NoClient = w.say("no-client")
	}
	for _, u := range r.Unreadable {
		what := clean(u.What)
		if u.User != "" {
			what += " (" + w.say("whose", "user", clean(u.User)) + ")"
		}
		v.Unreadable = append(v.Unreadable, w.say("unreadable-line", "what", what, "why", clean(u.Why)))
	}
	return v
}

func mood(t tally) string {
	switch {
	case t.fails > 0:
		return "bad"
	case t.unknown+t.unread > 0:
		return "unsure"
	}
	return "good"
}

func labels(w words) map[string]string {
	out := map[string]string{}
	for _, id := range []string{"what-to-do", "evidence", "asked-by", "also", "good", "unreadable", "clients"} {
		out[id] = w.say(id)
	}
	return out
}

func (w words) client(r *Report, s section) clientView {
	v := clientView{Name: w.name(r, s.id), ID: clean(s.id),
		Mood: mood(tally{fails: len(s.fails), unknown: len(s.unknown)})}
	for _, in := range s.copies {
		v.Copies = append(v.Copies, w.copyLine(in))
	}
	for _, f := range s.fails {
		v.Findings = append(v.Findings, w.findingView(f, "bad", w.severity(f.Severity)))
	}
	for _, f := range s.unknown {
		v.Findings = append(v.Findings, w.findingView(f, "unsure", w.outcome(f.Outcome)))
	}
	for _, f := range s.notes {
		v.Notes = append(v.Notes, w.findingView(f, "note", w.severity(f.Severity)))
	}
	for _, f := range s.good {
		v.Good = append(v.Good, w.finding(f))
	}
	if len(s.good) > 0 {
		v.GoodCount = w.say("passed", "count", len(s.good))
	}
	return v
}

func (w words) findingView(f checks.Finding, mood, word string) findingView {
	v := findingView{Mood: mood, Word: word, Text: w.finding(f), ID: clean(f.ID), Advice: w.remedies(f), AskedBy: cleanList(f.Advisories)}
	if f.User != "" {
		v.Whose = w.say("whose", "user", clean(f.User))
	}
	for i, b := range f.Because {
		if i == maxListed {
			v.Evidence = append(v.Evidence, "…")
			break
		}
		v.Evidence = append(v.Evidence, w.evidence(b))
	}
	return v
}

// evidence is one thing a finding rests on.
func (w words) evidence(b checks.Because) string {
	value := clean(b.Value)
	switch b.State {
	case fact.Absent:
		value = w.say("not-set")
	case fact.Hidden:
		value = w.say("unread-value")
	}
	if value == "" {
		return clean(b.Where)
	}
	return fmt.Sprintf("%s: %s", clean(b.Where), value)
}
