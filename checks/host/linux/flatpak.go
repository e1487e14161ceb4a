package linux

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/keyfile"
	"huddleguard/checks/format/markup"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// installation is a flatpak installation: the machine's or a person's.
type installation struct {
	look.Location
}

func flatpakInstallations(l *look.Look) []installation {
	out := []installation{{l.Expand("/var/lib/flatpak", nil)[0]}}
	for _, loc := range l.Expand("~/.local/share/flatpak", nil) {
		out = append(out, installation{loc})
	}
	return out
}

// in is a location below an installation.
func (i installation) in(parts ...string) look.Location {
	loc := i.Location
	rest := path.Join(parts...)
	loc.Name, loc.Show = path.Join(loc.Name, rest), path.Join(loc.Show, rest)
	return loc
}

// findFlatpak looks for each known application in each installation: there are
// a dozen known, and a home can hold any number.
func findFlatpak(l *look.Look) {
	known := byID(l, fact.Flatpak)
	for _, inst := range flatpakInstallations(l) {
		apps, err := inst.Tree.ReadDir(inst.in("app").Name)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				l.Unreadable("", inst.User(), inst.in("app").Show, err)
			}
			continue
		}
		masked, maskErr := maskedApps(inst)
		for _, app := range apps {
			for _, e := range known[app.Name()] {
				foundFlatpak(l, inst, e, app.Name(), masked, maskErr)
			}
		}
	}
}

func foundFlatpak(l *look.Look, inst installation, e entry, id string, masked []string, maskErr error) {
	active := inst.in("app", id, "current", "active")
	if _, err := active.Tree.Stat(active.Name); err != nil {
		l.Unreadable(e.page.ID, inst.User(), active.Show, err)
		return
	}
	c := look.Copy{Page: e.page, Install: e.install, Home: inst.Home, Dir: active.Name}
	c.Path = inst.in("app", id).Show
	c.Held = fact.No
	switch {
	case maskErr != nil:
		c.Held = fact.Unknown
	case isMasked(masked, id):
		c.Held = fact.Yes
	}
	c.Origin = flatpakOrigin(inst.in("app", id, "current", "active", "deploy"))
	if raw, where, err := metainfoVersion(inst, id); err == nil {
		c.AddVersion(raw, where)
	} else if !errors.Is(err, fs.ErrNotExist) {
		c.HideVersion(where, err)
	}
	l.Found(c, instanceOf(e, id))
}

// metainfoVersion is the first release of the application's own description.
func metainfoVersion(inst installation, id string) (raw, where string, err error) {
	for _, ending := range []string{".metainfo.xml", ".appdata.xml"} {
		loc := inst.in("app", id, "current", "active", "files", "share", "metainfo", id+ending)
		var data []byte
		if data, err = loc.Tree.ReadFile(loc.Name, maxVersionFile); err == nil {
			release, err := markup.MetainfoRelease(data)
			return release.Version, loc.Show, err
		}
		if where = loc.Show; !errors.Is(err, fs.ErrNotExist) {
			return "", where, err
		}
	}
	return "", where, err
}

// flatpakOrigin is the remote a copy was installed from: the first string of
// the GVariant tuple in its "deploy" file (seen live, flatpak 1.14.10).
func flatpakOrigin(loc look.Location) fact.Origin {
	o := fact.Origin{Kind: fact.OriginRemote, Where: loc.Show}
	data, err := loc.Tree.ReadFile(loc.Name, system.MaxFile)
	if err != nil {
		o.Why = look.Why(err)
		return o
	}
	name, _, ok := bytes.Cut(data, []byte{0})
	if !ok || len(name) == 0 || len(name) > 255 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		o.Why = "it is not in the form flatpak writes"
		return o
	}
	o.Name = string(name)
	return o
}

// maskedApps are the patterns of applications whose updates are held back.
func maskedApps(inst installation) ([]string, error) {
	loc := inst.in("repo", "config")
	data, err := loc.Tree.ReadFile(loc.Name, system.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := keyfile.Parse(data)
	if err != nil {
		return nil, err
	}
	list, _ := f.List("core", "xa.masked")
	return list, nil
}

// isMasked matches an application with flatpak's patterns: a bare id, or a
// whole ref with wildcards ("app/us.zoom.Zoom/*/*").
func isMasked(patterns []string, id string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		p = strings.TrimPrefix(p, "app/")
		p, _, _ = strings.Cut(p, "/")
		ok, err := path.Match(p, id)
		return p != "" && err == nil && ok
	})
}

// Permissions records what the sandboxes and the portal grant.
func Permissions(l *look.Look) {
	for _, c := range l.Copies {
		switch c.Packaging {
		case fact.Flatpak:
			flatpakPermissions(l, c)
		case fact.Snap:
			snapPermissions(l, c)
		}
	}
	portalPermissions(l)
}

// grants are the items of the [Context] lists that hold, as "list=item".
type grants map[string]bool

