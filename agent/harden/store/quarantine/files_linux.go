package quarantine

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden"
)

func renameAlone(from int, base string, to int, name string) error {
	return unix.Renameat2(from, base, to, name, unix.RENAME_NOREPLACE)
}

// here keeps a name from leading elsewhere: along a link, or onto a file system
// that a person mounted and that may never answer.
const here = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV

// descend opens a folder some names below an open one. Where crossing is set,
// other file systems may be mounted on the way.
func descend(folder int, name string, crossing bool) (*os.File, error) {
	resolve := uint64(here)
	if crossing {
		resolve &^= unix.RESOLVE_NO_XDEV
	}
	fd, err := resolved(folder, name, folderFlags&^unix.O_NOFOLLOW, resolve)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// resolved is openat2(2), which says EAGAIN when a rename elsewhere made ".."
// unsafe.
func resolved(folder int, name string, flags int, resolve uint64) (int, error) {
	for try := 0; ; try++ {
		fd, err := unix.Openat2(folder, name, &unix.OpenHow{Flags: uint64(flags), Resolve: resolve})
		if err != unix.EINTR && err != unix.EAGAIN || try > 64 {
			return fd, err
		}
	}
}

// statHere describes a name, and not what is mounted on it.
func statHere(folder int, base string) (st unix.Stat_t, err error) {
	fd, err := resolved(folder, base, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_XDEV)
	if err != nil {
		return st, err
	}
	defer unix.Close(fd)
	return st, unix.Fstat(fd, &st)
}

// byHandle names what lies in an open folder without following it.
func byHandle(folder int, base string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder, base)
}

// chmodEntry looks at the file it has in its hand before it changes its mode.
func chmodEntry(folder int, base string, e *entry, mode uint32) error {
	fd, err := retry(func() (int, error) {
		return unix.Openat(folder, base, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return moved(err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if !isEntry(&st, e) {
		return harden.ErrMoved
	}
	if uint32(st.Mode) == mode {
		return nil
	}
	_, err = retry(func() (int, error) { return 0, unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode&0o7777) })
	return err
}

// xattrsOf gives the names of the attributes, what reads one, and what is to
// be called in the end.
func xattrsOf(folder int, base string, _ uint32) (names []string, get func(string) ([]byte, error), done func(), err error) {
	name := byHandle(folder, base)
	text, err := grown(func(b []byte) (int, error) { return unix.Llistxattr(name, b) })
	if errors.Is(err, unix.ENOTSUP) {
		err = nil
	}
	get = func(attr string) ([]byte, error) {
		return grown(func(b []byte) (int, error) { return unix.Lgetxattr(name, attr, b) })
	}
	return namesIn(text), get, func() {}, err
}

// grown calls with a buffer that is large enough.
func grown(call func([]byte) (int, error)) ([]byte, error) {
	buf := make([]byte, 1024)
	for {
		n, err := call(buf)
		if errors.Is(err, unix.ERANGE) && len(buf) <= 1<<20 {
			buf = make([]byte, 4*len(buf))
			continue
		}
		return buf[:max(n, 0)], err
	}
}
