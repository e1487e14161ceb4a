package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"huddleguard/checks"
	"huddleguard/checks/message"
)

//go:embed report.html.tmpl
var pageSource string

//go:embed report.css
var style string

// page is parsed when the first page is written.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Parse(pageSource))
})

// policy is the page's content security policy: this style by its hash, and
// nothing else at all.
func policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
}

// HTML writes the report as one page that needs nothing else: no script, no
// picture, no font from anywhere.
func HTML(w io.Writer, r Report, p *message.Printer) error {
	if err := page().Execute(w, words{p}.page(&r)); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// pageView is all that a page shows, cleaned and in words: the template puts it
// in its places and decides nothing.
type pageView struct {
	Lang, Title, Policy string
	Style               template.CSS
	Mood                string // "bad", "unsure" or "good"
	Verdict             string
	Rest                []string
	Looked, Scope       string
	Contents            string // name of the list of clients; empty where it is not needed
	Parts               []partView
	NoClient            []string
	Unreadable          *listView
	Foot                string
}

type partView struct {
	ID, Name, Mood, Count string
	Copies                []copyView
	Groups                []groupView
	Fine                  *listView
}

type copyView struct {
	Number string
	copyWords
}

type groupView struct {
	Heading string
	Entries []entryView
}

type entryView struct {
	Mood, Sign, Word, Text string
	ID, About, Waiver      string
	Advice                 []string
	Details                string // the word that opens what follows
	Why                    string
	Evidence               []evidence
	More                   string
	WhereHead, FoundHead   string
	AskedHead              string
	Asked                  []asked
}

type listView struct {
	Heading string
	Lines   []string
}

func (w words) page(r *Report) pageView {
	parts := r.parts()
	sum := r.tally(parts)
	verdict := w.verdict(r, sum)
	v := pageView{
		Lang: w.Language(), Title: w.title(r), Policy: policy(), Style: template.CSS(style),
		Mood: sum.mood(), Verdict: verdict[0], Rest: verdict[1:],
		Looked: w.looked(r), Scope: w.scope(r.Scope),
		NoClient: w.noClient(r), Foot: w.say("report.foot"),
	}
	if len(parts) > 1 {
		v.Contents = w.say("report.clients")
	}
	for i := range parts {
		v.Parts = append(v.Parts, w.part(&parts[i], i))
	}
	if len(r.Unreadable) > 0 {
		v.Unreadable = &listView{Heading: w.say("report.unreadable")}
		for _, u := range r.Unreadable {
			v.Unreadable.Lines = append(v.Unreadable.Lines, w.unread(u))
		}
	}
	return v
}

func (w words) part(p *part, i int) partView {
	v := partView{ID: fmt.Sprintf("client-%d", i+1), Name: w.name(p.client), Mood: p.mood(), Count: w.count(p)}
	for i, in := range p.copies {
		c := copyView{copyWords: w.copyOf(in)}
		if len(p.copies) > 1 {
			c.Number = w.say("report.number", "number", i+1)
		}
		v.Copies = append(v.Copies, c)
	}
	for _, g := range []struct {
		heading string
		entries []entry
	}{
		{"report.mend", p.mend}, {"report.unknown", p.unknown}, {"report.notes", p.notes}, {"report.waived", p.waived},
	} {
		if len(g.entries) > 0 {
			v.Groups = append(v.Groups, w.group(p, g.heading, g.entries))
		}
	}
	if len(p.fine) > 0 {
		v.Fine = &listView{Heading: w.say("report.fine", "count", len(p.fine))}
		for _, e := range p.fine {
			v.Fine.Lines = append(v.Fine.Lines, w.sentence(e.Message))
		}
	}
	return v
}

// count is a client's figures in few words, for the contents.
func (w words) count(p *part) string {
	var out []string
	if n := len(p.mend); n > 0 {
		out = append(out, w.say("report.count-mend", "count", n))
	}
	if n := len(p.unknown); n > 0 {
		out = append(out, w.say("report.count-unknown", "count", n))
	}
	if n := len(p.waived); n > 0 {
		out = append(out, w.say("report.count-waived", "count", n))
	}
	if out == nil {
		out = append(out, w.say("report.count-none"))
	}
	return strings.Join(out, " · ")
}

func (w words) group(p *part, heading string, entries []entry) groupView {
	g := groupView{Heading: w.say(heading)}
	for _, e := range entries {
		g.Entries = append(g.Entries, w.entry(p, e))
	}
	return g
}

func (w words) entry(p *part, e entry) entryView {
	sign, _ := signOf(e)
	v := entryView{Mood: moodOf(e), Sign: sign, Word: w.labelOf(e), Text: w.sentence(e.Message),
		ID: clean(e.ID), About: w.about(p, e), Waiver: w.waiver(e), Why: w.why(e.ID),
		Details: w.say("report.details"), WhereHead: w.say("report.where"), FoundHead: w.say("report.found")}
	if e.Outcome == checks.Fail {
		v.Advice = w.advice(e)
	}
	rows, left := w.evidence(e, maxEvidence)
	if v.Evidence = rows; left > 0 {
		v.More = w.say("report.more", "count", left)
	}
	for _, id := range e.Advisories {
		v.Asked = append(v.Asked, w.askedBy(id))
	}
	if v.Asked != nil {
		v.AskedHead = w.say("report.asked")
	}
	return v
}

// moodOf is the colour of an entry.
func moodOf(e entry) string {
	switch {
	case e.Outcome == checks.Fail && e.Severity == checks.Info:
		return "note"
	case e.Outcome == checks.Fail && e.Severity.Rank() < checks.High.Rank():
		return "warn"
	case e.Outcome == checks.Fail:
		return "bad"
	case e.Outcome == checks.Waived:
		return "note"
	}
	return "unsure"
}

// maxEvidence is how many places a page names for one entry.
const maxEvidence = 12
