// Package macos finds copies of clients on a Mac and what the Mac grants them:
// application bundles, their signers, the privacy database (TCC) and what
// starts by itself.
package macos

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/macho"
	"huddleguard/checks/format/plist"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// bundlePlaces are where applications lie. A person can drag one anywhere;
// these are the places that installers and the Finder use.
var bundlePlaces = []string{"/Applications/*.app", "/Applications/*/*.app", "~/Applications/*.app", "~/Applications/*/*.app"}

// Find records every bundle whose identifier a page knows. A bundle is known by
// its identifier and not by its name: two clients can share a name.
func Find(l *look.Look) {
	known := map[string][]entry{}
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, id := range in.IDs {
			known[id] = append(known[id], entry{p, in})
		}
	}, fact.Bundle, fact.AppStore)
	for _, place := range bundlePlaces {
		for _, loc := range l.Locate(place, nil) {
			findBundle(l, known, loc)
		}
	}
}

type entry struct {
	page    *catalogue.Page
	install *catalogue.Install
}

func findBundle(l *look.Look, known map[string][]entry, loc look.Location) {
	info, err := infoPlist(loc)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.Unreadable("", loc.User(), below(loc, "Contents/Info.plist").Show, err)
		return
	}
	id, _ := info["CFBundleIdentifier"].(string)
	for _, e := range known[id] {
		if (e.install.Packaging == fact.AppStore) != hasReceipt(loc) {
			continue
		}
		c := look.Copy{Page: e.page, Install: e.install, Home: loc.Home, Dir: loc.Name}
		c.Path = loc.Show
		c.Origin = signer(loc, info)
		found := l.Found(c, instanceOf(e, id))
		versions(l, found, loc, info)
	}
}

// instanceOf tells bundles apart where a page lists several identifiers.
func instanceOf(e entry, id string) string {
	if e.install.IDs[0] != id {
		return id
	}
	return ""
}

func below(loc look.Location, rest string) look.Location {
	loc.Name, loc.Show = path.Join(loc.Name, rest), path.Join(loc.Show, rest)
	return loc
}

func infoPlist(bundle look.Location) (map[string]any, error) {
	return readPlist(below(bundle, "Contents/Info.plist"))
}

func readPlist(loc look.Location) (map[string]any, error) {
	data, err := loc.Tree.ReadFile(loc.Name, system.MaxFile)
	if err != nil {
		return nil, err
	}
	return plist.Parse(data)
}

func hasReceipt(bundle look.Location) bool {
	receipt := below(bundle, "Contents/_MASReceipt/receipt")
	_, err := receipt.Tree.Stat(receipt.Name)
	return err == nil
}

// versions reads the witnesses the page names, then the two keys every bundle has.
func versions(l *look.Look, c *look.Copy, bundle look.Location, info map[string]any) {
	if len(c.Versions) > 0 {
		return // the same copy, found twice
	}
	for _, from := range c.Install.VersionFrom {
		for _, loc := range l.Locate(from.Path, c) {
			m, err := readPlist(loc)
			if err == nil {
				raw, _ := m[from.Key].(string)
				c.AddVersion(raw, loc.Show+" "+from.Key)
			} else if !errors.Is(err, fs.ErrNotExist) {
				c.HideVersion(loc.Show, err)
			}
		}
	}
	if len(c.Versions) == 0 {
		raw, _ := info["CFBundleShortVersionString"].(string)
		c.AddVersion(raw, bundle.Show+"/Contents/Info.plist CFBundleShortVersionString")
	}
}

// maxProgram bounds a program file in bytes; only its tables are read.
const maxProgram = 1 << 30

// signer is the team whose signature the bundle's program carries. Whether the
// signature is valid is not checked, and the finding says so.
func signer(bundle look.Location, info map[string]any) fact.Origin {
	o := fact.Origin{Kind: fact.OriginTeamID, Detail: "signature not checked"}
	name, _ := info["CFBundleExecutable"].(string)
	if name == "" || path.Base(name) != name {
		o.Why = "the bundle does not name its program"
		return o
	}
	program := below(bundle, "Contents/MacOS/"+name)
	f, err := program.Tree.Open(program.Name, maxProgram)
	if err != nil {
		o.Why = look.Why(err)
		return o
	}
	defer f.Close()
	team, err := macho.TeamID(f)
	switch {
	case errors.Is(err, macho.ErrUnsigned):
		return fact.Origin{Kind: fact.OriginUnsigned}
	case err != nil:
		o.Why = look.Why(err)
	}
	o.Name = team
	return o
}

// launchPlaces hold what launchd starts; agents at log-in, daemons at boot.
var launchPlaces = []string{"/Library/LaunchAgents/*.plist", "/Library/LaunchDaemons/*.plist", "~/Library/LaunchAgents/*.plist"}

// autostarts records launchd jobs whose program lies in a copy's bundle.
func autostarts(l *look.Look) {
	found := map[string]bool{}
	for _, place := range launchPlaces {
		for _, loc := range l.Locate(place, nil) {
			job(l, loc, found)
		}
	}
	for _, c := range l.Copies {
		if !found[c.Client] && !c.Packaging.InBrowser() {
			found[c.Client] = true
			l.Add(fact.Fact{Kind: fact.Exposure, Name: "autostart", Client: c.Client, State: fact.Absent, Where: "launchd jobs"})
		}
	}
}

func job(l *look.Look, loc look.Location, found map[string]bool) {
	m, err := readPlist(loc)
	if err != nil {
		l.Unreadable("", loc.User(), loc.Show, err)
		return
	}
	program, _ := m["Program"].(string)
	if args, ok := m["ProgramArguments"].([]any); ok && program == "" && len(args) > 0 {
		program, _ = args[0].(string)
	}
	i := slices.IndexFunc(l.Copies, func(c *look.Copy) bool {
		dir := c.Path + "/"
		return c.Dir != "" && len(program) > len(dir) && program[:len(dir)] == dir
	})
	if i < 0 {
		return
	}
	found[l.Copies[i].Client] = true
	l.Add(fact.Fact{Kind: fact.Exposure, Name: "autostart", Client: l.Copies[i].Client, User: loc.User(),
		State: fact.Present, Where: loc.Show, Subject: loc.Show})
}
