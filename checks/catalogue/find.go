package catalogue

import (
	"slices"
	"strings"
)

// Found is what is known of one check id. Exactly one of the pointers but Page
// is set; Page is nil where the id's client is "any".
type Found struct {
	Page       *Page
	Setting    *Setting
	Leftover   *Leftover
	Check      *Check
	Permission *Permission
}

// Find looks a check id up: "zoom/telemetry/crash-reports".
func (c *Catalogue) Find(id string) (Found, bool) {
	client, thing, ok := strings.Cut(id, "/")
	if !ok {
		return Found{}, false
	}
	f := Found{}
	if p, known := c.Page(client); known {
		f.Page = p
	} else if client != "any" {
		return Found{}, false
	}
	if f.Page != nil {
		if i := slices.IndexFunc(f.Page.Settings, func(s Setting) bool { return s.ID == thing }); i >= 0 {
			f.Setting = &f.Page.Settings[i]
			return f, true
		}
		if i := slices.IndexFunc(f.Page.Leftovers, func(l Leftover) bool { return l.ID == thing }); i >= 0 {
			f.Leftover = &f.Page.Leftovers[i]
			return f, true
		}
	}
	if i := slices.IndexFunc(c.Checks, func(x Check) bool { return x.ID == thing }); i >= 0 {
		f.Check = &c.Checks[i]
		return f, true
	}
	if name, is := strings.CutPrefix(thing, "permission/"); is {
		if i := slices.IndexFunc(c.Permissions, func(p Permission) bool { return p.ID == name }); i >= 0 {
			f.Permission = &c.Permissions[i]
			return f, true
		}
	}
	return Found{}, false
}

// IDs lists every check id there can be, in order.
func (c *Catalogue) IDs() []string {
	var ids []string
	for i := range c.Pages {
		p := &c.Pages[i]
		for _, s := range p.Settings {
			ids = append(ids, p.ID+"/"+s.ID)
		}
		for _, l := range p.Leftovers {
			ids = append(ids, p.ID+"/"+l.ID)
		}
		for _, ch := range c.Checks {
			ids = append(ids, p.ID+"/"+ch.ID)
		}
		for _, pe := range c.Permissions {
			ids = append(ids, p.ID+"/permission/"+pe.ID)
		}
	}
	ids = append(ids, "any/approval/client-count")
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Item finds what an advisory asks, by id.
func (c *Catalogue) Item(id string) (Item, bool) {
	i := slices.IndexFunc(c.Items, func(it Item) bool { return it.ID == id })
	if i < 0 {
		return Item{}, false
	}
	return c.Items[i], true
}
