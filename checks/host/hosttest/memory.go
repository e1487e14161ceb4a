package hosttest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"huddleguard/checks/host/system"
)

// node is a file, a folder or a link of a recorded host.
type node struct {
	mode     fs.FileMode
	uid      int
	data     []byte
	size     int64 // of data, or of zeros where there is none
	target   string
	why      string // why it cannot be read
	children map[string]*node
}

// recordedAt is when every file of a recorded host was changed last.
var recordedAt = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func newFolder(uid int) *node {
	return &node{mode: fs.ModeDir | 0o755, uid: uid, children: map[string]*node{}}
}

// child finds a name in a folder; folded, the name written exactly so wins.
func (n *node) child(name string, folded bool) *node {
	if c, ok := n.children[name]; ok || !folded {
		return c
	}
	for _, other := range slices.Sorted(maps.Keys(n.children)) {
		if strings.Map(unicode.ToUpper, other) == strings.Map(unicode.ToUpper, name) {
			return n.children[other]
		}
	}
	return nil
}

// refused is a reason in words.
type refused string

func (r refused) Error() string { return string(r) }

// Is lets the reason be recognised as the error a real tree gives for it.
func (r refused) Is(target error) bool { return r == noFolder && target == syscall.ENOTDIR }

const (
	outside  = refused("leads out of the home or onto another file system")
	noFolder = refused("is not a folder, or lies beneath something that is not")
)

// memory is a tree of nodes.
type memory struct {
	base   *node
	isHome bool
	folded bool // a Windows volume: no regard to case, no owners
}

// parts splits a name at its slashes.
func parts(name string) []string {
	return slices.DeleteFunc(strings.Split(name, "/"), func(p string) bool { return p == "" })
}

func withoutDrive(name string) string {
	if len(name) >= 2 && name[1] == ':' {
		return name[2:]
	}
	return name
}

// steps splits a name into what is walked one after the other. A slash at the
// end is a step too, ".", since it asks for a folder.
func steps(name string) []string {
	all := parts(name)
	if strings.HasSuffix(name, "/") {
		all = append(all, ".")
	}
	return all
}

// find walks to a name. The last part's link is followed where follow is set.
func (m memory) find(name string, follow bool) (*node, error) {
	if strings.Contains(name, "\x00") {
		return nil, refused("has a name no file can have")
	}
	if m.folded && len(name) >= 2 && name[1] == ':' && !strings.EqualFold(name[:1], "C") {
		return nil, refused("lies on another volume than the one looked at")
	}
	if m.isHome && (strings.HasPrefix(name, "/") || m.folded && withoutDrive(name) != name) {
		return nil, outside
	}
	if m.folded {
		name = path.Clean(withoutDrive(name))
	}
	return m.walk(steps(name), follow)
}

func (m memory) walk(todo []string, follow bool) (*node, error) {
	trail := []*node{m.base}
	for links := 0; len(todo) > 0; {
		here, part := trail[len(trail)-1], todo[0]
		todo = todo[1:]
		switch {
		case !here.mode.IsDir():
			return nil, noFolder
		case here.why != "":
			return nil, refused(here.why)
		case len(part) > 255:
			return nil, refused("has a name that is too long")
		case part == ".":
			continue
		case part == "..":
			if len(trail) > 1 {
				trail = trail[:len(trail)-1]
			} else if m.isHome {
				return nil, outside
			}
			continue
		}
		next := here.child(part, m.folded)
		if next == nil {
			return nil, m.missing(part)
		}
		if next.mode&fs.ModeSymlink == 0 || len(todo) == 0 && !follow {
			trail = append(trail, next)
			continue
		}
		if links++; links > 40 {
			return nil, refused("is a loop of links")
		}
		if strings.HasPrefix(next.target, "/") {
			if trail = trail[:1]; m.isHome {
				return nil, outside
			}
		}
		todo = append(steps(next.target), todo...)
	}
	return trail[len(trail)-1], nil
}

// shortName is the 8.3 form of a name, which no recorded host has.
var shortName = regexp.MustCompile(`^[^~]{1,6}~[1-9]`)

