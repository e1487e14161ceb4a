package catalogue

import (
	"errors"
	"fmt"
	"slices"
)

// Listed is a setting of a profile with its client.
type Listed struct {
	Page    *Page
	Setting *Setting
}

// ID is the setting's check id.
func (l Listed) ID() string { return l.Page.ID + "/" + l.Setting.ID }

// Profile lists the settings of a profile, in order of client and as their
// pages have them.
func (c *Catalogue) Profile(name string) []Listed {
	var out []Listed
	for i := range c.Pages {
		p := &c.Pages[i]
		for j := range p.Settings {
			if s := &p.Settings[j]; slices.Contains(s.Profiles, name) {
				out = append(out, Listed{p, s})
			}
		}
	}
	return out
}

// Bodies lists who speaks in advisories, in order.
func (c *Catalogue) Bodies() []string {
	var out []string
	for i := range c.Items {
		out = append(out, c.Items[i].Body)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// BodiesOf lists who speaks in the items named.
func (c *Catalogue) BodiesOf(items []string) []string {
	var out []string
	for _, id := range items {
		if it, ok := c.Item(id); ok && !slices.Contains(out, it.Body) {
			out = append(out, it.Body)
		}
	}
	return out
}

// Preferred says whether a setting is asked for by somebody who prefers some
// bodies to others: the first of them that speaks for it or against it decides.
// Where none of them does, it is asked for.
func (c *Catalogue) Preferred(s *Setting, bodies []string) bool {
	if len(s.Against) == 0 {
		return true
	}
	supports, opposes := c.BodiesOf(s.Serves), c.BodiesOf(s.Against)
	for _, b := range bodies {
		switch {
		case slices.Contains(supports, b):
			return true
		case slices.Contains(opposes, b):
			return false
		}
	}
	return true
}

// Choices says in the notation of pages between which values a policy may
// choose, or "" where the page leaves no choice.
func (s *Setting) Choices() string {
	w, ownWant := &s.Want, func(p Place) bool { return p.Want != nil }
	several := len(w.OneOf) > 1 || w.AtLeast != nil || len(w.Hosts) > 0 || w.Not != nil && s.Type != "bool"
	if several && !slices.ContainsFunc(s.Places, ownWant) {
		return w.Words()
	}
	return ""
}

// With is a setting of which one value is wanted, out of those its page is
// content with. Where the page takes any text but one, it still does: a look
// carries no free texts on, so that the chosen one is written and not told apart.
func (s *Setting) With(value any) (*Setting, error) {
	if s.Choices() == "" {
		return nil, errors.New("this setting leaves no choice of a value")
	}
	v, isType := Coerce(s.Type, value)
	meets, _ := s.Want.Meets(s.Type, value)
	if !isType || !meets || !plain(value) {
		return nil, fmt.Errorf("%v is none of what can be wanted: %s", value, s.Choices())
	}
	out := *s
	switch n, isNumber := v.(float64); {
	case len(s.Want.OneOf) > 0:
		i := slices.IndexFunc(s.Want.OneOf, func(x any) bool { return same(s.Type, x, v) })
		out.Want = Want{Is: s.Want.OneOf[i]} // as the page writes it
	case s.Want.AtLeast != nil && isNumber:
		out.Want = Want{AtLeast: &n}
	}
	return &out, nil
}
