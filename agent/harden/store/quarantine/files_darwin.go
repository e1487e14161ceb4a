package quarantine

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden"
)

func renameAlone(from int, base string, to int, name string) error {
	return unix.RenameatxNp(from, base, to, name, unix.RENAME_EXCL)
}

// descend opens a folder some names below an open one, name by name. Unless
// crossing is set it stays on one file system.
func descend(folder int, name string, crossing bool) (*os.File, error) {
	fd, err := unix.FcntlInt(uintptr(folder), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	var first, st unix.Stat_t
	err = unix.Fstat(fd, &first)
	for part := range strings.SplitSeq(name, "/") {
		if err != nil {
			break
		}
		last := fd
		if fd, err = unix.Openat(last, part, folderFlags, 0); err != nil {
			fd = last
			break
		}
		unix.Close(last)
		if err = unix.Fstat(fd, &st); err == nil && st.Dev != first.Dev && !crossing {
			err = unix.EXDEV
		}
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func statHere(folder int, base string) (st unix.Stat_t, err error) {
	return st, unix.Fstatat(folder, base, &st, unix.AT_SYMLINK_NOFOLLOW)
}

// chmodEntry changes a mode by name: the file lies in a folder that is ours
// alone by then, and no link is followed.
func chmodEntry(folder int, base string, e *entry, mode uint32) error {
	var st unix.Stat_t
	if err := unix.Fstatat(folder, base, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return moved(err)
	}
	if !isEntry(&st, e) {
		return harden.ErrMoved
	}
	if uint32(st.Mode) == mode {
		return nil
	}
	return unix.Fchmodat(folder, base, mode&0o7777, unix.AT_SYMLINK_NOFOLLOW)
}

// xattrsOf gives the names of the attributes, what reads one, and what is to
// be called in the end. Only files, folders and links can be asked.
func xattrsOf(folder int, base string, mode uint32) (names []string, get func(string) ([]byte, error), done func(), err error) {
	flags := unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC | unix.O_NOFOLLOW
	switch mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR:
	case unix.S_IFLNK:
		flags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_SYMLINK
	default:
		return nil, nil, func() {}, nil
	}
	fd, err := unix.Openat(folder, base, flags, 0)
	if err != nil {
		return nil, nil, func() {}, err
	}
	done = func() { unix.Close(fd) }
	size, err := unix.Flistxattr(fd, nil)
	text := make([]byte, size)
	if err == nil && size > 0 {
		size, err = unix.Flistxattr(fd, text)
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) {
		done()
		return nil, nil, func() {}, err
	}
	get = func(attr string) ([]byte, error) {
		n, err := unix.Fgetxattr(fd, attr, nil)
		if err != nil || n == 0 {
			return nil, err
		}
		value := make([]byte, n)
		n, err = unix.Fgetxattr(fd, attr, value)
		return value[:max(n, 0)], err
	}
	return namesIn(text[:max(size, 0)]), get, done, nil
}