func (m memory) missing(part string) error {
	if m.folded && shortName.MatchString(part) {
		return refused("has a short name, and what it stands for is not known here")
	}
	return fs.ErrNotExist
}

func (m memory) Open(name string, max int64) (system.File, error) {
	n, err := m.find(name, true)
	if err != nil {
		return nil, err
	}
	switch {
	case n.mode.IsDir():
		return nil, refused("is a folder")
	case n.mode&fs.ModeNamedPipe != 0:
		return nil, refused("is a FIFO")
	case n.mode&fs.ModeSocket != 0:
		return nil, refused("is a socket")
	case n.mode&fs.ModeDevice != 0:
		return nil, refused("is a device")
	case m.isHome && !m.folded && n.uid != m.base.uid:
		return nil, refused("belongs to another account")
	case n.size > max:
		return nil, refused("larger than " + amount(max))
	case n.why != "":
		return nil, refused(n.why)
	}
	return &memoryFile{bytes.NewReader(n.data), n.size}, nil
}

func amount(max int64) string {
	switch {
	case max >= 1<<20 && max%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", max>>20)
	case max >= 1<<10 && max%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", max>>10)
	}
	return fmt.Sprintf("%d bytes", max)
}

type memoryFile struct {
	*bytes.Reader
	size int64
}

func (f *memoryFile) Size() int64  { return f.size }
func (f *memoryFile) Path() string { return "" }
func (f *memoryFile) Close() error { return nil }

func (m memory) ReadFile(name string, max int64) ([]byte, error) {
	f, err := m.Open(name, max)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	if err == nil && int64(len(data)) != f.Size() {
		return nil, errors.New("changed while it was read")
	}
	return data, err
}

func (m memory) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := m.find(name, true)
	switch {
	case err != nil:
		return nil, err
	case !n.mode.IsDir():
		return nil, noFolder
	case n.why != "":
		return nil, refused(n.why)
	case len(n.children) > system.MaxEntries:
		return nil, refused(fmt.Sprintf("holds more than %d names", system.MaxEntries))
	}
	var entries []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		entries = append(entries, fs.FileInfoToDirEntry(entry{name, m.info(n.children[name])}))
	}
	return entries, nil
}

func (m memory) info(n *node) system.Info {
	info := system.Info{Mode: n.mode, Size: n.size, UID: n.uid, ModTime: recordedAt}
	if m.folded {
		info.UID = -1
	}
	return info
}

func (m memory) Lstat(name string) (system.Info, error) { return m.stat(name, false) }
func (m memory) Stat(name string) (system.Info, error)  { return m.stat(name, true) }

func (m memory) stat(name string, follow bool) (system.Info, error) {
	n, err := m.find(name, follow)
	if err != nil {
		return system.Info{}, err
	}
	return m.info(n), nil
}

func (m memory) Readlink(name string) (string, error) {
	n, err := m.find(name, false)
	switch {
	case err != nil:
		return "", err
	case n.mode&fs.ModeSymlink == 0:
		return "", refused("is not a link")
	}
	return n.target, nil
}

// entry is an Info as the standard library's interface.
type entry struct {
	name string
	info system.Info
}

func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return e.info.Size }
func (e entry) Mode() fs.FileMode  { return e.info.Mode }
func (e entry) ModTime() time.Time { return e.info.ModTime }
func (e entry) IsDir() bool        { return e.info.Mode.IsDir() }
func (e entry) Sys() any           { return nil }

// broken is the tree of a home that cannot be entered.
type broken struct{ why error }

func (t broken) Open(string, int64) (system.File, error) { return nil, t.why }
func (t broken) ReadFile(string, int64) ([]byte, error)  { return nil, t.why }
func (t broken) ReadDir(string) ([]fs.DirEntry, error)   { return nil, t.why }
func (t broken) Lstat(string) (system.Info, error)       { return system.Info{}, t.why }
func (t broken) Stat(string) (system.Info, error)        { return system.Info{}, t.why }
func (t broken) Readlink(string) (string, error)         { return "", t.why }
