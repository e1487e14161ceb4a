package report

import (
	"io"
	"slices"
	"strings"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// PlanText writes a plan for a terminal: each change with what stands there and
// what is wanted, then what is left as it is, and why. command, if not empty, is
// what makes exactly these changes.
func PlanText(w io.Writer, p plan.Plan, printer *message.Printer, command string, o TextOptions) error {
	t := newText(w, printer, o)
	if len(p.Changes) == 0 {
		t.line("", 0, t.say("plan.nothing"), bold)
	}
	client := ""
	for i := range p.Changes {
		if c := &p.Changes[i]; i == 0 || c.Client != client {
			client = c.Client
			t.line("", 0, t.name(client), bold)
		}
		t.change(&p.Changes[i])
	}
	t.left(p.Left)
	if len(p.Changes) > 0 {
		t.gap()
		t.line("", 0, t.say("plan.count", "count", len(p.Changes)), bold)
		if command != "" {
			t.line("", 0, t.say("plan.command", "command", command), "")
		}
	}
	return t.out.Flush()
}

// change writes one change as a difference, and what there is to know before it.
func (t *text) change(c *plan.Change) {
	t.line("  ", 2, t.sentence(c.Message), "")
	t.line("    ", 4, t.place(c.At), dim)
	t.line("    "+t.paint(red, "- "), 6, t.held(c.Before), red)
	t.line("    "+t.paint(green, "+ "), 6, t.held(c.After), green)
	for _, m := range about(c) {
		t.line("    ", 4, t.sentence(m), "")
	}
	t.line("    ", 4, t.under(c.Check, c.Advisories, c.User), dim)
}

// about are the sentences of a change.
func about(c *plan.Change) []message.Message {
	var out []message.Message
	if c.Loses != nil {
		out = append(out, message.New("plan.loses", "what", *c.Loses))
	}
	if !c.EffectSeen {
		out = append(out, message.New("plan.effect-not-seen"))
	}
	if c.NeedsRoot {
		out = append(out, message.New("plan.needs-root"))
	}
	if len(c.Waits) > 0 {
		out = append(out, message.New("plan.waits", "waits", waiting(c.Waits)))
	}
	return out
}

// under is what stands below a change for who wants to know more.
func (t *text) under(check string, advisories []string, user string) string {
	out := []string{clean(check)}
	if len(advisories) > 0 {
		list := make([]string, len(advisories))
		for i, a := range advisories {
			list[i] = t.askedBy(a).ID
		}
		out = append(out, strings.Join(list, ", "))
	}
	if user != "" {
		out = append(out, t.say("report.whose", "users", []string{user}))
	}
	return strings.Join(out, " · ")
}

// left says what is asked for and not changed, and why.
func (t *text) left(left []plan.Left) { t.lefts("plan.left", left) }

func (t *text) lefts(heading string, left []plan.Left) {
	if len(left) == 0 {
		return
	}
	t.gap()
	t.line("", 0, t.say(heading), bold)
	for _, l := range left {
		t.line("  "+t.paint(dim, "–")+" ", 4, t.under(l.Check, nil, l.User)+": "+t.sentence(l.Message), "")
	}
}

// place names where something stands, for people.
func (w words) place(at fact.At) string {
	return w.say("plan.place", "path", at.Path, "section", at.Section, "key", at.Key, "item", at.Item)
}

// held is what stands, or is to stand, at a place.
func (w words) held(h fact.Held) string {
	switch {
	case h.State == fact.Absent:
		return w.say("plan.absent")
	case h.State != fact.Present:
		return w.say("plan.as-it-is")
	case h.Value == nil:
		return w.say("plan.there")
	}
	if s := clean(checks.Show(h.Value)); s != "" {
		return s
	}
	return w.say("plan.empty")
}

// waiting are the things waited for, each once: all clients' calls can be the
// same call.
func waiting(waits []plan.Wait) []any {
	var seen []plan.Wait
	var out []any
	for _, wait := range waits {
		if slices.ContainsFunc(seen, func(o plan.Wait) bool { return o.Kind == wait.Kind && o.Name == wait.Name }) {
			continue
		}
		seen = append(seen, wait)
		id := "wait." + wait.Kind
		if !wait.Sure {
			id = "wait.perhaps-" + wait.Kind
		}
		out = append(out, message.New(id, "name", wait.Name))
	}
	return out
}

// Changed is what became of one change, as apply and undo print it.
type Changed struct {
	ID           string          `json:"id"`
	Finding      string          `json:"finding"`
	Check        string          `json:"check"`
	Client       string          `json:"client"`
	Installation string          `json:"installation"`
	User         string          `json:"user"` // whose; empty for the machine's
	At           fact.At         `json:"at"`
	Before       fact.Held       `json:"before"`
	After        fact.Held       `json:"after"`
	Entry        int64           `json:"entry"` // its number in that owner's history, 0 where there is none
	Outcome      string          `json:"outcome"`
	Why          string          `json:"why"`
	Waits        []plan.Wait     `json:"waits"`
	Message      message.Message `json:"message"`
	Text         string          `json:"text"` // the message in English
}

// NewChanged puts a result into words. undone is set for what undo did, or would.
func NewChanged(r localapi.Result, undone bool, english *message.Printer) Changed {
	id := "change." + r.Outcome
	if undone && r.Outcome == "planned" {
		id = "change.planned-undo"
	}
	c := &r.Change
	out := Changed{ID: c.ID, Finding: c.Finding, Check: c.Check, Client: c.Client, Installation: c.Installation, User: c.User,
		At: c.At, Before: c.Before, After: c.After, Entry: r.Entry, Outcome: r.Outcome, Why: r.Why, Waits: append([]plan.Wait{}, r.Waits...),
		Message: message.New(id, "title", c.Message, "user", c.User, "entry", int(r.Entry), "why", r.Why, "waits", waiting(r.Waits))}
	out.Text = words{english}.sentence(out.Message)
	return out
}

// signs are those of outcomes that are good news, or none.
var signs = map[string][2]string{
	"applied": {"✓", green}, "undone": {"✓", green}, "already": {"✓", green},
	"planned": {"•", cyan}, "waiting": {"…", yellow}, "superseded": {"–", yellow}, "declined": {"–", dim},
}

// ChangedText writes for a terminal what became of changes.
func ChangedText(w io.Writer, list []Changed, printer *message.Printer, o TextOptions) error {
	t := newText(w, printer, o)
	for i := range list {
		c := &list[i]
		sign, ok := signs[c.Outcome]
		if !ok {
			sign = [2]string{"✗", red}
		}
		t.line(t.paint(sign[1], sign[0])+" ", 2, t.sentence(c.Message), "")
		t.line("  ", 2, t.place(c.At)+" · "+t.under(c.Check, nil, c.User), dim)
	}
	return t.out.Flush()
}

// UnseenText writes for a terminal what policy enforces and nobody could look at.
func UnseenText(w io.Writer, unseen []plan.Left, printer *message.Printer, o TextOptions) error {
	t := newText(w, printer, o)
	t.lefts("status.unseen", unseen)
	return t.out.Flush()
}

// HistoryText writes the journal for a terminal, the newest entry first.
func HistoryText(w io.Writer, entries []localapi.Entry, printer *message.Printer, o TextOptions) error {
	t := newText(w, printer, o)
	if len(entries) == 0 {
		t.line("", 0, t.say("history.nothing"), "")
	}
	for i := range entries {
		e := &entries[i]
		first := t.say("report.number", "number", int(e.ID)) + " "
		t.line(t.paint(bold, first), width(first), t.sentence(e.Change.Message), bold)
		t.line("   ", 3, t.place(e.Change.At)+": "+t.say("history.change", "before", t.held(e.Change.Before), "after", t.held(e.Change.After)), "")
		t.line("   ", 3, t.became(e, newer(entries[:i], e)), "")
		t.line("   ", 3, t.under(e.Change.Check, e.Change.Advisories, e.Change.User), dim)
	}
	return t.out.Flush()
}

// newer is the number of an entry that has written what this one wrote anew, or 0.
func newer(before []localapi.Entry, e *localapi.Entry) int64 {
	i := slices.IndexFunc(before, func(o localapi.Entry) bool {
		return o.Status == "done" && o.Change.User == e.Change.User && o.Change.At == e.Change.At
	})
	if e.Status != "done" || i < 0 {
		return 0
	}
	return before[i].ID
}

// became says how far an entry has come, when and by whom.
func (t *text) became(e *localapi.Entry, newer int64) string {
	const minute = "2006-01-02 15:04"
	id := "history." + e.Status
	if newer > 0 {
		id = "history.done-anew"
	}
	m := message.New(id, "newer", int(newer), "at", e.At.UTC().Format(minute), "actor", e.Actor,
		"ended", e.Ended.UTC().Format(minute), "by", e.By, "why", e.Why)
	return t.sentence(m)
}