// contextLists are the lists of a [Context] group.
var contextLists = []string{"shared", "sockets", "devices", "filesystems", "features"}

// apply lays a metadata or override file over the grants before it.
func (g grants) apply(f *keyfile.File) {
	for _, list := range contextLists {
		items, _ := f.List("Context", list)
		for _, item := range items {
			if strings.HasPrefix(item, "if:") {
				continue // conditional, flatpak 1.17; the plain item stands beside it
			}
			name, denied := strings.CutPrefix(item, "!")
			name = trimAccess(list, name)
			if denied && (name == "host:reset" || list == "filesystems" && name == "host") {
				g.clear(list)
			}
			g[list+"="+name] = !denied
		}
	}
}

func (g grants) clear(list string) {
	for k := range g {
		if strings.HasPrefix(k, list+"=") {
			delete(g, k)
		}
	}
}

// trimAccess takes the kind of access off a folder: "home:ro".
func trimAccess(list, name string) string {
	if list != "filesystems" {
		return name
	}
	for _, ending := range []string{":ro", ":rw", ":create"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// flatpakPermissions merges what the application asks for with the overrides
// of the machine and, for each person who has any, their own.
func flatpakPermissions(l *look.Look, c *look.Copy) {
	id := path.Base(path.Dir(path.Dir(c.Dir)))
	layers := []look.Location{l.Expand("{install}/metadata", c)[0],
		l.Expand("/var/lib/flatpak/overrides/global", nil)[0], l.Expand("/var/lib/flatpak/overrides/"+id, nil)[0]}
	machine, err := mergeContext(layers)
	people := peopleWithOverrides(l, c, id)
	if len(people) == 0 || c.Home == nil {
		recordGrants(l, c, overrider{c.User, overrideOf(l, c, id)}, machine, layers[0].Show, err)
	}
	for _, p := range people {
		own, ownErr := mergeContext(append(slices.Clone(layers), p.files...))
		recordGrants(l, c, p, own, layers[0].Show+" and "+p.override().Show, errors.Join(err, ownErr))
	}
}

// overrider is a person with overrides of their own, or the machine.
type overrider struct {
	name  string
	files []look.Location
}

// override is the file that says what this application may not do.
func (o overrider) override() look.Location { return o.files[len(o.files)-1] }

// overrideOf is where an override of an application is written that has none:
// for a copy in a home that person's file, else the machine's.
func overrideOf(l *look.Look, c *look.Copy, id string) []look.Location {
	if c.Home != nil {
		return l.Expand("~/.local/share/flatpak/overrides/"+id, c)
	}
	return l.Expand("/var/lib/flatpak/overrides/"+id, nil)
}

func peopleWithOverrides(l *look.Look, c *look.Copy, id string) []overrider {
	var out []overrider
	for _, base := range l.Expand("~/.local/share/flatpak/overrides", c) {
		files := []look.Location{installation{base}.in("global"), installation{base}.in(id)}
		if slices.ContainsFunc(files, func(f look.Location) bool {
			_, err := f.Tree.Lstat(f.Name)
			return !errors.Is(err, fs.ErrNotExist)
		}) {
			out = append(out, overrider{base.User(), files})
		}
	}
	return out
}

func mergeContext(layers []look.Location) (grants, error) {
	g := grants{}
	for i, loc := range layers {
		data, err := loc.Tree.ReadFile(loc.Name, system.MaxFile)
		if i > 0 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f, err := keyfile.Parse(data)
		if err != nil {
			return nil, err
		}
		g.apply(f)
	}
	return g, nil
}

func recordGrants(l *look.Look, c *look.Copy, whose overrider, g grants, where string, err error) {
	for i := range l.Catalogue.Permissions {
		p := &l.Catalogue.Permissions[i]
		if len(p.Flatpak) > 0 {
			l.Add(grantFact(c, p, whose, g, where, err))
		}
	}
}

// grantFact says whether any of the words that stand for a permission is
// granted. Each that is has to be taken away for it to be gone; where none is,
// each could be granted again.
func grantFact(c *look.Copy, p *catalogue.Permission, whose overrider, g grants, where string, err error) fact.Fact {
	f := c.About(fact.Permission, p.ID)
	f.User, f.Where, f.State = whose.name, where, fact.Absent
	if err != nil {
		f.State, f.Why = fact.Hidden, look.Why(err)
		return f
	}
	for _, word := range p.Flatpak {
		list, item, _ := strings.Cut(word, "=")
		at := fact.At{Store: "flatpak", Path: whose.override().Show, Section: "Context", Key: list, Item: item}
		switch {
		case g[word] && f.State == fact.Absent:
			f.State, f.Value, f.Where, f.At = fact.Present, "allowed", where+" ("+word+")", []fact.At{at}
		case g[word] || f.State == fact.Absent:
			f.At = append(f.At, at)
		}
	}
	return f
}
