//go:build unix

package quarantine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// How much of a tree is put away in one piece.
const (
	maxEntries = 20_000
	maxDepth   = 100
)

// entry is one name of a tree that is put away: enough to see that it is the
// one that was there, and to give it back its rights. What a file holds is not
// read: moving it leaves that alone.
type entry struct {
	Name   string `json:"name"` // beneath the item; empty for the item itself
	Mode   uint32 `json:"mode"` // with the kind
	UID    uint32 `json:"uid"`
	GID    uint32 `json:"gid"`
	Inode  uint64 `json:"inode"`
	Size   int64  `json:"size,omitempty"`
	Time   int64  `json:"time,omitempty"` // of the last writing, in nanoseconds
	Link   string `json:"link,omitempty"`
	Xattrs string `json:"xattrs,omitempty"` // a digest: they can hold anything
}

func (e *entry) regular() bool { return e.Mode&unix.S_IFMT == unix.S_IFREG }

// taken are the rights that no file keeps in quarantine: to be started, by
// anybody or as somebody else.
const taken = 0o6111

// quiet is the mode an entry has in quarantine.
func (e *entry) quiet() uint32 {
	if e.regular() {
		return e.Mode &^ taken
	}
	return e.Mode
}

// tree is an item with all that is in it, in order of names.
type tree []entry

// digest names a tree: two with the same are the same files, unchanged.
func (t tree) digest() []byte {
	data, _ := json.Marshal(t) // numbers and valid text
	sum := sha256.Sum256(data)
	return []byte(hex.EncodeToString(sum[:]))
}

// quiet is the tree as it is in quarantine.
func (t tree) quiet() tree {
	out := slices.Clone(t)
	for i := range out {
		out[i].Mode = out[i].quiet()
	}
	return out
}

// same says whether two are the same but for the rights that are taken.
func (t tree) same(o tree) bool { return slices.Equal(t.quiet(), o.quiet()) }

// walker lists a tree, and refuses one that could not be put back exactly.
type walker struct {
	owner int // whose every entry must be; anybody's if negative
	dev   uint64
	found tree
}

var (
	errMany    = fmt.Errorf("holds more than %d names", maxEntries)
	errDeep    = fmt.Errorf("is nested more than %d deep", maxDepth)
	errForeign = errors.New("holds something that belongs to somebody else")
	errLinked  = errors.New("holds a file that has a second name elsewhere")
	errMount   = errors.New("holds another file system")
	errName    = errors.New("holds a name that is not text")
)

// list gives the tree of a name in an open folder.
func list(folder int, name string, owner int) (tree, error) {
	w := walker{owner: owner}
	if err := w.visit(folder, name, "", 0); err != nil {
		return nil, err
	}
	return w.found, nil
}

func (w *walker) visit(folder int, base, name string, depth int) error {
	st, err := statHere(folder, base)
	if errors.Is(err, unix.EXDEV) {
		return errMount
	}
	if err != nil {
		return err
	}
	if depth == 0 {
		w.dev = uint64(st.Dev)
	}
	if err := w.admit(&st, name, depth); err != nil {
		return err
	}
	e, err := describe(folder, base, &st)
	if err != nil {
		return err
	}
	e.Name = name
	w.found = append(w.found, e)
	if e.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	return w.enter(folder, base, name, depth)
}

func (w *walker) admit(st *unix.Stat_t, name string, depth int) error {
	switch regular := st.Mode&unix.S_IFMT == unix.S_IFREG; {
	case len(w.found) >= maxEntries:
		return errMany
	case depth > maxDepth:
		return errDeep
	case w.owner >= 0 && int(st.Uid) != w.owner:
		return errForeign
	case regular && st.Nlink != 1:
		return errLinked
	case uint64(st.Dev) != w.dev:
		return errMount
	case !utf8.ValidString(name):
		return errName
	}
	return nil
}

func (w *walker) enter(folder int, base, name string, depth int) error {
	dir, err := openFolder(folder, base)
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(maxEntries + 1)
	if len(names) == 0 { // io.EOF: an empty folder
		return nil
	}
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, n := range names {
		if err := w.visit(int(dir.Fd()), n, path.Join(name, n), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// describe reads what is not in the status. A folder's size and time are not
// kept: what is in it is.
func describe(folder int, base string, st *unix.Stat_t) (entry, error) {
	e := entry{Mode: uint32(st.Mode), UID: st.Uid, GID: st.Gid, Inode: st.Ino}
	var err error
	switch e.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		if e.Link, err = readlink(folder, base); err != nil {
			return e, err
		}
	case unix.S_IFREG:
		e.Size, e.Time = st.Size, unix.TimespecToNsec(st.Mtim)
	}
	e.Xattrs, err = digestXattrs(folder, base, e.Mode)
	return e, err
}

func readlink(folder int, base string) (string, error) {
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(folder, base, text)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text[:n]) {
		return "", errName
	}
	return string(text[:n]), nil
}

// digestXattrs sums up a name's extended attributes; empty where it has none.
func digestXattrs(folder int, base string, mode uint32) (string, error) {
	names, get, done, err := xattrsOf(folder, base, mode)
	if err != nil {
		return "", err
	}
	defer done()
	if len(names) == 0 {
		return "", nil
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		value, err := get(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(value))
		sum.Write(value)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// namesIn splits a list of names, each with a zero behind it.
func namesIn(text []byte) []string {
	var names []string
	for name := range bytes.SplitSeq(text, []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names
}
