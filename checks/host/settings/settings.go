// Package settings reads the values of the catalogue's settings from the places
// where clients and administrators keep them.
//
// Only what a page asks for is read, and of that only yes and no, numbers, and
// words the page itself knows are carried on: the files hold keys, tokens and
// e-mail addresses that must not leave them.
package settings

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// Read records a fact for every place of every setting of every copy.
func Read(l *look.Look) {
	r := &reader{Look: l, files: map[string]*opened{}}
	for _, c := range l.Copies {
		for i := range c.Page.Settings {
			r.setting(c, &c.Page.Settings[i])
		}
	}
}

// reader is one reading of all settings; it opens each file once.
type reader struct {
	*look.Look
	files map[string]*opened
}

// opened is a settings file or key as it was read.
type opened struct {
	doc document
	err error
}

// setting records the facts of one setting of one copy: for each person who
// has any of its files, and for the machine. A person who never ran the client
// has none, and gets no facts.
func (r *reader) setting(c *look.Copy, s *catalogue.Setting) {
	places := s.PlacesFor(r.OS, &c.Installation)
	homes := r.homesWithTrace(c, places, s)
	for _, i := range places {
		p := &s.Places[i]
		switch {
		case !p.PerUser():
			r.Add(r.read(c, s, i, nil))
		case len(homes) == 0:
			f := r.start(c, s, i)
			f.State, f.Where = fact.Absent, where(p, p.Path)
			r.Add(f)
		default:
			for _, h := range homes {
				r.Add(r.read(c, s, i, h))
			}
		}
	}
}

// withoutTrace records where a person's file would be, for whom watches: they may
// run the client for the first time.
func (r *reader) withoutTrace(c *look.Copy, places []int, s *catalogue.Setting, h *system.Home) {
	for _, i := range places {
		if p := &s.Places[i]; !p.PerUser() || p.Store == "registry" {
			continue
		}
		for _, o := range r.open(c, &s.Places[i], h) {
			r.Set.Looked = append(r.Set.Looked, fact.Looked{Checks: []string{c.Client + "/" + s.ID}, User: h.Name, Path: o.path})
		}
	}
}

// homesWithTrace are the homes where a place's file or key is there, or could
// not be looked at.
func (r *reader) homesWithTrace(c *look.Copy, places []int, s *catalogue.Setting) []*system.Home {
	var out []*system.Home
	for i := range r.Homes {
		h := &r.Homes[i]
		if c.Home != nil && c.Home.Name != h.Name {
			continue
		}
		if slices.ContainsFunc(places, func(p int) bool { return r.hasTrace(c, &s.Places[p], h) }) {
			out = append(out, h)
		} else {
			r.withoutTrace(c, places, s, h)
		}
	}
	return out
}

func (r *reader) hasTrace(c *look.Copy, p *catalogue.Place, h *system.Home) bool {
	if !p.PerUser() {
		return false
	}
	for _, o := range r.open(c, p, h) {
		if !errors.Is(o.err, fs.ErrNotExist) && !errors.Is(o.err, system.ErrNotHere) {
			return true
		}
	}
	return false
}

func (r *reader) start(c *look.Copy, s *catalogue.Setting, i int) fact.Fact {
	f := c.About(fact.Setting, c.Client+"/"+s.ID)
	f.Place, f.Managed = i, s.Places[i].Managed
	return f
}

// read reads one place for one person, or for the machine. Where the place is
// a pattern for several files, the first that holds a value counts.
func (r *reader) read(c *look.Copy, s *catalogue.Setting, i int, h *system.Home) fact.Fact {
	p := &s.Places[i]
	f := r.start(c, s, i)
	f.User = userName(h) // a place of the machine is nobody's, also where the copy is somebody's
	f.State, f.Where = fact.Absent, where(p, p.Path)
	for _, o := range r.open(c, p, h) {
		if p.Managed && isOurs(s, o.path) {
			continue
		}
		got := r.fromDocument(f, o, s, i)
		got.Where = where(p, cmp.Or(o.show, p.Path))
		if got.State != fact.Hidden {
			got.At = at(p, o)
		}
		if got.State == fact.Present {
			return got
		}
		if got.State == fact.Hidden || f.State == fact.Absent {
			f = got
		}
	}
	return f
}

