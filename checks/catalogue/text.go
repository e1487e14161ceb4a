package catalogue

// Texts are the catalogue's English texts by message id:
//
//	catalogue/CLIENT/name
//	catalogue/CLIENT/KIND/THING/{title,why,loses}   settings and leftovers
//	catalogue/CLIENT/support/ID/says
//	catalogue/support/ID/says
//	catalogue/check/KIND/THING/{title,why,advice,loses}
//	catalogue/permission/ID/{title,why,advice,loses}
//	catalogue/item/ID/{asks,by}
//
// A text the catalogue leaves empty has no id.
func (c *Catalogue) Texts() map[string]string {
	t := texts{}
	for i := range c.Pages {
		t.page(&c.Pages[i])
	}
	t.support("support", c.Support)
	for i := range c.Checks {
		ch := &c.Checks[i]
		t.add("check/"+ch.ID, "title", ch.Title, "why", ch.Why, "advice", ch.Advice, "loses", ch.Loses)
	}
	for i := range c.Permissions {
		p := &c.Permissions[i]
		t.add("permission/"+p.ID, "title", p.Title, "why", p.Why, "advice", p.Advice, "loses", p.Loses)
	}
	for i := range c.Items {
		it := &c.Items[i]
		t.add("item/"+it.ID, "asks", it.Asks, "by", it.By)
	}
	return t
}

type texts map[string]string

func (t texts) page(p *Page) {
	t.add(p.ID, "name", p.Name)
	t.support(p.ID+"/support", p.Support)
	for i := range p.Settings {
		s := &p.Settings[i]
		t.add(p.ID+"/"+s.ID, "title", s.Title, "why", s.Why, "loses", s.Loses)
	}
	for i := range p.Leftovers {
		l := &p.Leftovers[i]
		t.add(p.ID+"/"+l.ID, "title", l.Title, "why", l.Why)
	}
}

func (t texts) support(base string, rules []Support) {
	for i := range rules {
		t.add(base+"/"+rules[i].ID, "says", rules[i].Says)
	}
}

// add takes pairs of a text's name and the text.
func (t texts) add(base string, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			t["catalogue/"+base+"/"+pairs[i]] = pairs[i+1]
		}
	}
}
