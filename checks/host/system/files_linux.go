package system

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// How names are resolved. In a machine's tree links count from its root, as
// they do for the machine itself. Nothing leads out of a home, nor onto
// another file system beneath it: a person can mount one that never answers.
const (
	inMachine = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS
	inHome    = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV
)

// openat2 reports EAGAIN when a rename elsewhere made ".." unsafe.
const maxTries = 64

// beneath is a tree read with openat2(2), which Linux has since 5.6.
type beneath struct {
	root    *os.File // O_PATH
	resolve uint64
	owner   int
}

// openMachine opens the tree of a machine whose root is the folder dir.
func openMachine(dir string) (rootedTree, error) {
	t := &beneath{resolve: inMachine, owner: anyOwner}
	var err error
	if t.root, err = os.OpenFile(dir, unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
		return nil, explain(err)
	}
	if _, err := t.at(".", unix.O_PATH|unix.O_DIRECTORY); errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		t.root.Close()
		return openWalked(dir)
	}
	return t, nil
}

func (t *beneath) home(name string, owned bool) (rootedTree, Info, error) {
	root, err := t.at(name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return nil, Info{}, explain(err)
	}
	info, err := describe(root)
	if err == nil {
		err = homeKind(info.Mode)
	}
	if err != nil {
		root.Close()
		return nil, info, err
	}
	return &beneath{root: root, resolve: inHome, owner: ownerIn(info, owned)}, info, nil
}

func (t *beneath) Close() error { return t.root.Close() }

// at opens a name beneath the root.
func (t *beneath) at(name string, flags uint64) (*os.File, error) {
	if t.resolve == inMachine {
		name = strings.TrimLeft(name, "/")
	}
	if name == "" {
		name = "."
	}
	how := &unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: t.resolve}
	for try := 1; ; try++ {
		fd, err := unix.Openat2(int(t.root.Fd()), name, how)
		if (err == unix.EINTR || err == unix.EAGAIN) && try < maxTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), pathOf(fd)), nil
	}
}

// pathOf names an open file in a way that always leads back to it.
func pathOf(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// describe is fstat.
func describe(f *os.File) (Info, error) {
	info, err := f.Stat()
	if err != nil {
		return Info{}, explain(err)
	}
	return infoOf(info), nil
}

// Open looks at what the name leads to before it opens it: opening a device
// can do something, and opening a FIFO can wait.
func (t *beneath) Open(name string, max int64) (File, error) {
	seen, err := t.at(name, unix.O_PATH)
	if err != nil {
		return nil, explain(err)
	}
	defer seen.Close()
	info, err := describe(seen)
	if err != nil {
		return nil, err
	}
	if err := admit(info, t.owner, max); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(seen.Name(), unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, because("/proc is needed to open files and is not there", nil)
	}
	if err != nil {
		return nil, explain(err)
	}
	return &openFile{File: f, size: info.Size, path: pathOf(int(f.Fd()))}, nil
}

func (t *beneath) ReadFile(name string, max int64) ([]byte, error) {
	f, err := t.Open(name, max)
	if err != nil {
		return nil, err
	}
	return readWhole(f)
}

func (t *beneath) ReadDir(name string) ([]fs.DirEntry, error) {
	dir, err := t.at(name, unix.O_DIRECTORY|unix.O_NONBLOCK)
	if err != nil {
		return nil, explain(err)
	}
	defer dir.Close()
	return list(dir, t, name, MaxEntries)
}

func (t *beneath) Lstat(name string) (Info, error) { return t.stat(name, unix.O_NOFOLLOW) }
func (t *beneath) Stat(name string) (Info, error)  { return t.stat(name, 0) }

func (t *beneath) stat(name string, flags uint64) (Info, error) {
	f, err := t.at(name, unix.O_PATH|flags)
	if err != nil {
		return Info{}, explain(err)
	}
	defer f.Close()
	return describe(f)
}

func (t *beneath) Readlink(name string) (string, error) {
	f, err := t.at(name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", explain(err)
	}
	defer f.Close()
	// PATH_MAX bounds the text of a link, and the empty name means the link itself.
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(f.Fd()), "", text)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return "", errNoLink
	}
	return string(text[:max(n, 0)]), explain(err)
}
