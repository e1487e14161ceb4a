//go:build unix

package quarantine

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden"
)

const folderFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK

// openFolder opens a folder in an open one, and neither follows a link to it
// nor leaves the file system.
func openFolder(folder int, base string) (*os.File, error) { return descend(folder, base, false) }

func openPath(name string, flags int) (*os.File, error) {
	fd, err := retry(func() (int, error) { return unix.Open(name, flags, 0) })
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// retry calls again what a signal interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

var errPlace = errors.New("it does not lie where such things may be taken away")

// split gives the folder and the last name of a place beneath the root.
func (s *Store) split(place string) (folder, base string, err error) {
	rel, err := filepath.Rel(s.root, place)
	if err != nil || place != filepath.Clean(place) || !filepath.IsLocal(rel) || rel == "." || within(s.state, place) || within(place, s.state) {
		return "", "", errPlace
	}
	if s.machine() && !strings.Contains(rel, "/") {
		return "", "", errPlace
	}
	return path.Dir(rel), path.Base(rel), nil
}

func (s *Store) machine() bool { return s.root == "/" }

// within says whether a path is another or lies in it.
func within(p, folder string) bool {
	return p == folder || strings.HasPrefix(p, strings.TrimSuffix(folder, "/")+"/")
}

// open opens the folder that holds a place. No link on the way is followed, and
// no file system mounted beneath a home is entered.
func (s *Store) open(place string) (folder *os.File, base string, err error) {
	name, base, err := s.split(place)
	if err != nil {
		return nil, "", err
	}
	root, err := openPath(s.root, folderFlags&^unix.O_NOFOLLOW)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	folder, err = descend(int(root.Fd()), name, s.machine())
	switch {
	case errors.Is(err, unix.ELOOP):
		err = errLink
	case errors.Is(err, unix.EXDEV):
		err = errElsewhere
	}
	return folder, base, err
}

var errLink = errors.New("a link is on the way to it")

// folderName is where quarantined things are in the state folder.
const folderName = "quarantine"

var errShelf = errors.New("the quarantine folder is not ours alone")

// shelf opens the quarantine folder, and makes it where that is asked for.
func (s *Store) shelf(create bool) (*os.File, error) {
	name := path.Join(s.state, folderName)
	if create {
		if err := os.Mkdir(name, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	shelf, err := openPath(name, folderFlags)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(shelf.Fd()), &st); err != nil {
		return nil, errors.Join(err, shelf.Close())
	}
	if int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0 {
		return nil, errors.Join(errShelf, shelf.Close())
	}
	return shelf, nil
}

// clearShelf takes the quarantine folder away when nothing is in it.
func (s *Store) clearShelf() { _ = os.Remove(path.Join(s.state, folderName)) }

// move renames, never onto something: done, or not done.
func move(from *os.File, base string, to *os.File, name string) error {
	_, err := retry(func() (int, error) { return 0, renameAlone(int(from.Fd()), base, int(to.Fd()), name) })
	return err
}

// settled makes a move last.
func settled(from, to *os.File) error { return errors.Join(to.Sync(), from.Sync()) }

// Taking and giving back rights.
type direction bool

const (
	takes direction = true
	gives direction = false
)

// rights takes the rights of the files of a tree that lies in quarantine, or
// gives them back. A file that has them so already is left.
func rights(shelf *os.File, id string, t tree, d direction) error {
	for i := range t {
		e := &t[i]
		want := e.Mode
		if d == takes {
			want = e.quiet()
		}
		if e.quiet() == e.Mode {
			continue
		}
		if err := setMode(shelf, path.Join(id, e.Name), e, want); err != nil {
			return err
		}
	}
	return nil
}

// setMode changes the mode of the one file an entry is about.
func setMode(shelf *os.File, name string, e *entry, mode uint32) error {
	folder, err := descend(int(shelf.Fd()), path.Dir(name), false)
	if err != nil {
		return err
	}
	defer folder.Close()
	return chmodEntry(int(folder.Fd()), path.Base(name), e, mode)
}

// isEntry says whether a status is that of a file an entry is about.
func isEntry(st *unix.Stat_t, e *entry) bool {
	return st.Ino == e.Inode && st.Nlink == 1 && st.Uid == e.UID && (uint32(st.Mode) == e.Mode || uint32(st.Mode) == e.quiet())
}

// lost says whether an error means that a place is not there, or not what it was.
func lost(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EEXIST) || errors.Is(err, unix.ENOTEMPTY)
}

// moved is ErrMoved for such an error, and any other as it is.
func moved(err error) error {
	if lost(err) {
		return harden.ErrMoved
	}
	return err
}
