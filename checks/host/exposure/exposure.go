// Package exposure looks for what lies open around the copies that were found:
// files others can change, programs with raised rights, secrets others can
// read, meeting links that lead elsewhere, and what removed clients left.
package exposure

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// Read records all of it.
func Read(l *look.Look) {
	for _, c := range l.Copies {
		if l.OS == fact.Windows {
			continue // folders there have access lists, which a volume's copy does not show
		}
		readModes(l, c)
		readData(l, c)
	}
	readLeftovers(l)
	if l.OS == fact.Linux {
		readDesktop(l)
		readSandbox(l)
	}
}

// maxTree bounds how many files of one program tree are looked at: the largest
// client known has some 3,000.
const maxTree = 20_000

// treeWalk is a walk over a copy's program files.
type treeWalk struct {
	root     look.Location
	visited  map[string]bool
	writable []look.Location
	setuid   []look.Location
	err      error
}

// readModes records which program files others may write, and which run with
// their owner's rights.
func readModes(l *look.Look, c *look.Copy) {
	walked := false
	w := &treeWalk{visited: map[string]bool{}}
	for _, loc := range treesOf(l, c) {
		w.root = loc
		info, err := loc.Tree.Stat(loc.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		walked = true
		if err != nil {
			w.err = err
			continue
		}
		w.visit(loc.Name, info)
	}
	if !walked {
		return
	}
	expected := expectedSetuid(l, c)
	w.setuid = slices.DeleteFunc(w.setuid, func(loc look.Location) bool { return slices.Contains(expected, loc.Name) })
	l.Add(modeFact(c, "world-writable", w.writable, w.err))
	l.Add(modeFact(c, "setuid", w.setuid, w.err))
}

// treesOf are the folders and programs of a copy.
func treesOf(l *look.Look, c *look.Copy) []look.Location {
	var out []look.Location
	for _, t := range append(slices.Clone(c.Install.Trees), c.Install.Programs...) {
		out = append(out, l.Locate(t, c)...)
	}
	if c.Dir != "" && len(c.Install.Trees) == 0 {
		out = append(out, l.Locate("{install}", c)...)
	}
	return out
}

func expectedSetuid(l *look.Look, c *look.Copy) []string {
	var out []string
	for _, t := range c.Install.Setuid {
		for _, loc := range l.Locate(t, c) {
			out = append(out, loc.Name)
		}
	}
	return out
}

// visit looks at a file or folder and everything below it. Links are not
// followed: what they lead to belongs to another tree.
func (w *treeWalk) visit(name string, info system.Info) {
	if w.visited[name] || info.Mode&fs.ModeSymlink != 0 {
		return
	}
	if w.visited[name] = true; len(w.visited) > maxTree {
		w.err = errors.New("holds more files than any client has")
		return
	}
	if info.Mode&0o002 != 0 && info.Mode&(fs.ModeSticky|fs.ModeDevice|fs.ModeSocket) == 0 {
		w.writable = append(w.writable, w.at(name))
	}
	if info.Mode.IsRegular() && info.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		w.setuid = append(w.setuid, w.at(name))
	}
	if !info.Mode.IsDir() {
		return
	}
	entries, err := w.root.Tree.ReadDir(name)
	if err != nil {
		w.err = err
		return
	}
	for _, e := range entries {
		child := path.Join(name, e.Name())
		info, err := w.root.Tree.Lstat(child)
		if err != nil {
			w.err = err
			continue
		}
		w.visit(child, info)
	}
}

// at is a name in the tree being walked.
func (w *treeWalk) at(name string) look.Location {
	loc := w.root
	loc.Name, loc.Show = name, name
	if loc.Home != nil {
		loc.Show = path.Join(loc.Home.Home, name)
	}
	return loc
}

// maxModes bounds how many files of one exposure are named for a change.
const maxModes = 50

