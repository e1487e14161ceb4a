package look

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/system"
)

// Location is a path template made concrete: a name in one tree.
type Location struct {
	Tree system.Tree
	Name string
	// Home is the home the name lies in, nil for the machine's tree.
	Home *system.Home
	// Show is the full path for people.
	Show string
}

// User is the owner of the home the location lies in, or "".
func (loc Location) User() string {
	if loc.Home == nil {
		return ""
	}
	return loc.Home.Name
}

// perPerson are the templates' beginnings that stand for a folder in each home.
var perPerson = []struct{ prefix, folder string }{
	{"~/", ""}, {"%APPDATA%/", "AppData/Roaming"}, {"%LOCALAPPDATA%/", "AppData/Local"}, {"%USERPROFILE%/", ""},
}

// ofMachine are the beginnings that stand for a folder of a Windows machine.
var ofMachine = []struct{ prefix, folder string }{
	{"%PROGRAMFILES%/", "C:/Program Files"}, {"%PROGRAMFILES(X86)%/", "C:/Program Files (x86)"},
	{"%PROGRAMDATA%/", "C:/ProgramData"}, {"%WINDIR%/", "C:/Windows"},
}

// Expand makes a path template concrete, without looking whether anything is
// there: one location for each home in scope, or one in the machine's tree.
// "{install}" needs the copy c. For a copy in a home only that home counts.
func (l *Look) Expand(template string, c *Copy) []Location {
	if rest, ok := strings.CutPrefix(template, "{install}"); ok {
		return l.inInstall(strings.TrimPrefix(rest, "/"), c)
	}
	for _, p := range perPerson {
		if rest, ok := strings.CutPrefix(template, p.prefix); ok {
			return l.inHomes(path.Join(p.folder, rest), c)
		}
	}
	for _, p := range ofMachine {
		if rest, ok := strings.CutPrefix(template, p.prefix); ok {
			template = path.Join(p.folder, rest)
		}
	}
	return []Location{{Tree: l.System.Machine(), Name: template, Show: template}}
}

// ExpandFor makes a template concrete for one home only, or where home is nil
// for the machine: with many homes, expanding for all of them each time would
// cost their square.
func (l *Look) ExpandFor(home *system.Home, template string, c *Copy) []Location {
	for _, p := range perPerson {
		if rest, ok := strings.CutPrefix(template, p.prefix); ok {
			if home == nil {
				return nil
			}
			return []Location{homeLocation(home, path.Join(p.folder, rest))}
		}
	}
	return l.Expand(template, c)
}

func (l *Look) inInstall(rest string, c *Copy) []Location {
	if c == nil || c.Dir == "" {
		return nil
	}
	name := path.Join(c.Dir, rest)
	if c.Home != nil {
		return []Location{homeLocation(c.Home, name)}
	}
	return []Location{{Tree: l.System.Machine(), Name: name, Show: name}}
}

func (l *Look) inHomes(name string, c *Copy) []Location {
	var out []Location
	for i := range l.Homes {
		h := &l.Homes[i]
		if c == nil || c.Home == nil || c.Home.Name == h.Name {
			out = append(out, homeLocation(h, name))
		}
	}
	return out
}

func homeLocation(h *system.Home, name string) Location {
	return Location{Tree: h.Tree, Name: name, Home: h, Show: path.Join(h.Home, name)}
}

// Glob expands a location whose name holds the wildcards of path.Match into
// those that are there. A name without any is returned as it is, whether or
// not it is there. Folders that are not there match nothing; any other
// failure to list one is an error.
func (l *Look) Glob(loc Location) ([]Location, error) {
	if !strings.ContainsAny(loc.Name, "*?[") {
		return []Location{loc}, nil
	}
	bases := []string{""}
	if strings.HasPrefix(loc.Name, "/") {
		bases[0] = "/"
	}
	for _, part := range strings.Split(strings.Trim(loc.Name, "/"), "/") {
		next, err := matchPart(loc.Tree, bases, part)
		if err != nil {
			return nil, err
		}
		bases = next
	}
	out := make([]Location, len(bases))
	for i, name := range bases {
		out[i] = loc
		out[i].Name, out[i].Show = name, name
		if loc.Home != nil {
			out[i].Show = path.Join(loc.Home.Home, name)
		}
	}
	return out, nil
}

// maxMatches bounds what one wildcard finds: a hostile home can hold any number.
const maxMatches = 1000

func matchPart(tree system.Tree, bases []string, part string) ([]string, error) {
	var out []string
	for _, base := range bases {
		if !strings.ContainsAny(part, "*?[") {
			out = append(out, path.Join(base, part))
			continue
		}
		entries, err := tree.ReadDir(cmpDot(base))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			continue // a file where a folder could be has nothing beneath it
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if ok, _ := path.Match(part, e.Name()); ok && len(out) < maxMatches {
				out = append(out, path.Join(base, e.Name()))
			}
		}
	}
	return out, nil
}

// cmpDot names the root of a tree.
func cmpDot(base string) string {
	if base == "" {
		return "."
	}
	return base
}

// Locate expands a template and its wildcards; what could not be listed is
// recorded as unreadable.
func (l *Look) Locate(template string, c *Copy) []Location {
	var out []Location
	for _, loc := range l.Expand(template, c) {
		found, err := l.Glob(loc)
		if err != nil {
			client := ""
			if c != nil {
				client = c.Client
			}
			l.Unreadable(client, loc.User(), loc.Show, err)
			continue
		}
		out = append(out, found...)
	}
	return out
}

// OnWindows says whether paths are compared without regard to case.
func (l *Look) OnWindows() bool { return l.OS == fact.Windows }
