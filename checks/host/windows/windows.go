// Package windows finds copies of clients on a Windows host and what Windows
// grants them: Uninstall entries, AppX packages, program files' version
// resources and signatures, the ConsentStore, Run keys and link handlers.
package windows

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/pe"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// Find records every copy of every client, with what its program file says of
// version and signer.
func Find(l *look.Look) {
	findUninstall(l)
	findPackages(l)
	findPaths(l)
	for _, c := range l.Copies {
		if !c.Packaging.InBrowser() {
			readProgram(l, c)
		}
	}
}

// place is a folder of a Windows host as a tree names it.
type place struct {
	home *system.Home
	name string
	show string
}

// placeOf turns a path such as C:\Users\ann\AppData\Local\slack into the home
// it lies in and the name there, or a name in the machine's tree.
func placeOf(l *look.Look, native string) place {
	clean := path.Clean(strings.ReplaceAll(strings.Trim(native, ` "`), `\`, "/"))
	for i := range l.Homes {
		h := &l.Homes[i]
		root := path.Clean(strings.ReplaceAll(h.Home, `\`, "/"))
		if rest, ok := cutFold(clean, root+"/"); ok {
			return place{h, rest, clean}
		}
	}
	return place{nil, clean, clean}
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// tree is the tree a place lies in.
func (p place) tree(l *look.Look) system.Tree {
	if p.home != nil {
		return p.home.Tree
	}
	return l.System.Machine()
}

// desktopPackagings are the ways of installing that are not AppX packages.
var desktopPackagings = []fact.Packaging{fact.EXE, fact.MSI, fact.Squirrel, fact.Files}

// findPaths finds copies that no Uninstall entry of a hive at hand names: those
// of people who are logged off, and those unpacked by hand.
func findPaths(l *look.Look) {
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, template := range in.Paths {
			for _, loc := range l.Locate(template, nil) {
				foundPath(l, p, in, loc)
			}
		}
	}, desktopPackagings...)
}

func foundPath(l *look.Look, p *catalogue.Page, in *catalogue.Install, loc look.Location) {
	info, err := loc.Tree.Stat(loc.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.Unreadable(p.ID, loc.User(), loc.Show, err)
		return
	}
	dir := loc.Name
	if !info.Mode.IsDir() {
		dir = path.Dir(loc.Name)
	}
	if slices.ContainsFunc(l.Copies, func(c *look.Copy) bool {
		return c.Client == p.ID && sameHome(c.Home, loc.Home) && (strings.EqualFold(c.Dir, dir) || c.Edition == in.Edition && c.Packaging == in.Packaging)
	}) {
		return
	}
	c := look.Copy{Page: p, Install: in, Home: loc.Home, Dir: dir}
	c.Path = loc.Show
	l.Found(c, "")
}

func sameHome(a, b *system.Home) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Name == b.Name
}

// readProgram puts the version resource of the copy's program file before what
// is registered, since a copy that updates itself does not tell Windows, and
// reads who signed it.
func readProgram(l *look.Look, c *look.Copy) {
	registered := c.Versions
	c.Versions = nil
	c.Origin = fact.Origin{Kind: fact.OriginAuthenticode, Why: "its program file was not found"}
	for _, template := range c.Install.Programs {
		for _, loc := range newestFirst(l.Locate(template, c)) {
			if readFile(c, loc) {
				c.Versions = append(c.Versions, registered...)
				return
			}
		}
	}
	c.Versions = registered
}

// newestFirst puts app-4.51.180 before app-4.9.0: Squirrel keeps the folder of
// the version before, and starts the newest.
func newestFirst(locs []look.Location) []look.Location {
	slices.SortStableFunc(locs, func(a, b look.Location) int {
		return slices.Compare(numbersIn(b.Name), numbersIn(a.Name))
	})
	return locs
}

// numbersIn are the numbers in a name, in order.
func numbersIn(name string) []uint64 {
	var out []uint64
	for _, digits := range strings.FieldsFunc(name, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.ParseUint(digits, 10, 64) // one too large is the largest
		out = append(out, n)
	}
	return out
}

// maxProgram bounds a program file in bytes; only its tables are read.
const maxProgram = 1 << 30

// readFile reads one program file; false means that it is not there.
func readFile(c *look.Copy, loc look.Location) bool {
	f, err := loc.Tree.Open(loc.Name, maxProgram)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		c.Origin.Why = look.Why(err)
		c.HideVersion(loc.Show, err)
		return true
	}
	defer f.Close()
	if info, err := pe.VersionInfo(f, f.Size()); err != nil {
		c.HideVersion(loc.Show, err)
	} else {
		c.AddVersion(info.FileVersion, loc.Show)
	}
	c.Origin = signerOf(f)
	return true
}

// signerOf says who signed a program file. The certificate chain is not
// checked, and the finding says so.
func signerOf(f system.File) fact.Origin {
	s, err := pe.Signer(f, f.Size())
	switch {
	case errors.Is(err, pe.ErrUnsigned):
		return fact.Origin{Kind: fact.OriginUnsigned}
	case err != nil:
		return fact.Origin{Kind: fact.OriginAuthenticode, Why: look.Why(err)}
	}
	o := fact.Origin{Kind: fact.OriginAuthenticode, Name: s.Name(), Detail: "certificate chain not checked"}
	if !s.Matches {
		o = fact.Origin{Kind: fact.OriginUnsigned, Name: s.Name(), Detail: "the file was changed after it was signed"}
	}
	return o
}