// open makes a fact say which files lie open, and where that would be changed.
func open(f *fact.Fact, found []string) {
	f.State, f.Subject, f.Where = fact.Present, some(found), found[0]
	for _, name := range found[:min(len(found), maxModes)] {
		f.At = append(f.At, fact.At{Store: "mode", Path: name})
	}
}

// modeFact says what was found; a walk that broke off is hidden unless it
// found something before.
func modeFact(c *look.Copy, name string, found []look.Location, err error) fact.Fact {
	f := c.About(fact.Exposure, name)
	f.Where, f.State = c.Path, fact.Absent
	switch {
	case len(found) > 0:
		open(&f, shown(found))
	case err != nil:
		f = look.Hide(f, err)
		f.State = fact.Hidden
	}
	return f
}

func shown(locs []look.Location) []string {
	out := make([]string, len(locs))
	for i := range locs {
		out[i] = locs[i].Show
	}
	return out
}

// some names the first few of many.
func some(names []string) string {
	const few = 3
	if len(names) > few {
		return strings.Join(names[:few], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// readData records which folders with secrets other accounts can read. A
// folder is safe when it, or any folder of the home above it, keeps them out.
func readData(l *look.Look, c *look.Copy) {
	byUser := map[string][]look.Location{}
	for _, t := range c.Install.Data {
		for _, loc := range l.Locate(t, c) {
			byUser[loc.User()] = append(byUser[loc.User()], loc)
		}
	}
	for _, h := range l.Homes {
		if locs := byUser[h.Name]; len(locs) > 0 {
			readDataOf(l, c, h, locs)
		}
	}
}

func readDataOf(l *look.Look, c *look.Copy, h system.Home, locs []look.Location) {
	f := c.About(fact.Exposure, "secrets-readable")
	f.User, f.State = h.Name, fact.Absent
	var found []string
	looked := false
	for _, loc := range locs {
		l.Looked(loc, c.Client+"/exposure/secrets-readable")
		readable, err := openToOthers(loc)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			f.State, f.Why, f.Where = fact.Hidden, look.Why(err), loc.Show
		case readable:
			found = append(found, loc.Show)
		}
		looked = true
		if f.Where == "" {
			f.Where = loc.Show
		}
	}
	if !looked {
		return
	}
	if len(found) > 0 {
		open(&f, found)
	}
	l.Add(f)
}

// openToOthers says whether another account can reach and read a file, or any
// file in a folder: every folder from the home down must let it through, and the
// file be readable. Only the bits for others count: who is in a group is not
// known, and mostly it is the person alone.
func openToOthers(loc look.Location) (bool, error) {
	info, err := loc.Tree.Stat(loc.Name)
	if err != nil {
		return false, err
	}
	for dir := path.Dir(loc.Name); ; dir = path.Dir(dir) {
		above, err := loc.Tree.Stat(dir)
		if err != nil {
			return false, err
		}
		if above.Mode.Perm()&0o001 == 0 {
			return false, nil
		}
		if dir == "." || dir == "/" {
			break
		}
	}
	left := maxData
	return readable(loc.Tree, loc.Name, info, &left)
}

// maxData bounds how many files of one data folder are looked at. One that is
// readable is enough, and programs give all of theirs the same rights.
const maxData = 500

func readable(tree system.Tree, name string, info system.Info, left *int) (bool, error) {
	if *left--; *left < 0 {
		return false, nil
	}
	if info.Mode.IsRegular() {
		return info.Mode.Perm()&0o004 != 0, nil
	}
	if !info.Mode.IsDir() || info.Mode.Perm()&0o001 == 0 {
		return false, nil
	}
	entries, err := tree.ReadDir(name)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		child := path.Join(name, e.Name())
		info, err := tree.Lstat(child)
		if err != nil {
			return false, err
		}
		if open, err := readable(tree, child, info, left); open || err != nil {
			return open, err
		}
	}
	return false, nil
}
