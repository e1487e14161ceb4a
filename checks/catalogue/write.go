package catalogue

import (
	"slices"
	"strings"
	"unicode"

	"huddleguard/checks/fact"
)

// Write is what is to be written to a place so that the setting is as wanted: a
// value, or that none stands there. ok is false where a page cannot say so for
// everybody: the choice is the person's, or theirs alone to carry out.
func (s *Setting) Write(place int) (value any, absent, ok bool) {
	w, typ := s.WantAt(place), s.TypeAt(place)
	if s.ByHand {
		return nil, false, false
	}
	switch {
	case w.Absent:
		return nil, true, true
	case s.Places[place].Store == "file":
		return nil, false, false // nothing can be put into a file that only has to be there
	case w.Is != nil:
		value, ok = written(typ, w.Is)
	case len(w.OneOf) > 0:
		value, ok = written(typ, w.OneOf[0])
	case w.AtLeast != nil:
		value, ok = *w.AtLeast, true
	case w.Not != nil && typ == "bool":
		not, is := Coerce(typ, w.Not)
		value, ok = not == false, is
	case w.Not != nil, len(w.Hosts) > 0:
		return nil, s.goodWithout(place), s.goodWithout(place)
	}
	return value, false, ok
}

// WriteValue is what is to be written where an administrator chose the value:
// the choice, if it is what is wanted.
func (s *Setting) WriteValue(place int, choice any) (value any, ok bool) {
	w, typ := s.WantAt(place), s.TypeAt(place)
	if s.ByHand || w.Absent || s.Places[place].Store == "file" || !plain(choice) {
		return nil, false
	}
	if meets, is := w.Meets(typ, choice); !meets || !is {
		return nil, false
	}
	if i := slices.IndexFunc(w.OneOf, func(x any) bool { return same(typ, x, choice) }); i >= 0 {
		choice = w.OneOf[i] // as the page writes it
	}
	return written(typ, choice)
}

// written is a page's value as it is written. A text can stand where some
// clients write a bare false; it stays one.
func written(typ string, v any) (any, bool) {
	if _, bare := v.(bool); bare && typ == "string" {
		return v, true
	}
	return Coerce(typ, v)
}

// goodWithout says whether every copy that reads a place does what is wanted
// while no value stands there.
func (s *Setting) goodWithout(place int) bool {
	p := &s.Places[place]
	copies := p.Packagings
	if len(copies) == 0 {
		copies = packagings
	}
	return !slices.ContainsFunc(copies, func(packaging fact.Packaging) bool {
		d := s.DefaultFor(p.System, packaging)
		return d == nil || !d.Meets
	})
}

// maxChoice bounds a text that an administrator chose, in bytes.
const maxChoice = 1024

// plain says whether a choice is safe in every format: no control characters
// and nothing endless.
func plain(v any) bool {
	switch v := v.(type) {
	case string:
		return len(v) <= maxChoice && !strings.ContainsFunc(v, unicode.IsControl)
	case []any:
		return len(v) <= maxChoice && !slices.ContainsFunc(v, func(x any) bool { return !plain(x) })
	case []string:
		return len(v) <= maxChoice && !slices.ContainsFunc(v, func(x string) bool { return !plain(x) })
	}
	return v != nil
}
