package agent

import (
	"path/filepath"
	"slices"
	"strings"

	"huddleguard/agent/localapi"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

// places are the files in which what policy enforces stands, or could: a change
// there may be a drift.
func (d *Desk) places(set fact.Set) []localapi.Place {
	in := standing{set: set, listed: map[localapi.Place]bool{}, places: []localapi.Place{}}
	for i := range set.Facts {
		f := &set.Facts[i]
		if d.Policy.Mode(checkOf(f)) != policy.Enforce {
			continue
		}
		for _, at := range f.At {
			in.add(f.User, at.Store, at.Path)
		}
	}
	enforced := slices.DeleteFunc(d.Catalogue.IDs(), func(id string) bool { return d.Policy.Mode(id) != policy.Enforce })
	for _, l := range set.Looked {
		if slices.ContainsFunc(l.Checks, func(c string) bool {
			return slices.ContainsFunc(enforced, func(id string) bool { return policy.Matches(c, id) })
		}) {
			in.add(l.User, "", l.Path)
		}
	}
	in.homes()
	return in.places
}

// homes lists the homes themselves, where something in them is listed: one that
// its owner closed, or that was not there, can be entered later.
func (s *standing) homes() {
	for _, p := range s.places {
		if p.Home != "" {
			s.add("", "", p.Home)
		}
	}
}

// checkOf is the id of the check that a fact is judged by.
func checkOf(f *fact.Fact) string {
	switch {
	case strings.Contains(f.Name, "/"): // a setting, or a leftover: the id itself
		return f.Name
	case f.Kind == fact.Permission:
		return f.Client + "/permission/" + f.Name
	}
	return f.Client + "/exposure/" + f.Name
}

// standing is the list of places as it is made.
type standing struct {
	set    fact.Set
	listed map[localapi.Place]bool
	places []localapi.Place
}

// add lists the file that something of a person's, or of the machine's, stands in,
// if it is in one.
func (s *standing) add(user, store, file string) {
	home := ""
	if i := slices.IndexFunc(s.set.Users, func(u fact.User) bool { return u.Name == user }); i >= 0 {
		home = s.set.Users[i].Home
	}
	if store == "portal" && home != "" { // the table is a file of the person's
		file = filepath.Join(home, ".local/share/flatpak/db", file)
	}
	if !strings.HasPrefix(file, home+"/") {
		home = ""
	}
	p := localapi.Place{Home: home, Path: file}
	if filepath.IsAbs(file) && !s.listed[p] {
		s.listed[p] = true
		s.places = append(s.places, p)
	}
}
