package call

import (
	"path"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// Sighting is one thing that a system shows, before anybody knows whose it is.
type Sighting struct {
	Signal string // an id of calls.yaml
	Place  string
	// Program is the holder's program, as a path or a name; Name what it calls
	// itself, or an assertion's name; App the id a sandbox or a store knows it by.
	Program, Name, App string
	UID                string
	Plays              bool // a stream that is heard, not recorded
	Paused             bool
	Dead               bool   // no process of the program lives: an old mark
	Why                string // set where the holder could not be looked at
}

// Matcher says whose a sighting is.
type Matcher struct {
	signals  map[string]*catalogue.Signal
	programs map[string]string // of clients, by lower-case name without ".exe"
	apps     map[string]string // of clients, by lower-case id
	streams  map[string]string // of clients, by name
	meeting  map[string]string // of clients, by process that runs in a meeting only
	asserts  []assertion
	browsers []string // names of browsers' programs
	browsed  []string // clients that can run in a browser
}

type assertion struct{ pattern, client string }

// NewMatcher takes from the catalogue what clients are called on a system.
func NewMatcher(cat *catalogue.Catalogue, os fact.OS) *Matcher {
	m := &Matcher{signals: map[string]*catalogue.Signal{}, programs: map[string]string{}, apps: map[string]string{},
		streams: map[string]string{}, meeting: map[string]string{}}
	for i := range cat.Signals {
		m.signals[cat.Signals[i].ID] = &cat.Signals[i]
	}
	for i := range cat.Browsers {
		for _, p := range cat.Browsers[i].Programs {
			m.browsers = append(m.browsers, short(p))
		}
	}
	for i := range cat.Pages {
		m.client(&cat.Pages[i], os)
	}
	return m
}

func (m *Matcher) client(p *catalogue.Page, os fact.OS) {
	for i := range p.Installs {
		in := &p.Installs[i]
		if in.System != os {
			continue
		}
		for _, name := range append(slices.Clone(in.Programs), in.Processes...) {
			if name = short(name); !strings.ContainsAny(name, "*?{") {
				m.programs[name] = p.ID
			}
		}
		for _, id := range in.IDs {
			m.apps[strings.ToLower(id)] = p.ID
		}
		if in.Packaging == fact.PWA && !slices.Contains(m.browsed, p.ID) {
			m.browsed = append(m.browsed, p.ID)
		}
	}
	for _, w := range p.Calls {
		if w.System == os {
			m.words(p.ID, w)
		}
	}
}

func (m *Matcher) words(client string, w catalogue.CallWords) {
	for _, s := range w.Streams {
		m.streams[s] = client
	}
	for _, a := range w.Apps {
		m.apps[strings.ToLower(a)] = client
	}
	for _, p := range w.Processes {
		m.meeting[short(p)] = client
	}
	for _, a := range w.Assertions {
		m.asserts = append(m.asserts, assertion{a, client})
	}
}

// short is a program's name alone: no folder, no ".exe", lower-case.
func short(program string) string {
	return strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(program, `\`, "/"))), ".exe")
}

// commLength is how much of a program's name Linux keeps beside a process.
const commLength = 15

// program finds a client by its program's name, also a shortened one.
func (m *Matcher) program(name string) string {
	if client, ok := m.programs[name]; ok || len(name) != commLength {
		return client
	}
	for full, client := range m.programs {
		if strings.HasPrefix(full, name) {
			return client
		}
	}
	return ""
}

// Claims says what a sighting claims, and for which client: nothing where the
// holder is no client, and where the sighting is one that is never a call.
func (m *Matcher) Claims(s Sighting) []Claim {
	sig := m.signals[s.Signal]
	if sig == nil || s.Dead || m.ignored(sig, s) {
		return nil
	}
	c := Claim{Place: s.Place, UID: s.UID, Unsure: s.Why}
	if s.Paused && c.Unsure == "" {
		c.Unsure = "a stream is there and is paused"
	}
	if c.Client = m.owner(sig, s); c.Client != "" {
		return []Claim{c}
	}
	name := short(s.Program)
	switch {
	case s.Plays || sig.Kind == "assertion" || sig.Kind == "process":
		return nil
	case m.isBrowser(name):
		return m.browser(c)
	case sig.Holder == "nobody", slices.ContainsFunc(sig.Brokers, func(b string) bool { return strings.EqualFold(b, name) }):
		if sig.Asks != "" {
			c.Unless = &Source{Signal: sig.Asks, UID: s.UID}
		}
		return []Claim{c}
	}
	return nil
}

// owner is the client a sighting belongs to, empty where to none.
func (m *Matcher) owner(sig *catalogue.Signal, s Sighting) string {
	switch {
	case sig.Kind == "assertion":
		for _, a := range m.asserts {
			if match(a.pattern, s.Name) {
				return a.client
			}
		}
		return ""
	case sig.Kind == "process":
		return m.meeting[short(s.Program)]
	case s.Plays:
		return m.streams[s.Name]
	}
	for _, client := range []string{m.apps[strings.ToLower(s.App)], m.streams[s.Name], m.program(short(s.Program))} {
		if client != "" {
			return client
		}
	}
	return ""
}

func (m *Matcher) ignored(sig *catalogue.Signal, s Sighting) bool {
	return slices.ContainsFunc(sig.Ignore, func(p string) bool { return match(p, s.App) || match(p, s.Program) })
}

// match compares with a name, or with a final "*" with its beginning.
func match(pattern, name string) bool {
	if begin, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(strings.ToLower(name), strings.ToLower(begin))
	}
	return strings.EqualFold(pattern, name)
}

// isBrowser knows a browser's programs and, on a Mac, their helpers.
func (m *Matcher) isBrowser(name string) bool {
	return slices.ContainsFunc(m.browsers, func(b string) bool { return name == b || strings.HasPrefix(name, b+" helper") })
}

// browser is what a recording browser means: perhaps a call of a client that
// runs in one. Which page records cannot be seen.
func (m *Matcher) browser(c Claim) []Claim {
	var all []Claim
	for _, client := range m.browsed {
		own := c
		own.Client, own.Unsure = client, "a browser records, and for which page cannot be seen"
		own.Place += " " + client
		all = append(all, own)
	}
	return all
}

// Found is the event of a source that was looked at.
func (m *Matcher) Found(source Source, all []Sighting) Event {
	e := Event{Source: source, Kind: All}
	for _, s := range all {
		e.Claims = append(e.Claims, m.Claims(s)...)
	}
	return e
}

// Candidate says whether a program's holdings matter: it is a client, a browser
// or one that holds devices for others.
func (m *Matcher) Candidate(program string) bool {
	name := short(program)
	if name == "" {
		return false
	}
	if m.program(name) != "" || m.isBrowser(name) {
		return true
	}
	for _, s := range m.signals {
		if slices.ContainsFunc(s.Brokers, func(b string) bool { return strings.EqualFold(b, name) }) {
			return true
		}
	}
	return false
}
