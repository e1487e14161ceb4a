package system

import (
	"io/fs"
	"path"
	"strings"
	"sync"
	"unicode"
)

// folded is the tree of a Windows volume: names match without regard to case,
// and numeric owners mean nothing. Folders are listed once a look.
type folded struct {
	rootedTree
	isHome bool

	mu    sync.Mutex
	names map[string]map[string][]string // folder → folded name → names
}

func newFolded(t rootedTree) *folded {
	return &folded{rootedTree: t, names: map[string]map[string][]string{}}
}

func (t *folded) home(name string, _ bool) (rootedTree, Info, error) {
	real, err := t.resolve(name)
	if err != nil {
		return nil, Info{}, explain(err)
	}
	inner, info, err := t.rootedTree.home(real, false)
	if err != nil {
		return nil, info, err
	}
	home := newFolded(inner)
	home.isHome, info.UID = true, anyOwner
	return home, info, nil
}

// fold maps a name the way NTFS compares them: character by character, upper case.
func fold(name string) string { return strings.Map(unicode.ToUpper, name) }

// resolve finds how the parts of a name are really written.
func (t *folded) resolve(name string) (string, error) {
	rest, err := t.local(name)
	if err != nil {
		return "", err
	}
	real := "."
	for _, part := range parts(rest) {
		if part == "." {
			continue
		}
		if part == ".." {
			return "", errEscape
		}
		names, err := t.listed(real)
		if err != nil {
			return "", err
		}
		found, err := pick(names[fold(part)], part)
		if err != nil {
			return "", err
		}
		real = path.Join(real, found)
	}
	return real, nil
}

// local is the name within this tree: without its drive, and without "..".
func (t *folded) local(name string) (string, error) {
	absolute := strings.HasPrefix(name, "/")
	if len(name) >= 2 && name[1] == ':' {
		if fold(name[:1]) != "C" {
			return "", errVolume
		}
		name, absolute = name[2:], true
	}
	switch {
	case !t.isHome:
		return path.Clean("/" + name), nil
	case absolute:
		return "", errEscape
	}
	return path.Clean(name), nil
}

// pick chooses the name written exactly so, or else the first in order.
func pick(names []string, want string) (string, error) {
	for _, n := range names {
		if n == want {
			return n, nil
		}
	}
	switch {
	case len(names) > 0:
		return names[0], nil
	case isShort(want):
		return "", errShort
	}
	return "", ErrNotExist
}

// isShort recognises the 8.3 form of a name, such as PROGRA~1. What it stands
// for is kept in the volume and not in its files.
func isShort(name string) bool {
	stem, number, found := strings.Cut(name, "~")
	return found && len(stem) <= 6 && number != "" && number[0] >= '1' && number[0] <= '9'
}

func (t *folded) listed(dir string) (map[string][]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if names, ok := t.names[dir]; ok {
		return names, nil
	}
	entries, err := t.rootedTree.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make(map[string][]string, len(entries))
	for _, e := range entries {
		names[fold(e.Name())] = append(names[fold(e.Name())], e.Name())
	}
	t.names[dir] = names
	return names, nil
}

func (t *folded) Open(name string, max int64) (File, error) {
	real, err := t.resolve(name)
	if err != nil {
		return nil, explain(err)
	}
	return t.rootedTree.Open(real, max)
}

func (t *folded) ReadFile(name string, max int64) ([]byte, error) {
	real, err := t.resolve(name)
	if err != nil {
		return nil, explain(err)
	}
	return t.rootedTree.ReadFile(real, max)
}

func (t *folded) ReadDir(name string) ([]fs.DirEntry, error) {
	real, err := t.resolve(name)
	if err != nil {
		return nil, explain(err)
	}
	return t.rootedTree.ReadDir(real)
}

func (t *folded) Lstat(name string) (Info, error) { return t.stat(name, t.rootedTree.Lstat) }
func (t *folded) Stat(name string) (Info, error)  { return t.stat(name, t.rootedTree.Stat) }

func (t *folded) stat(name string, ask func(string) (Info, error)) (Info, error) {
	real, err := t.resolve(name)
	if err != nil {
		return Info{}, explain(err)
	}
	info, err := ask(real)
	info.UID = anyOwner
	return info, err
}

func (t *folded) Readlink(name string) (string, error) {
	real, err := t.resolve(name)
	if err != nil {
		return "", explain(err)
	}
	return t.rootedTree.Readlink(real)
}
