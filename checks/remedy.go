package checks

import (
	"slices"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// byChannel is the update of a copy through the machine's own channel, with the
// command that would do it. Without one it is false, and words have to do.
func (e *evaluation) byChannel(c copyOf, fixed string) (Remedy, bool) {
	cmd, _, ok := updates.Plan(updates.Input{Catalogue: e.cat, Host: e.set.Host, Copy: c.inst, Now: e.Now})
	if !ok {
		return Remedy{}, false
	}
	byHand := c.install != nil && c.install.Updates == catalogue.UpdatesNobody && c.install.Update == nil
	return Remedy{Kind: RemedyUpdate, Applicable: true, Message: message.New("channel.run",
		"name", c.page.Name, "fixed", fixed, "command", cmd.String(), "root", cmd.NeedsRoot, "byhand", byHand)}, true
}

// settingRemedies offers the setting itself where its place was seen, and says
// so where it may only be shown: an unseen place is never written, nor is one
// from an administrator's page unless policy lists it. decided is the fact that
// decided, nil where the client's own default did.
func (e *evaluation) settingRemedies(c copyOf, s *catalogue.Setting, facts map[int]*fact.Fact, decided *fact.Fact) []Remedy {
	i, ok := e.placeToWrite(c, s, facts, decided)
	if !ok {
		return []Remedy{{Kind: RemedyGuidance, Message: message.New("remedy.in-the-client")}}
	}
	p := &s.Places[i]
	id := "remedy.setting"
	if p.Effect != "seen" {
		id = "remedy.setting-effect-not-seen"
	}
	r := Remedy{Kind: RemedySetting, Message: message.New(id, "where", p.Path+" "+p.Key)}
	if m, ok := e.settingMend(c, s, i, facts[i]); ok {
		r.Applicable, r.Mends = true, []Mend{m}
	}
	return []Remedy{r}
}

// placeToWrite chooses the place that a value is written to: the one that
// decided, or one that goes before it; where the default decided, the person's
// own before the machine's.
func (e *evaluation) placeToWrite(c copyOf, s *catalogue.Setting, facts map[int]*fact.Fact, decided *fact.Fact) (int, bool) {
	places := slices.DeleteFunc(slices.Clone(s.PlacesFor(systemOf(c.inst), c.inst)), func(i int) bool {
		return !e.writable(c, s, i) || decided != nil && i > decided.Place
	})
	if len(places) == 0 {
		return 0, false
	}
	if decided != nil {
		return places[len(places)-1], true // the place itself, where it may be written
	}
	if i := slices.IndexFunc(places, func(i int) bool { return facts[i] != nil && facts[i].User != "" && len(facts[i].At) > 0 }); i >= 0 {
		return places[i], true
	}
	return places[0], true
}

// writable says whether a place may be written for this copy.
func (e *evaluation) writable(c copyOf, s *catalogue.Setting, i int) bool {
	p := &s.Places[i]
	have, _ := ReadVersion(*c.inst, c.install)
	tooOld := p.Since != "" && !have.Reaches(p.Since)
	shownOnly := e.cat.IsAdded(c.page.ID) && !e.Policy.Writes(c.page.ID+"/"+s.ID)
	return p.Place != "unseen" && !p.Managed && !shownOnly && !tooOld
}

// settingMend is what is to be written to a place of a setting, if a value can
// be named that is what is wanted.
func (e *evaluation) settingMend(c copyOf, s *catalogue.Setting, i int, f *fact.Fact) (Mend, bool) {
	value, absent, ok := s.Write(i)
	if choice := e.Policy.Value(c.page.ID + "/" + s.ID); choice != nil {
		absent = false
		value, ok = s.WriteValue(i, choice)
	}
	if !ok || f == nil || len(f.At) != 1 || f.State == fact.Hidden {
		return Mend{}, false
	}
	m := Mend{At: f.At[0], User: f.User, Type: s.TypeAt(i), EffectSeen: s.Places[i].Effect == "seen",
		Before: fact.Held{State: f.State, Value: f.Value, Whole: f.State == fact.Absent || wholly(s.WantAt(i), f.Value)},
		After:  fact.Held{State: fact.Present, Value: value, Whole: true}}
	if absent {
		m.After = fact.Held{State: fact.Absent, Whole: true}
	}
	return m, true
}

// wholly says whether a value that may be shown is all that stands there.
func wholly(w *catalogue.Want, shown any) bool {
	switch v := shown.(type) {
	case bool, float64:
		return true
	case string:
		return v != catalogue.Other && len(w.Hosts) == 0 && len(w.Lacks) == 0
	}
	return false
}

// granted is what is expected of a grant that is to be taken away: its exact
// form is the store's business.
var granted = fact.Held{State: fact.Present}

// gone is what is wanted where something is to be taken away.
var gone = fact.Held{State: fact.Absent, Whole: true}

// grantRemedy takes a grant away where it can be, and else gives the advice.
func grantRemedy(advice message.Message, f *fact.Fact) Remedy {
	r := Remedy{Kind: RemedyGuidance, Message: advice}
	for _, at := range f.At {
		m := Mend{At: at, User: f.User, EffectSeen: true, Before: granted, After: gone}
		if at.Store == "flatpak" { // the grant is the application's own; an override denies it
			m.Before, m.After = fact.Held{}, fact.Held{State: fact.Present, Value: "!" + at.Item, Whole: true}
		}
		r.Kind, r.Applicable, r.Mends = RemedySetting, true, append(r.Mends, m)
	}
	return r
}

// closes are the rights taken away from the files of an exposure, in chmod's words.
var closes = map[string]string{"world-writable": "o-w", "setuid": "ug-s", "secrets-readable": "o-rwx"}

// exposureRemedy closes, switches off or puts away what lies open, where the
// places are known, and else gives the advice.
func exposureRemedy(advice Remedy, facts []*fact.Fact) Remedy {
	r := advice
	for _, f := range facts {
		for _, at := range f.At {
			if f.State != fact.Present {
				continue
			}
			m := Mend{At: at, User: f.User, EffectSeen: true, Before: granted, After: gone}
			switch at.Store {
			case "mode":
				m.Before, m.After = fact.Held{}, fact.Held{State: fact.Present, Value: closes[f.Name], Whole: true}
			case "keyfile":
				m.Type, m.Before, m.After = "bool", fact.Held{}, fact.Held{State: fact.Present, Value: true, Whole: true}
			}
			r.Applicable, r.Mends = true, append(r.Mends, m)
		}
	}
	if r.Applicable && r.Kind == RemedyGuidance {
		r.Kind = RemedySetting
	}
	return r
}
