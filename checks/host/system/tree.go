package system

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"huddleguard/internal/ioreason"
)

// rootedTree is a Tree that holds its root open.
type rootedTree interface {
	Tree
	io.Closer
	// home opens the folder of that name as a tree of its own, which nothing
	// leads out of. Where owned is set, its files must belong to the folder's
	// owner.
	home(name string, owned bool) (rootedTree, Info, error)
}

// anyOwner is the owner of a tree where files may belong to anybody.
const anyOwner = -1

// ownerIn is the owner files must have in a home whose folder is described.
func ownerIn(home Info, owned bool) int {
	if owned {
		return home.UID
	}
	return anyOwner
}

// admit checks an opened file against the rules of Open.
func admit(info Info, owner int, max int64) error {
	if err := ioreason.Regular(info.Mode); err != nil {
		return err
	}
	if owner != anyOwner && info.UID != owner {
		return errForeign
	}
	if info.Size > max {
		return errLarge(max)
	}
	return nil
}

// openFile is an admitted file.
type openFile struct {
	*os.File
	size int64
	path string
}

func (f *openFile) Size() int64  { return f.size }
func (f *openFile) Path() string { return f.path }

// readWhole reads the size the file was admitted with, and not a byte less or more.
func readWhole(f File) ([]byte, error) {
	defer f.Close()
	data := make([]byte, f.Size()+1)
	n, err := io.ReadFull(f, data)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, explain(err)
	case int64(n) != f.Size():
		return nil, errChanged
	}
	return data[:n:n], nil
}

// listing is an entry of a folder. Its Info goes through the tree, since the
// standard library's own would follow the folder's path again.
type listing struct {
	fs.DirEntry
	tree Tree
	name string
}

func (l listing) Info() (fs.FileInfo, error) {
	info, err := l.tree.Lstat(l.name)
	return described{l.Name(), info}, err
}

// described is an Info as the standard library's interface.
type described struct {
	name string
	info Info
}

func (d described) Name() string       { return d.name }
func (d described) Size() int64        { return d.info.Size }
func (d described) Mode() fs.FileMode  { return d.info.Mode }
func (d described) ModTime() time.Time { return d.info.ModTime }
func (d described) IsDir() bool        { return d.info.Mode.IsDir() }
func (d described) Sys() any           { return nil }

// list reads an open folder of that name in the tree, and at most max names.
func list(dir *os.File, tree Tree, name string, max int) ([]fs.DirEntry, error) {
	entries, err := dir.ReadDir(max + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, explain(err)
	}
	if len(entries) > max {
		return nil, because(fmt.Sprintf("holds more than %d names", max), nil)
	}
	for i, e := range entries {
		entries[i] = listing{e, tree, path.Join(name, e.Name())}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// brokenTree is the tree of a home that cannot be entered.
type brokenTree struct{ why error }

func (t brokenTree) Open(string, int64) (File, error)       { return nil, t.why }
func (t brokenTree) ReadFile(string, int64) ([]byte, error) { return nil, t.why }
func (t brokenTree) ReadDir(string) ([]fs.DirEntry, error)  { return nil, t.why }
func (t brokenTree) Lstat(string) (Info, error)             { return Info{}, t.why }
func (t brokenTree) Stat(string) (Info, error)              { return Info{}, t.why }
func (t brokenTree) Readlink(string) (string, error)        { return "", t.why }
