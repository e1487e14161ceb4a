package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Origin is where a member of a policy came from.
type Origin struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func (o Origin) String() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Layer is a policy, or a part of one, that knows where each member came from.
// A member that has no origin was not given.
type Layer struct {
	Policy Policy
	// From is by member: "profile", "call.dwell", "approved_clients[zoom]",
	// "rules[zoom/telemetry/*].mode".
	From map[string]Origin
}

// scalars are the members that a later file replaces as they are.
var scalars = []struct {
	name string
	take func(into, from *Policy)
}{
	{"profile", func(into, from *Policy) { into.Profile = from.Profile }},
	{"prefer", func(into, from *Policy) { into.Prefer = from.Prefer }},
	{"mode", func(into, from *Policy) { into.DefaultMode = from.DefaultMode }},
	{"official_use", func(into, from *Policy) { into.OfficialUse = from.OfficialUse }},
	{"max_clients", func(into, from *Policy) { into.MaxClients = from.MaxClients }},
	{"advisory_days", func(into, from *Policy) { into.AdvisoryDays = from.AdvisoryDays }},
	{"scan_every", func(into, from *Policy) { into.ScanEvery = from.ScanEvery }},
	{"call.dwell", func(into, from *Policy) { into.Call.Dwell = from.Call.Dwell }},
	{"call.grace", func(into, from *Policy) { into.Call.Grace = from.Call.Grace }},
	{"persons_may_waive", func(into, from *Policy) { into.PersonsMayWaive = from.PersonsMayWaive }},
	{"max_waiver_days", func(into, from *Policy) { into.MaxWaiverDays = from.MaxWaiverDays }},
	{"feed", func(into, from *Policy) { into.Feed = from.Feed }},
}

// Merge puts a later layer over an earlier one. What the later one gives wins,
// member by member; in lists and in rules an entry takes the place of the one
// with its key, and the others stay. "prefer" is an order, and is replaced whole.
func Merge(base, next Layer) Layer {
	out := Layer{Policy: base.Policy, From: maps.Clone(base.From)}
	if out.From == nil {
		out.From = map[string]Origin{}
	}
	maps.Copy(out.From, next.From)
	for _, s := range scalars {
		if _, given := next.From[s.name]; given {
			s.take(&out.Policy, &next.Policy)
		}
	}
	p, n := &out.Policy, &next.Policy
	p.Rules = mergeRules(p.Rules, n.Rules)
	word := func(s *string) string { return *s }
	p.ApprovedClients = mergeList(p.ApprovedClients, n.ApprovedClients, word)
	p.SettingsOfAddedPages = mergeList(p.SettingsOfAddedPages, n.SettingsOfAddedPages, word)
	p.Waivers = mergeList(p.Waivers, n.Waivers, (*Waiver).key)
	p.Exports = mergeList(p.Exports, n.Exports, (*Export).key)
	return out
}

func (e *Export) key() string { return e.Kind + " " + e.Address }

func mergeRules(base, next map[string]Rule) map[string]Rule {
	if len(next) == 0 {
		return base
	}
	out := make(map[string]Rule, len(base)+len(next))
	maps.Copy(out, base)
	for pattern, r := range next {
		was := out[pattern]
		if r.Mode != "" {
			was.Mode = r.Mode
		}
		if r.Value != nil {
			was.Value = r.Value
		}
		out[pattern] = was
	}
	return out
}

func mergeList[T any](base, next []T, key func(*T) string) []T {
	out := slices.Clone(base)
	for i := range next {
		at := slices.IndexFunc(out, func(have T) bool { return key(&have) == key(&next[i]) })
		if at < 0 {
			out = append(out, next[i])
			continue
		}
		out[at] = next[i]
	}
	return out
}

// Member is one thing a policy says.
type Member struct {
	Name  string  `json:"name"` // as in Layer.From
	Value any     `json:"value"`
	From  *Origin `json:"from"` // nil where nobody decided, and the default holds
}

// Members lists all that holds, what nobody decided with its default among it.
func (l *Layer) Members() []Member {
	p := &l.Policy
	var out []Member
	add := func(name string, value any) {
		m := Member{Name: name, Value: value}
		if from, ok := l.From[name]; ok {
			m.From = &from
		}
		out = append(out, m)
	}
	add("profile", cmp.Or(p.Profile, Advisory))
	add("prefer", append([]string{}, p.Prefer...))
	add("mode", cmp.Or(p.DefaultMode, Advise))
	for _, pattern := range slices.Sorted(maps.Keys(p.Rules)) {
		if r := p.Rules[pattern]; r.Mode != "" {
			add("rules["+pattern+"].mode", r.Mode)
		}
		if r := p.Rules[pattern]; r.Value != nil {
			add("rules["+pattern+"].value", r.Value)
		}
	}
	for _, id := range p.ApprovedClients {
		add("approved_clients["+id+"]", true)
	}
	add("official_use", p.OfficialUse)
	add("max_clients", p.MaxClients)
	add("advisory_days", cmp.Or(p.AdvisoryDays, DefaultAdvisoryDays))
	add("scan_every", p.Every().String())
	add("call.dwell", p.Dwell().String())
	add("call.grace", p.Grace().String())
	for i := range p.Waivers {
		add("waivers["+p.Waivers[i].key()+"]", p.Waivers[i])
	}
	add("persons_may_waive", p.MayWaive())
	add("max_waiver_days", p.WaiverDays())
	for _, id := range p.SettingsOfAddedPages {
		add("settings_of_added_pages["+id+"]", true)
	}
	if p.Feed != nil {
		add("feed", *p.Feed)
	}
	for i := range p.Exports {
		add("exports["+p.Exports[i].key()+"]", p.Exports[i])
	}
	return out
}
