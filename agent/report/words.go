package report

import (
	"cmp"
	"slices"
	"strings"

	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// words puts a report's parts into words of one language, cleaned.
type words struct{ *message.Printer }

// say puts a sentence of the report itself into words.
func (w words) say(id string, pairs ...any) string { return w.sentence(message.New(id, pairs...)) }

// sentence puts a message into words.
func (w words) sentence(m message.Message) string { return visible(w.Text(cleaned(m)), 0) }

// name is what people call a client.
func (w words) name(client string) string {
	if client == anyClient {
		return w.say("report.any-client")
	}
	if id := "catalogue/" + client + "/name"; w.Has(id) {
		return w.say(id)
	}
	return clean(client)
}

// word is the word for one of a few values ("high", "deb"), or other for a value
// that is none of them: such a value was not made by this program.
func (w words) word(group, value, other string) string {
	if id := group + value; w.Has(id) {
		return w.say(id)
	}
	return clean(other)
}

func (w words) title(r *Report) string {
	if r.Host.Name == "" {
		return w.say("report.title-unnamed")
	}
	return w.say("report.title", "host", r.Host.Name)
}

// looked says what was looked at, and when.
func (w words) looked(r *Report) string {
	system := r.Host.OSVersion
	if name := w.word("system.", string(r.Host.OS), string(r.Host.OS)); !strings.Contains(strings.ToLower(system), strings.ToLower(name)) {
		system = strings.TrimSpace(name + " " + system)
	}
	return w.say("report.looked", "system", system, "taken", r.Taken.UTC().Format("2006-01-02 15:04"))
}

// scope says what was in view.
func (w words) scope(s fact.Scope) string {
	id := "report.scope-all"
	switch {
	case !s.Live:
		id = "report.scope-offline"
	case s.Users != fact.AllUsers:
		id = "report.scope-self"
	}
	return w.say(id)
}

// verdict is what stands above and below, the most important first. It says
// that all is well only where all was seen.
func (w words) verdict(r *Report, t tally) []string {
	var out []string
	none := len(r.Installations) == 0
	switch {
	case t.mend > 0:
		out = append(out, w.say("report.verdict-mend", "count", t.mend))
	case none && t.unknown+t.unread > 0:
		out = append(out, w.say("report.verdict-no-client-seen"))
	case none:
		out = append(out, w.say("report.verdict-no-client"))
	case t.unknown+t.unread > 0:
		out = append(out, w.say("report.verdict-none-seen"))
	case t.waived > 0:
		out = append(out, w.say("report.verdict-only-waived"))
	default:
		out = append(out, w.say("report.verdict-clean"))
	}
	if t.unknown > 0 {
		out = append(out, w.say("report.verdict-unknown", "count", t.unknown))
	}
	if t.unread > 0 {
		out = append(out, w.say("report.verdict-unread", "count", t.unread))
	}
	if t.waived > 0 {
		out = append(out, w.say("report.verdict-waived", "count", t.waived))
	}
	if t.notes > 0 {
		out = append(out, w.say("report.verdict-notes", "count", t.notes))
	}
	return out
}

// noClient says what was looked for where there is no client.
func (w words) noClient(r *Report) []string {
	if len(r.Installations) > 0 {
		return nil
	}
	var out []string
	if len(r.lookedFor) > 0 {
		names := make([]string, len(r.lookedFor))
		for i, id := range r.lookedFor {
			names[i] = w.name(id)
		}
		out = append(out, w.say("report.looked-for", "names", names))
	}
	if len(r.Unreadable) > 0 {
		out = append(out, w.say("report.not-all-seen"))
	}
	return out
}

// copyWords describes a copy in words.
type copyWords struct {
	Name, Version, Packaging, Whose, State, Path string
}

func (w words) copyOf(in Installation) copyWords {
	c := copyWords{Name: clean(cmp.Or(in.Name, in.Client)), Version: clean(in.Version.Raw),
		Packaging: w.word("packaging.", string(in.Packaging), string(in.Packaging)), Path: clean(in.Path)}
	if c.Version == "" {
		c.Version = w.say("report.no-version")
	}
	if in.User != "" {
		c.Whose = w.say("report.whose", "users", []string{in.User})
	}
	switch {
	case in.InCall == fact.Yes:
		c.State = w.say("report.in-call")
	case in.Running == fact.Yes:
		c.State = w.say("report.running")
	}
	return c
}

// line joins what there is to say of a copy.
func (c copyWords) line() string {
	rest := slices.DeleteFunc([]string{c.Packaging, c.Whose, c.State, c.Path}, func(s string) bool { return s == "" })
	return c.Name + " " + c.Version + " · " + strings.Join(rest, " · ")
}

// about says which copies and whose an entry is about; "" where that is plain.
func (w words) about(p *part, e entry) string {
	var numbers []int
	var users []string
	for _, f := range e.same {
		if n := p.number(f.Installation); n > 0 && !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
		if f.User != "" && !slices.Contains(users, f.User) {
			users = append(users, f.User)
		}
	}
	var out []string
	if len(numbers) > 0 {
		slices.Sort(numbers)
		list := make([]any, len(numbers))
		for i := range numbers {
			list[i] = numbers[i]
		}
		out = append(out, w.say("report.copies", "count", len(numbers), "numbers", list))
	}
	if len(users) > 0 {
		out = append(out, w.say("report.whose", "users", users))
	}
	return strings.Join(out, " · ")
}

// advice is what to do about an entry, each thing once.
func (w words) advice(e entry) []string {
	var out []string
	for _, f := range e.same {
		for _, r := range f.Remedies {
			if s := w.sentence(r.Message); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// waiver says who waived an entry and until when, or that this is over; "" where
// nobody did.
func (w words) waiver(e entry) string {
	if e.Waiver == nil {
		return ""
	}
	return w.sentence(e.Waiver.Message)
}

// why is why the check is made, or "" where the catalogue does not say.
func (w words) why(id string) string {
	_, thing, _ := strings.Cut(id, "/")
	for _, base := range []string{id, "check/" + thing, thing} {
		if text := "catalogue/" + base + "/why"; w.Has(text) {
			return w.say(text)
		}
	}
	return ""
}

// found says what was seen at one place.
func (w words) found(b checks.Because) string {
	switch {
	case b.State != fact.Present:
		return w.word("state.", string(b.State), w.say("state.unreadable"))
	case b.Value == "":
		return w.say("state.present")
	}
	return clean(b.Value)
}

// evidence is what was found at one place, in words.
type evidence struct{ Where, Found string }

// evidence lists what an entry rests on, each place once, up to limit places (0
// is all), and says how many are left out.
func (w words) evidence(e entry, limit int) (rows []evidence, left int) {
	seen := map[evidence]bool{}
	for _, f := range e.same {
		for _, b := range f.Because {
			row := evidence{clean(b.Where), w.found(b)}
			if seen[row] {
				continue
			}
			if seen[row] = true; limit > 0 && len(rows) == limit {
				left++
				continue
			}
			rows = append(rows, row)
		}
	}
	return rows, left
}

// unread says what could not be looked at, whose, and why.
func (w words) unread(u fact.Unreadable) string {
	var about []string
	if u.Client != "" {
		about = append(about, w.name(u.Client))
	}
	if u.User != "" {
		about = append(about, w.say("report.whose", "users", []string{u.User}))
	}
	id := "report.unreadable-line"
	if len(about) > 0 {
		id = "report.unreadable-line-about"
	}
	return w.say(id, "what", u.What, "why", u.Why, "about", about)
}

// labelOf is the word for an entry: how bad it is, or that it is not known.
func (w words) labelOf(e entry) string {
	if e.Outcome == checks.Fail {
		return w.word("severity.", string(e.Severity), w.say("outcome.fail"))
	}
	return w.word("outcome.", string(e.Outcome), w.say("outcome.unknown"))
}

// asked is an item of an advisory, and what it asks where the catalogue knows it.
type asked struct{ ID, Asks string }

// askedBy puts the id of an item into words.
func (w words) askedBy(advisory string) asked {
	id, _, _ := strings.Cut(advisory, " ")
	v := asked{ID: clean(advisory)}
	if strings.HasSuffix(advisory, byAnalogy) {
		v.ID = w.say("report.by-analogy", "id", id)
	}
	if text := "catalogue/item/" + id + "/asks"; w.Has(text) {
		v.Asks = w.say(text)
	}
	return v
}

// byAnalogy follows the id of an advisory that speaks of another client.
const byAnalogy = " (by analogy)"
