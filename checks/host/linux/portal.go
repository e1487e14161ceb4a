package linux

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// portalPermissions records what each person's portal granted the known
// flatpaks, those among them that are not installed any more. Programs outside
// a sandbox share one empty id and cannot be told apart.
func portalPermissions(l *look.Look) {
	for i := range l.Catalogue.Permissions {
		p := &l.Catalogue.Permissions[i]
		table, id, ok := strings.Cut(p.Portal, "/")
		if !ok {
			continue
		}
		for _, h := range l.Homes {
			portalTable(l, p, h, table, id)
		}
	}
}

func portalTable(l *look.Look, p *catalogue.Permission, h system.Home, table, id string) {
	grants, err := l.System.Portal(l.Ctx, h, table)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, system.ErrNotHere) {
		grants, err = nil, nil
	}
	known := byID(l, fact.Flatpak)
	for _, app := range slices.Sorted(maps.Keys(known)) {
		for _, e := range known[app] {
			portalFact(l, p, h, e, app, grants[id][app], err)
		}
	}
}

// portalFact records one application's grant: for each copy the person can
// start, or for the client where a grant outlived its copies.
func portalFact(l *look.Look, p *catalogue.Permission, h system.Home, e entry, app string, words []string, err error) {
	copies := slices.DeleteFunc(slices.Clone(l.Copies), func(c *look.Copy) bool {
		return c.Install != e.install || c.Home != nil && c.Home.Name != h.Name
	})
	f := fact.Fact{Kind: fact.Permission, Name: p.ID, Client: e.page.ID, User: h.Name, State: fact.Absent,
		Where: "portal permission store of " + h.Name + ", " + p.Portal}
	table, id, _ := strings.Cut(p.Portal, "/")
	f.At = []fact.At{{Store: "portal", Path: table, Key: id, Item: app}}
	switch {
	case err != nil:
		f.State, f.Why = fact.Hidden, look.Why(err)
	case len(words) > 0:
		f.State, f.Value = fact.Present, portalWord(words)
	}
	for _, c := range copies {
		f.Installation = c.ID
		l.Add(f)
	}
	if len(copies) == 0 && f.State == fact.Present && f.Value == "allowed" {
		f.Subject = app
		l.Add(f)
	}
}

func portalWord(words []string) string {
	switch words[0] {
	case "yes":
		return "allowed"
	case "no":
		return "denied"
	}
	return "ask"
}
