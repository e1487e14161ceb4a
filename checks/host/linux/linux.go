// Package linux finds copies of clients on a Linux host, and what their
// sandboxes grant: dpkg, rpm, flatpak, snapd, AppImages and unpacked files. It
// reads the package managers' own databases and starts none of them.
package linux

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
)

// Find records every copy of every client, and reads the versions that the
// copies themselves know better than their package managers.
func Find(l *look.Look) {
	findDeb(l)
	findRPM(l)
	findFlatpak(l)
	findSnap(l)
	findFiles(l)
	for _, c := range l.Copies {
		ownVersion(l, c)
	}
}

// byID indexes the ways of finding a copy by package name.
func byID(l *look.Look, packaging fact.Packaging) map[string][]entry {
	m := map[string][]entry{}
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, id := range in.IDs {
			m[id] = append(m[id], entry{p, in})
		}
	}, packaging)
	return m
}

// entry is one way of finding a copy, with its page.
type entry struct {
	page    *catalogue.Page
	install *catalogue.Install
}

// instanceOf tells package names apart where a page lists several.
func instanceOf(e entry, id string) string {
	if len(e.install.IDs) > 1 && e.install.IDs[0] != id {
		return id
	}
	return ""
}

// folderOf is the folder of its own that a page gives a machine's copy, if any.
func folderOf(in *catalogue.Install) string {
	for _, t := range in.Trees {
		if strings.HasPrefix(t, "/") && !strings.ContainsAny(t, "*?[{") {
			return t
		}
	}
	return ""
}

// pathOf is the path shown for a machine's copy: the first of its programs that
// is there.
func pathOf(l *look.Look, in *catalogue.Install, otherwise string) string {
	for _, p := range in.Programs {
		if !strings.HasPrefix(p, "/") {
			continue
		}
		if _, err := l.System.Machine().Lstat(p); err == nil {
			return p
		}
	}
	return otherwise
}

// findFiles finds copies that no package manager knows, by their files. A
// place that belongs to a copy found already is not a second one.
func findFiles(l *look.Look) {
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, template := range in.Paths {
			for _, loc := range l.Locate(template, nil) {
				findFile(l, entry{p, in}, loc)
			}
		}
	}, fact.Files, fact.AppImage)
}

func findFile(l *look.Look, e entry, loc look.Location) {
	info, err := loc.Tree.Stat(loc.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.Unreadable(e.page.ID, loc.User(), loc.Show, err)
		return
	}
	if taken(l, e.page.ID, loc.Show) {
		return
	}
	dir := path.Dir(loc.Name)
	if info.Mode.IsDir() {
		dir = loc.Name
	}
	c := look.Copy{Page: e.page, Install: e.install, Home: loc.Home, Dir: dir}
	c.Path = loc.Show
	c.Origin = fact.Origin{Kind: fact.OriginUnknown}
	instance := ""
	if e.install.Packaging == fact.AppImage {
		c.Dir = ""
	}
	l.Found(c, instance)
}

// taken says whether a path belongs to a copy that was found already.
func taken(l *look.Look, client, show string) bool {
	return slices.ContainsFunc(l.Copies, func(c *look.Copy) bool {
		if c.Client != client || c.Packaging == fact.Files || c.Packaging == fact.AppImage {
			return false
		}
		if c.Home == nil && c.Dir != "" && (show == c.Dir || strings.HasPrefix(show, c.Dir+"/")) {
			return true
		}
		return slices.ContainsFunc(c.Install.Programs, func(p string) bool { return p == show })
	})
}
