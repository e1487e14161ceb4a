package windows

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// uninstallKeys are where programs register themselves, for the machine and in
// each person's hive.
var (
	machineUninstall = []string{`SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`, `SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`}
	userUninstall    = `Software\Microsoft\Windows\CurrentVersion\Uninstall`
)

// findUninstall walks the Uninstall keys of the machine and of every person.
func findUninstall(l *look.Look) {
	for _, path := range machineUninstall {
		walkUninstall(l, "HKLM", nil, path)
	}
	for i := range l.Homes {
		walkUninstall(l, "HKCU", &l.Homes[i], userUninstall)
	}
}

// open opens a key; one that is not there is nil without an error.
func open(l *look.Look, root string, home *system.Home, path string) (system.Key, error) {
	k, err := l.System.Registry(root, home, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return k, err
}

func nameOf(home *system.Home) string {
	if home == nil {
		return ""
	}
	return home.Name
}

func walkUninstall(l *look.Look, root string, home *system.Home, path string) {
	k, err := open(l, root, home, path)
	var names []string
	if err == nil && k != nil {
		names, err = k.Subkeys()
	}
	if err != nil {
		l.Unreadable("", nameOf(home), root+`\`+path, err)
		return
	}
	for _, name := range names {
		sub, err := open(l, root, home, path+`\`+name)
		if err != nil {
			l.Unreadable("", nameOf(home), root+`\`+path+`\`+name, err)
			continue
		}
		if sub != nil {
			matchUninstall(l, home, registration{name, path, text(sub, "DisplayName"), text(sub, "Publisher"),
				text(sub, "DisplayVersion"), text(sub, "InstallLocation")})
		}
	}
}

// registration is an Uninstall entry.
type registration struct {
	key, path, name, publisher, version, location string
}

// text is a string value, or "" where there is none.
func text(k system.Key, name string) string {
	v, err := k.Value(name)
	s, ok := v.(string)
	if err != nil || !ok {
		return ""
	}
	return s
}

// matchUninstall records a copy for the first page that knows the entry.
func matchUninstall(l *look.Look, home *system.Home, r registration) {
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		u := in.Uninstall
		if u == nil || u.User != (home != nil) || !u.Matches(r.key, r.name, r.publisher) {
			return
		}
		c := look.Copy{Page: p, Install: in, Home: home}
		c.Name, c.Path = r.name, r.location
		if c.Name == "" {
			c.Name = p.Name
		}
		if r.location != "" {
			where := placeOf(l, r.location)
			if sameHome(where.home, home) {
				c.Dir, c.Path = where.name, where.show
			}
		}
		if c.Dir == "" {
			c.Dir = usualFolder(l, in, home)
		}
		if strings.Contains(r.path, "WOW6432Node") {
			c.Arch = fact.X86
		}
		c.AddVersion(r.version, `Uninstall\`+r.key)
		l.Found(c, string(c.Arch))
	}, desktopPackagings...)
}

// usualFolder is where the page says the client goes, for entries that do not say.
func usualFolder(l *look.Look, in *catalogue.Install, home *system.Home) string {
	for _, template := range slices.Concat(in.Trees, in.Paths) {
		if strings.Contains(template, "{install}") {
			continue
		}
		for _, loc := range l.Locate(template, nil) {
			if info, err := loc.Tree.Stat(loc.Name); err == nil && sameHome(loc.Home, home) {
				if info.Mode.IsDir() {
					return loc.Name
				}
				return loc.Name[:max(strings.LastIndexByte(loc.Name, '/'), 0)]
			}
		}
	}
	return ""
}