// isOurs says whether a file is one that a place of the setting itself names, and
// that the organisation does not write: a pattern can match both.
func isOurs(s *catalogue.Setting, path string) bool {
	return slices.ContainsFunc(s.Places, func(p catalogue.Place) bool { return !p.Managed && p.Path == path })
}

func (r *reader) fromDocument(f fact.Fact, o located, s *catalogue.Setting, i int) fact.Fact {
	p := &s.Places[i]
	if o.err != nil {
		if other := r.instead(p); other != "" && errors.Is(o.err, fs.ErrNotExist) {
			f.State, f.Why = fact.Hidden, "the program goes by "+other+" while this file is not there"
			return f
		}
		return look.Hide(f, notHereIsAbsent(o.err))
	}
	raw, err := o.doc.value(p.Section, p.Key, p.Fold)
	if err != nil {
		return look.Hide(f, err)
	}
	value, ok := s.Reveal(i, raw)
	f.State, f.Value = fact.Present, value
	if !ok {
		f.State, f.Value, f.Why = fact.Hidden, nil, "the value there is not of the kind it should be"
	} else if value == nil {
		f.Value = catalogue.Other
	}
	if meets, _ := s.WantAt(i).Meets(s.TypeAt(i), f.Value); p.Shared && !meets {
		f.Managed = true
	}
	return f
}

// instead is the first file that is there of those that count while the place's
// own is not, or "". One that cannot be looked at may be there.
func (r *reader) instead(p *catalogue.Place) string {
	for _, name := range p.InsteadOf {
		if _, err := r.System.Machine().Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
	return ""
}

func notHereIsAbsent(err error) error {
	if errors.Is(err, system.ErrNotHere) {
		return fs.ErrNotExist
	}
	return err
}

// located is an opened file with its name for people, and for what changes it:
// empty where a pattern could not even be matched.
type located struct {
	*opened
	show, path string
}

// at is the exact place of a setting in what was opened.
func at(p *catalogue.Place, o located) []fact.At {
	if o.path == "" {
		return nil
	}
	if p.Store == "file" { // one that only has to be there is taken away as a whole
		return []fact.At{{Store: "quarantine", Path: o.path}}
	}
	return []fact.At{{Store: p.Store, Path: o.path, Section: p.Section, Key: p.Key, Fold: p.Fold, Digits: p.Digits}}
}

// open opens what a place names, for one person or the machine.
func (r *reader) open(c *look.Copy, p *catalogue.Place, h *system.Home) []located {
	if p.Store == "registry" {
		return []located{{r.key(p.Path, h), strings.Replace(p.Path, "HKCU", "HKCU of "+userName(h), 1), p.Path}}
	}
	var out []located
	for _, loc := range r.ExpandFor(h, p.Path, c) {
		found, err := r.Glob(loc)
		if err != nil {
			out = append(out, located{&opened{err: err}, loc.Show, ""})
		}
		for _, f := range found {
			out = append(out, located{r.file(p.Store, f), f.Show, f.Show})
		}
	}
	return out
}

func userName(h *system.Home) string {
	if h == nil {
		return ""
	}
	return h.Name
}

func (r *reader) key(path string, h *system.Home) *opened {
	id := "registry|" + userName(h) + "|" + path
	if r.files[id] == nil {
		root, rest, _ := strings.Cut(path, `\`)
		if root == "HKLM" {
			h = nil
		}
		k, err := r.System.Registry(root, h, rest)
		r.files[id] = &opened{keyDocument{k}, err}
	}
	return r.files[id]
}

func (r *reader) file(store string, loc look.Location) *opened {
	id := store + "|" + loc.Show
	if r.files[id] == nil {
		doc, err := readFile(store, loc)
		r.files[id] = &opened{doc, err}
	}
	return r.files[id]
}

// where names a place for people and for undo.
func where(p *catalogue.Place, path string) string {
	switch {
	case p.Store == "file":
		return path
	case p.Section != "":
		return path + " [" + p.Section + "] " + p.Key
	}
	return path + " " + p.Key
}
