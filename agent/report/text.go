package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"huddleguard/checks"
	"huddleguard/checks/message"
)

// TextOptions say how a terminal shows a report.
type TextOptions struct {
	// Width is how many columns there are; 0 means that lines are not folded.
	Width   int
	Color   bool
	Verbose bool // show what passed as well
}

// The widths lines are folded to.
const (
	narrowest = 40
	widest    = 100
)

// Text writes the report for a terminal: client by client, the worst first.
func Text(w io.Writer, r Report, p *message.Printer, o TextOptions) error {
	if o.Width > 0 {
		o.Width = min(max(o.Width, narrowest), widest)
	}
	t := &text{out: bufio.NewWriter(w), words: words{p}, TextOptions: o, r: &r}
	t.head()
	clients := r.clients()
	for _, id := range clients {
		t.section(r.section(id))
	}
	if len(r.Installations) == 0 {
		t.line("", "", t.say("no-client"))
		t.line("", "", "")
	}
	t.unreadable()
	t.foot()
	return t.out.Flush()
}

// text is one rendering in progress.
type text struct {
	words
	TextOptions
	out *bufio.Writer
	r   *Report
}

// Colours, as ANSI numbers.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	yellow = "33"
	green  = "32"
	blue   = "36"
)

func (t *text) paint(color, s string) string {
	if !t.Color || color == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// line writes a text behind a first and under a hanging indent, folded to the
// width. first may hold colours; indent gives its width in columns.
func (t *text) line(first, indent, s string) {
	t.out.WriteString(first)
	for i, part := range t.fold(s, len(indent)) {
		if i > 0 {
			t.out.WriteString(indent)
		}
		t.out.WriteString(part + "\n")
	}
}

// fold breaks a text at spaces, and within a word that fills a line alone.
func (t *text) fold(s string, indent int) []string {
	if t.Width == 0 {
		return []string{s}
	}
	room := t.Width - indent
	var lines []string
	line := ""
	for _, word := range strings.Split(s, " ") {
		for runewidth.StringWidth(word) > room {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			head := runewidth.Truncate(word, room, "")
			lines = append(lines, head)
			word = word[len(head):]
		}
		switch {
		case line == "":
			line = word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) > room:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

func (t *text) head() {
	r := t.r
	system := r.Host.OSVersion
	if system == "" {
		system = t.Text(message.New("system." + string(r.Host.OS)))
	}
	t.line("", "", t.say("looked", "host", r.Host.Name, "system", system, "taken", r.Taken.Format("2006-01-02 15:04 UTC")))
	t.line("", "", t.words.scope(r.Scope))
	t.line("", "", "")
}

func (t *text) section(s section) {
	t.line("", "", t.paint(bold, t.name(t.r, s.id)))
	for _, in := range s.copies {
		t.line("  ", "    ", t.copyLine(in))
	}
	for _, f := range s.fails {
		t.finding(f, "✗", severityColor(f.Severity), t.severity(f.Severity))
	}
	for _, f := range s.unknown {
		t.finding(f, "?", yellow, t.outcome(f.Outcome))
	}
	for _, f := range s.notes {
		t.finding(f, "·", blue, t.severity(f.Severity))
	}
	if t.Verbose {
		for _, f := range s.good {
			t.finding(f, "✓", green, t.outcome(f.Outcome))
		}
	} else if len(s.good) > 0 {
		t.line("  "+t.paint(green, "✓")+" ", "    ", t.say("passed", "count", len(s.good)))
	}
	t.line("", "", "")
}

func severityColor(s checks.Severity) string {
	if s.Rank() >= checks.High.Rank() {
		return red
	}
	return yellow
}

// finding writes a sign and a word, the sentence, and below it the id and
// whose finding it is.
func (t *text) finding(f checks.Finding, sign, color, word string) {
	indent := "    "
	t.line("  "+t.paint(color, sign+" "+word)+"  ", indent, t.words.finding(f))
	id := f.ID
	if f.User != "" {
		id += " (" + t.say("whose", "user", f.User) + ")"
	}
	t.out.WriteString(indent)
	for i, part := range t.fold(clean(id), len(indent)) {
		if i > 0 {
			t.out.WriteString(indent)
		}
		t.out.WriteString(t.paint(dim, part) + "\n")
	}
}

func (t *text) unreadable() {
	if len(t.r.Unreadable) == 0 {
		return
	}
	t.line("", "", t.paint(bold, t.say("unreadable")))
	for _, u := range t.r.Unreadable {
		what := u.What
		if u.User != "" {
			what += " (" + t.say("whose", "user", u.User) + ")"
		}
		t.line("  "+t.paint(yellow, "?")+" ", "    ", t.say("unreadable-line", "what", clean(what), "why", clean(u.Why)))
	}
	t.line("", "", "")
}

func (t *text) foot() {
	for _, s := range t.verdict(t.r) {
		t.line("", "", t.paint(bold, s))
	}
	for _, id := range t.r.clients() {
		if s := t.r.section(id); len(s.fails) > 0 {
			t.line("", "", t.say("next", "id", s.fails[0].ID))
			return
		}
	}
}
