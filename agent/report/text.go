package report

import (
	"bufio"
	"io"
	"strings"

	"huddleguard/checks"
	"huddleguard/checks/message"
)

// TextOptions say how a terminal shows a report.
type TextOptions struct {
	// Width is how many columns there are; 0 means that lines are not folded.
	Width   int
	Color   bool
	Verbose bool // show what is fine as well, evidence, and long lists whole
}

// The widths lines are folded to: a line longer than widest is hard to read.
const (
	narrowest = 40
	widest    = 100
)

// maxUnread is how many unreadable things a terminal shows without Verbose.
const maxUnread = 20

// Text writes the report for a terminal: client by client, the worst first.
func Text(w io.Writer, r Report, p *message.Printer, o TextOptions) error {
	t := newText(w, p, o)
	t.r = &r
	t.head()
	parts := r.parts()
	for i := range parts {
		t.part(&parts[i])
	}
	t.absence()
	t.unreadable()
	t.foot(parts)
	return t.out.Flush()
}

// newText begins a rendering for a terminal.
func newText(w io.Writer, p *message.Printer, o TextOptions) *text {
	if o.Width > 0 {
		o.Width = min(max(o.Width, narrowest), widest)
	}
	return &text{words: words{p}, TextOptions: o, out: bufio.NewWriter(w)}
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
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (t *text) paint(color, s string) string {
	if !t.Color || color == "" || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// line writes a text behind first, folded, its further lines indented by indent
// columns. first may hold colours and takes indent columns itself.
func (t *text) line(first string, indent int, s, color string) {
	room := 0
	if t.Width > 0 {
		room = t.Width - indent
	}
	for i, l := range fold(s, room) {
		if i > 0 {
			first = strings.Repeat(" ", indent)
		}
		t.out.WriteString(strings.TrimRight(first+t.paint(color, l), " ") + "\n")
	}
}

func (t *text) gap() { t.out.WriteString("\n") }

func (t *text) head() {
	t.line("", 0, t.title(t.r), bold)
	t.line("", 0, t.looked(t.r)+" "+t.words.scope(t.r.Scope), dim)
	t.gap()
}

func (t *text) part(p *part) {
	t.line("", 0, t.name(p.client), bold)
	for i, in := range p.copies {
		first := "  "
		if len(p.copies) > 1 {
			first += t.say("report.number", "number", i+1) + " "
		}
		t.line(first, width(first), t.copyOf(in).line(), dim)
	}
	for _, list := range [][]entry{p.mend, p.unknown, p.notes, p.waived} {
		t.entries(p, list)
	}
	if t.Verbose {
		t.entries(p, p.fine)
		t.entries(p, p.notApplicable)
	} else if n := len(p.fine); n > 0 {
		t.line("  "+t.paint(green, "✓")+" ", 4, t.say("report.fine", "count", n), "")
	}
	t.gap()
}

func (t *text) entries(p *part, list []entry) {
	for _, e := range list {
		t.entry(p, e)
	}
}

// entry writes a sign, a word and the sentence, then what to do, and in the
// last line the check, who asks for it, and whose it is.
func (t *text) entry(p *part, e entry) {
	sign, color := signOf(e)
	label := sign + " " + t.labelOf(e)
	t.lineAfter("  "+t.paint(color, label)+"  ", 4+width(label), 4, t.sentence(e.Message))
	if s := t.waiver(e); s != "" {
		t.line("    ", 4, s, "")
	}
	if e.Outcome == checks.Fail {
		for _, s := range t.advice(e) {
			t.line("    → ", 6, s, "")
		}
	}
	t.evidence(e)
	t.line("    ", 4, t.small(p, e), dim)
}

// lineAfter is line for a first that takes more columns than the further lines
// are indented by.
func (t *text) lineAfter(first string, taken, indent int, s string) {
	if t.Width == 0 {
		t.line(first, taken, s, "")
		return
	}
	lines := fold(s, t.Width-taken)
	t.out.WriteString(first + lines[0] + "\n")
	if len(lines) > 1 {
		t.line(strings.Repeat(" ", indent), indent, strings.Join(lines[1:], " "), "")
	}
}

// small is what stands below an entry for who wants to know more.
func (t *text) small(p *part, e entry) string {
	out := []string{clean(e.ID)}
	if len(e.Advisories) > 0 {
		list := make([]string, len(e.Advisories))
		for i, a := range e.Advisories {
			list[i] = t.askedBy(a).ID
		}
		out = append(out, strings.Join(list, ", "))
	}
	if s := t.about(p, e); s != "" {
		out = append(out, s)
	}
	return strings.Join(out, " · ")
}

// evidence writes what an entry rests on, for Verbose.
func (t *text) evidence(e entry) {
	if !t.Verbose {
		return
	}
	rows, _ := t.words.evidence(e, 0)
	for _, row := range rows {
		t.line("      ", 8, row.Where+": "+row.Found, dim)
	}
}

func signOf(e entry) (sign, color string) {
	switch {
	case e.Outcome == checks.Fail && e.Severity == checks.Info:
		return "•", cyan
	case e.Outcome == checks.Fail && e.Severity.Rank() >= checks.High.Rank():
		return "✗", red
	case e.Outcome == checks.Fail:
		return "✗", yellow
	case e.Outcome == checks.Pass:
		return "✓", green
	case e.Outcome == checks.Waived, e.Outcome == checks.NotApplicable:
		return "–", dim
	}
	return "?", yellow
}

// absence says what was looked for where there is no client.
func (t *text) absence() {
	lines := t.noClient(t.r)
	for _, s := range lines {
		t.line("", 0, s, "")
	}
	if len(lines) > 0 {
		t.gap()
	}
}

func (t *text) unreadable() {
	list := t.r.Unreadable
	if len(list) == 0 {
		return
	}
	t.line("", 0, t.say("report.unreadable"), bold)
	shown := list
	if !t.Verbose && len(list) > maxUnread {
		shown = list[:maxUnread]
	}
	for _, u := range shown {
		t.line("  "+t.paint(yellow, "?")+" ", 4, t.unread(u), "")
	}
	if more := len(list) - len(shown); more > 0 {
		t.line("    ", 4, t.say("report.more-verbose", "count", more), dim)
	}
	t.gap()
}

// foot sums up, and says what to do next.
func (t *text) foot(parts []part) {
	sum := t.r.tally(parts)
	color := map[string]string{"bad": red, "unsure": yellow, "good": green}[sum.mood()]
	verdict := t.verdict(t.r, sum)
	t.line("", 0, verdict[0], bold+";"+color)
	if len(verdict) > 1 {
		t.line("", 0, strings.Join(verdict[1:], " "), "")
	}
	for i := range parts {
		for _, list := range [][]entry{parts[i].mend, parts[i].unknown} {
			if len(list) > 0 {
				t.line("", 0, t.say("report.next", "command", "huddleguard explain "+list[0].ID), "")
				return
			}
		}
	}
}
