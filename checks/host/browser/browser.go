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
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/ini"
	"huddleguard/checks/host/look"
)

// profile is one profile of one browser of one person.
type profile struct {
	look.Location
	browser *catalogue.Browser
	name    string // "Default", "abcd1234.default-release"
}

// Read records which browsers people have, what they grant to meeting sites, and
// the sites themselves: those installed as apps, and those that may use camera
// or microphone for good. Their version is the browser's.
func Read(l *look.Look) {
	findBrowsers(l)
	findPWAs(l)
	s := newSites(l)
	for _, pr := range profiles(l, "chromium") {
		s.chromium(pr)
		findSites(l, pr, s.granted(pr))
	}
	for _, pr := range profiles(l, "firefox") {
		s.firefox(pr)
		findSites(l, pr, s.granted(pr))
	}
}

func findPWAs(l *look.Look) {
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
			found(l, pr, e, below(dir, app.Name()).Show, pr.browser.ID)
		}
	}
}

// findSites records the sites that were granted something for good, where they
// are not installed as apps in the same profile.
func findSites(l *look.Look, pr profile, granted map[string]bool) {
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		isApp := slices.ContainsFunc(l.Copies, func(c *look.Copy) bool {
			return c.Page == p && c.Packaging == fact.PWA && c.User == pr.User() && c.Browser == pr.inSandbox() &&
				strings.HasSuffix(c.ID, ":"+pr.browser.ID+"/"+pr.name)
		})
		if granted[p.ID] && !isApp {
			found(l, pr, entry{p, in}, pr.Show, pr.inSandbox())
		}
	}, fact.Site)
}

// found records a site as a copy in a profile of a browser.
func found(l *look.Look, pr profile, e entry, path, browser string) {
	c := look.Copy{Page: e.page, Install: e.install, Home: pr.Home}
	c.Name, c.Browser = e.page.Name+" in "+pr.browser.Name, pr.inSandbox()
	c.Path = path
	c.Origin = fact.Origin{Kind: fact.OriginStore, Name: pr.browser.Name}
	if raw, where, err := browserVersion(pr); err == nil {
		c.AddVersion(raw, where)
	} else if !errors.Is(err, fs.ErrNotExist) {
		c.HideVersion(where, err)
	}
	l.Found(c, browser+"/"+pr.name)
}

// inSandbox is the browser's id, and the sandbox it runs in: from within one it
// does not see the policies in the machine's folders.
func (pr profile) inSandbox() string {
	switch {
	case strings.HasPrefix(pr.Name, ".var/app/"):
		return pr.browser.ID + "/flatpak"
	case strings.HasPrefix(pr.Name, "snap/"):
		return pr.browser.ID + "/snap"
	}
	return pr.browser.ID
}

// browserVersion is the version that last used a profile's folder.
func browserVersion(pr profile) (raw, where string, err error) {
	if pr.browser.Family == "firefox" {
		return firefoxVersion(pr)
	}
	loc := pr.Location
	loc.Name, loc.Show = path.Join(path.Dir(loc.Name), "Last Version"), path.Join(path.Dir(loc.Show), "Last Version")
	data, err := loc.Tree.ReadFile(loc.Name, 1<<10)
	return strings.TrimSpace(string(data)), loc.Show, err
}

func below(loc look.Location, rest string) look.Location {
	loc.Name, loc.Show = path.Join(loc.Name, rest), path.Join(loc.Show, rest)
	return loc
}

// firefoxVersion takes it from "153.7.0_20261112091500/20261112091500".
func firefoxVersion(pr profile) (raw, where string, err error) {
	loc := below(pr.Location, "compatibility.ini")
	data, err := loc.Tree.ReadFile(loc.Name, 64<<10)
	if err != nil {
		return "", loc.Show, err
	}
	f, err := ini.Parse(data)
	if err != nil {
		return "", loc.Show, err
	}
	last, _ := f.Get("Compatibility", "LastVersion")
	raw, _, _ = strings.Cut(last, "_")
	return raw, loc.Show, nil
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
