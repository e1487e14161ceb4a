package checks

import (
	"fmt"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// judgeSetting makes one finding for each person who has settings of the copy,
// or one for the machine where nobody has.
func (e *evaluation) judgeSetting(c copyOf, s *catalogue.Setting) {
	places := s.PlacesFor(systemOf(c.inst), c.inst)
	if len(places) == 0 {
		return
	}
	facts := e.byName[factKey{fact.Setting, c.page.ID + "/" + s.ID, c.page.ID, c.inst.ID}]
	for _, user := range usersOf(facts, c.inst.User) {
		e.add(e.settingVerdict(c, s, places, user, factsFor(facts, user)))
	}
}

// usersOf lists whose findings are due: everybody the facts name, or the owner
// of the copy, or the machine.
func usersOf(facts []*fact.Fact, owner string) []string {
	var users []string
	for _, f := range facts {
		if f.User != "" && !slices.Contains(users, f.User) {
			users = append(users, f.User)
		}
	}
	if len(users) == 0 {
		users = []string{owner}
	}
	return users
}

// factsFor indexes one person's facts, and the machine's, by place.
func factsFor(facts []*fact.Fact, user string) map[int]*fact.Fact {
	m := map[int]*fact.Fact{}
	for _, f := range facts {
		if f.User == user || f.User == "" && m[f.Place] == nil {
			m[f.Place] = f
		}
	}
	return m
}

// settingVerdict reads the places in order of precedence: the first that holds
// a value decides, unless one before it could not be read.
func (e *evaluation) settingVerdict(c copyOf, s *catalogue.Setting, places []int, user string, facts map[int]*fact.Fact) verdict {
	v := verdict{client: c.page.ID, thing: s.ID, inst: c.inst.ID, user: user,
		severity: Severity(s.Severity), serves: s.Serves}
	title := message.New("catalogue/" + c.page.ID + "/" + s.ID + "/title")
	for _, i := range places {
		f := facts[i]
		if f == nil {
			f = &fact.Fact{State: fact.Hidden, Where: s.Places[i].Path, Why: "it was not looked at"}
		}
		v.because = append(v.because, Because{What: s.ID, Where: f.Where, Value: Show(f.Value), State: f.State})
		switch f.State {
		case fact.Absent:
			continue
		case fact.Hidden:
			return v.says(Unknown, "setting.hidden", "title", title, "where", f.Where, "why", f.Why)
		}
		v.managed = f.Managed
		return e.judgeValue(v, c, s, facts, f, title)
	}
	return e.judgeDefault(v, c, s, facts, title)
}

func (e *evaluation) judgeValue(v verdict, c copyOf, s *catalogue.Setting, facts map[int]*fact.Fact, f *fact.Fact, title message.Message) verdict {
	i := f.Place
	meets, ok := s.WantAt(i).Meets(s.TypeAt(i), f.Value)
	switch {
	case !ok:
		return v.says(Unknown, "setting.odd", "title", title, "value", Show(f.Value), "where", f.Where)
	case meets && s.Places[i].Place == "unseen":
		// Nobody saw that the client reads this place: it is shown, and no more.
		return v.says(Unknown, "setting.unseen", "title", title, "value", Show(f.Value), "where", f.Where)
	case meets:
		return v.says(Pass, "setting.good", "title", title, "value", Show(f.Value), "where", f.Where)
	}
	v.remedies = e.settingRemedies(c, s, facts, f)
	if v.managed {
		v.remedies = []Remedy{{Kind: RemedyGuidance, Message: message.New("remedy.managed")}}
		return v.says(Fail, "setting.managed-weak", "title", title, "value", Show(f.Value), "where", f.Where)
	}
	return v.says(Fail, "setting.weak", "title", title, "value", Show(f.Value), "where", f.Where)
}

func (e *evaluation) judgeDefault(v verdict, c copyOf, s *catalogue.Setting, facts map[int]*fact.Fact, title message.Message) verdict {
	d := s.DefaultFor(systemOf(c.inst), c.inst.Packaging)
	switch {
	case d == nil:
		return v.says(Unknown, "setting.no-default", "title", title)
	case d.Meets:
		return v.says(Pass, "setting.good-default", "title", title, "value", Show(d.Value))
	}
	v.remedies = e.settingRemedies(c, s, facts, nil)
	return v.says(Fail, "setting.weak-default", "title", title, "value", Show(d.Value))
}

// Show writes a value for people.
func Show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = Show(v[i])
		}
		return strings.Join(parts, ", ")
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(v)
	}
}
