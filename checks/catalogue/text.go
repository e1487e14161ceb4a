package catalogue

// Texts are the sentences of the pages, by message id, for checks/message:
//
//	catalogue/zoom/telemetry/crash-reports/title   a setting or a leftover: title, why, loses
//	catalogue/check/exposure/setuid/title          a check every client gets: title, why, advice
//	catalogue/permission/camera/title              a permission: title, why, advice
//	catalogue/item/CYCORD-10/asks                  what an advisory asks
func (c *Catalogue) Texts() map[string]string {
	t := map[string]string{}
	for i := range c.Pages {
		p := &c.Pages[i]
		for _, s := range p.Settings {
			id := "catalogue/" + p.ID + "/" + s.ID
			t[id+"/title"], t[id+"/why"], t[id+"/loses"] = s.Title, s.Why, s.Loses
		}
		for _, l := range p.Leftovers {
			id := "catalogue/" + p.ID + "/" + l.ID
			t[id+"/title"], t[id+"/why"] = l.Title, l.Why
		}
	}
	for _, ch := range c.Checks {
		id := "catalogue/check/" + ch.ID
		t[id+"/title"], t[id+"/why"], t[id+"/advice"] = ch.Title, ch.Why, ch.Advice
	}
	for _, p := range c.Permissions {
		id := "catalogue/permission/" + p.ID
		t[id+"/title"], t[id+"/why"], t[id+"/advice"] = p.Title, p.Why, p.Advice
	}
	for _, it := range c.Items {
		t["catalogue/item/"+it.ID+"/asks"] = it.Asks
	}
	return t
}
