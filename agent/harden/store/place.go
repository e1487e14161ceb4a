// Package store holds the Stores whose places are files: settings of every
// format, modes, and leftovers that are put away. It also gathers all stores of
// one owner.
//
// How bytes are edited is checks/format/edit's business, and how files are read
// and replaced without losing anybody's write is agent/harden/disk's. What is
// decided here is what a step is: what the journal has to hold so that it can be
// taken back exactly, and where that would need more than the entry itself, that
// it is not taken.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/checks/fact"
)

// ground is where one owner's files lie.
type ground struct {
	root *disk.Root
	dir  string // the root's name, with slashes
	uid  int
	// machine is set for "/": there a name may lead through folders that others
	// can write to.
	machine bool
}

var (
	errPlace  = errors.New("it does not lie where its owner's files are")
	errOpen   = errors.New("it lies in a folder that others than root can change")
	errLink   = errors.New("a link is on the way to it")
	errNoHome = errors.New("the folder it belongs in is not there")
)

// name is a place's name beneath the root.
func (g ground) name(at fact.At) (string, error) {
	p := filepath.ToSlash(at.Path)
	name, err := disk.Beneath(g.dir, p)
	if err != nil || path.Clean(p) != p {
		return "", errPlace
	}
	if g.machine && modesCount {
		err = g.trusted(name)
	}
	return name, err
}

// trusted refuses a name of the machine that somebody else than root could make
// lead elsewhere.
func (g ground) trusted(name string) error {
	for folder := range folders(name) {
		info, err := g.root.Stat(folder)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case info.Mode&fs.ModeSymlink != 0:
			return errLink
		case info.UID > 0 || info.Mode&0o022 != 0: // an access list of others shows in the group's bits
			return errOpen
		}
	}
	return nil
}

// folders are the folders a name lies in, from the top.
func folders(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i, c := range name {
			if c == '/' && !yield(name[:i]) {
				return
			}
		}
	}
}

// missing are the folders a name lies in that are not there.
func (g ground) missing(name string) ([]string, error) {
	var out []string
	for folder := range folders(name) {
		if len(out) == 0 {
			_, err := g.root.Stat(folder)
			if err == nil {
				continue
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		out = append(out, folder)
	}
	return out, nil
}

// policyFolders are the folders of the machine that are made where they are
// missing: programs look there for what administrators and we decide. Any other
// folder is its program's to make.
var policyFolders = []string{
	"etc/chromium/policies/managed", "etc/opt/chrome/policies/managed", "etc/opt/edge/policies/managed",
	"etc/firefox/policies", "var/lib/flatpak/overrides",
}

// mayMake says whether the folder of a name may be made.
func (g ground) mayMake(name string) bool {
	if !g.machine {
		return true
	}
	for _, folder := range policyFolders {
		if path.Dir(name) == folder {
			return true
		}
	}
	return false
}

// rights are the modes of what is made: a home's files are their owner's alone,
// the machine's policies are for everybody to read.
func (g ground) rights() (folder, file fs.FileMode) {
	if g.machine {
		return 0o755, 0o644
	}
	return 0o700, 0o600
}

// moved is the executor's word for what disk found.
func moved(err error) error {
	var left *disk.Leftover
	switch {
	case errors.Is(err, disk.ErrMoved) && errors.As(err, &left):
		return fmt.Errorf("%w (%w)", harden.ErrLeft, left)
	case err == disk.ErrMoved:
		return harden.ErrMoved
	case errors.Is(err, disk.ErrMoved):
		return fmt.Errorf("%w (%w)", harden.ErrMoved, err)
	}
	return err
}

// isOurs says whether a file has our own name: nobody else keeps anything there.
func isOurs(name string) bool { return strings.HasPrefix(path.Base(name), "huddleguard.") }
