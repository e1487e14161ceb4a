package report

import (
	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// words puts a report's parts into words, in one language, cleaned.
type words struct{ *message.Printer }

// say puts a sentence of the report itself into words.
func (w words) say(id string, pairs ...any) string {
	return clean(w.Text(message.New("report."+id, pairs...)))
}

// finding is the sentence of a finding. Each argument from the host is cleaned
// on its own, so that a long one cannot push the rest of the sentence out.
func (w words) finding(f checks.Finding) string { return w.sentence(f.Message) }

func (w words) sentence(m message.Message) string {
	args := map[string]any{}
	for k, v := range m.Args {
		args[k] = cleanArg(v)
	}
	return cleanLong(w.Text(message.Message{ID: m.ID, Args: args}))
}

func cleanArg(v any) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case []string:
		return cleanList(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cleanArg(v[i])
		}
		return out
	}
	return v
}

// maxListed bounds how many of a list are shown.
const maxListed = 5

func cleanList(list []string) []string {
	var out []string
	for i, s := range list {
		if i == maxListed {
			return append(out, "…")
		}
		out = append(out, clean(s))
	}
	return out
}

// cleanLong cleans a whole sentence, whose parts are cut already.
func cleanLong(s string) string {
	out := ""
	for len(s) > 0 {
		n := min(len(s), maxShown)
		for n < len(s) && s[n]&0xc0 == 0x80 {
			n++
		}
		out += clean(s[:n])
		s = s[n:]
	}
	return out
}

// remedies are the ways to mend a finding, in words.
func (w words) remedies(f checks.Finding) []string {
	var out []string
	for _, r := range f.Remedies {
		if text := w.sentence(r.Message); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// copyLine describes one copy: name, version, packaging, whose, and where.
func (w words) copyLine(in Installation) string {
	v := in.Version.Raw
	if v == "" {
		v = w.say("no-version")
	}
	line := clean(in.Name) + " " + clean(v) + ", " + clean(w.Text(message.New("packaging."+string(in.Packaging))))
	if in.User != "" {
		line += ", " + w.say("whose", "user", clean(in.User))
	}
	if in.Path != "" {
		line += ", " + clean(in.Path)
	}
	if in.InCall == fact.Yes {
		line += ", " + w.say("in-call")
	} else if in.Running == fact.Yes {
		line += ", " + w.say("running")
	}
	return line
}

func (w words) name(r *Report, id string) string {
	if r.names[id] == "" && id == "any" {
		return w.say("any-client")
	}
	return clean(r.name(id))
}

// verdict is what stands above and below: what is to mend, what is not known.
// It says that all is well only where all was seen.
func (w words) verdict(r *Report) []string {
	t := r.tally()
	var out []string
	for _, part := range []struct {
		id string
		n  int
	}{{"verdict-fail", t.fails}, {"verdict-unknown", t.unknown}, {"verdict-unread", t.unread}, {"verdict-notes", t.notes}} {
		if part.n > 0 {
			out = append(out, w.say(part.id, "count", part.n))
		}
	}
	if t.fails+t.unknown+t.unread == 0 {
		out = append([]string{w.say("verdict-clean")}, out...)
	}
	return out
}

// severity is a severity in words.
func (w words) severity(s checks.Severity) string {
	return clean(w.Text(message.New("severity." + string(s))))
}

func (w words) outcome(o checks.Outcome) string {
	return clean(w.Text(message.New("outcome." + string(o))))
}

// scope says what was in view.
func (w words) scope(s fact.Scope) string {
	switch {
	case !s.Live:
		return w.say("scope-offline")
	case s.Users == fact.Self:
		return w.say("scope-self")
	}
	return w.say("scope-all")
}
