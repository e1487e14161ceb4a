// Package browser finds meeting sites in browsers: those installed as apps, and
// those allowed to use camera, microphone and screen without asking again.
//
// A browser's profile says much about a person. Only the hosts that clients'
// pages name are looked for; every other site is passed over unseen.
package browser

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
)

// profile is one profile of one browser of one person.
type profile struct {
	look.Location
	browser *catalogue.Browser
	name    string // "Default", "abcd1234.default-release"
}

// Find records which browsers people have, and meeting sites installed as apps,
// under the browser's version.
func Find(l *look.Look) {
	findBrowsers(l)
	known := map[string][]entry{}
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, id := range in.IDs {
			known[id] = append(known[id], entry{p, in})
		}
	}, fact.PWA)
	for _, pr := range profiles(l, "chromium") {
		findApps(l, pr, known)
	}
}

type entry struct {
	page    *catalogue.Page
	install *catalogue.Install
}

// findApps looks for installed sites where Chromium keeps their icons: a
// folder named by the app's id (seen live, Chromium 156).
func findApps(l *look.Look, pr profile, known map[string][]entry) {
	dir := below(pr.Location, "Web Applications/Manifest Resources")
	apps, err := dir.Tree.ReadDir(dir.Name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.Unreadable("", pr.User(), dir.Show, err)
		}
		return
	}
	for _, app := range apps {
		for _, e := range known[app.Name()] {
			c := look.Copy{Page: e.page, Install: e.install, Home: pr.Home}
			c.Name = e.page.Name + " in " + pr.browser.Name
			c.Path = below(dir, app.Name()).Show
			c.Origin = fact.Origin{Kind: fact.OriginStore, Name: pr.browser.Name}
			if raw, where, err := browserVersion(pr); err == nil {
				c.AddVersion(raw, where)
			} else if !errors.Is(err, fs.ErrNotExist) {
				c.HideVersion(where, err)
			}
			l.Found(c, pr.browser.ID+"/"+pr.name)
		}
	}
}

// browserVersion is the version that last used a profile's folder.
func browserVersion(pr profile) (raw, where string, err error) {
	loc := pr.Location
	loc.Name, loc.Show = path.Join(path.Dir(loc.Name), "Last Version"), path.Join(path.Dir(loc.Show), "Last Version")
	data, err := loc.Tree.ReadFile(loc.Name, 1<<10)
	return strings.TrimSpace(string(data)), loc.Show, err
}

func below(loc look.Location, rest string) look.Location {
	loc.Name, loc.Show = path.Join(loc.Name, rest), path.Join(loc.Show, rest)
	return loc
}

// Permissions records the grants of every profile of every browser.
func Permissions(l *look.Look) {
	s := newSites(l)
	for _, pr := range profiles(l, "chromium") {
		s.chromium(pr)
	}
	for _, pr := range profiles(l, "firefox") {
		s.firefox(pr)
	}
}

// profiles lists the profiles of one family's browsers, in each home.
func profiles(l *look.Look, family string) []profile {
	var out []profile
	for i := range l.Catalogue.Browsers {
		b := &l.Catalogue.Browsers[i]
		if b.Family != family {
			continue
		}
		for _, folder := range foldersOn(l.OS, b) {
			for _, loc := range l.Expand(folder, nil) {
				if family == "firefox" {
					out = append(out, firefoxProfiles(l, b, loc)...)
				} else {
					out = append(out, chromiumProfiles(l, b, loc)...)
				}
			}
		}
	}
	return out
}

func foldersOn(os fact.OS, b *catalogue.Browser) []string {
	switch os {
	case fact.Windows:
		return b.Windows
	case fact.MacOS:
		return b.MacOS
	}
	return b.Linux
}

// chromiumProfiles are the folders that hold a Preferences file, by the names
// Chromium gives them.
func chromiumProfiles(l *look.Look, b *catalogue.Browser, loc look.Location) []profile {
	entries, err := loc.Tree.ReadDir(loc.Name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.Unreadable("", loc.User(), loc.Show, err)
		}
		return nil
	}
	var out []profile
	for _, e := range entries {
		if e.Name() == "Default" || strings.HasPrefix(e.Name(), "Profile ") {
			out = append(out, profile{below(loc, e.Name()), b, e.Name()})
		}
	}
	return out
}
