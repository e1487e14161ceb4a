package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// How names are resolved. In the machine links count from "/", as they do for
// the machine itself. Nothing leads out of another folder, nor onto a file system
// mounted beneath it: a person can mount one that never answers.
const (
	inMachine = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS
	inHome    = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV
)

const (
	maxTries = 64
	maxLinks = 40 // as the kernel
)

// Root is an open folder. It stays the same folder whatever becomes of its name.
type Root struct {
	dir     *os.File // O_PATH
	resolve uint64
	uid     int
}

// Open opens a folder for the files of one account, or of AnyOwner. The folder
// itself must be that account's or root's, and not a link. For the machine dir
// is "/".
func Open(dir string, uid int) (*Root, error) {
	r := &Root{resolve: inHome, uid: uid}
	if filepath.Clean(dir) == "/" {
		r.resolve = inMachine
	}
	fd := -1
	err := untilDone(func() (err error) {
		fd, err = unix.Open(dir, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errRootGone
	}
	if err != nil {
		return nil, explain(err)
	}
	r.dir = os.NewFile(uintptr(fd), pathOf(fd))
	if err := r.admitSelf(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Root) admitSelf() error {
	// The file system is asked about first: the next call may never return there.
	if err := localFile(r.dir); err != nil {
		return err
	}
	info, err := infoOf(r.dir)
	if err != nil {
		return err
	}
	return admitRoot(info, r.uid)
}

// Close lets go of the folder.
func (r *Root) Close() error { return r.dir.Close() }

// Identity tells the folder from every other one that has, had or will have its
// name or its number: inode, birth and owner. The device's number is not part of
// it, since it may be another one after a restart; where the file system keeps no
// birth times, its own id stands in for them.
func (r *Root) Identity() (string, error) {
	var st unix.Statx_t
	err := untilDone(func() error {
		return unix.Statx(int(r.dir.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
	})
	if err != nil {
		return "", explain(err)
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		return fmt.Sprintf("inode %d born %d.%09d owner %d", st.Ino, st.Btime.Sec, st.Btime.Nsec, st.Uid), nil
	}
	var vol unix.Statfs_t
	if err := untilDone(func() error { return unix.Fstatfs(int(r.dir.Fd()), &vol) }); err != nil {
		return "", explain(err)
	}
	return fmt.Sprintf("inode %d volume %08x%08x owner %d", st.Ino, uint32(vol.Fsid.Val[0]), uint32(vol.Fsid.Val[1]), st.Uid), nil
}

// untilDone repeats a system call that a signal interrupted.
func untilDone(call func() error) error {
	err := call()
	for try := 1; err == unix.EINTR && try < maxTries; try++ {
		err = call()
	}
	return err
}

// at opens a name beneath an open folder.
func (r *Root) at(dir *os.File, name string, flags, mode uint64) (*os.File, error) {
	how := &unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Mode: mode, Resolve: r.resolve}
	for try := 1; ; try++ {
		fd, err := unix.Openat2(int(dir.Fd()), name, how)
		switch {
		// EAGAIN: a rename elsewhere made ".." unsafe.
		case (err == unix.EINTR || err == unix.EAGAIN) && try < maxTries:
		case err == unix.ENOSYS:
			return nil, because("the kernel is older than Linux 5.6", err)
		case err != nil:
			return nil, err
		default:
			return os.NewFile(uintptr(fd), pathOf(fd)), nil
		}
	}
}

// pathOf names an open file in a way that always leads back to it.
func pathOf(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// infoOf describes an open file.
func infoOf(f *os.File) (Info, error) {
	var st unix.Statx_t
	err := untilDone(func() error {
		return unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS, &st)
	})
	if err != nil {
		return Info{}, explain(err)
	}
	return Info{
		Mode: modeOf(uint32(st.Mode)), UID: int(st.Uid), GID: int(st.Gid),
		Dev: unix.Mkdev(st.Dev_major, st.Dev_minor), Ino: st.Ino, Links: uint64(st.Nlink), Size: int64(st.Size),
		Modified: time.Unix(st.Mtime.Sec, int64(st.Mtime.Nsec)),
		changed:  time.Unix(st.Ctime.Sec, int64(st.Ctime.Nsec)),
		fixed:    st.Attributes&(unix.STATX_ATTR_IMMUTABLE|unix.STATX_ATTR_APPEND) != 0,
	}, nil
}

// kinds are the kernel's bits of a mode and Go's.
var kinds = []struct {
	mask, bits uint32
	mode       fs.FileMode
}{
	{unix.S_IFMT, unix.S_IFDIR, fs.ModeDir},
	{unix.S_IFMT, unix.S_IFLNK, fs.ModeSymlink},
	{unix.S_IFMT, unix.S_IFIFO, fs.ModeNamedPipe},
	{unix.S_IFMT, unix.S_IFSOCK, fs.ModeSocket},
	{unix.S_IFMT, unix.S_IFBLK, fs.ModeDevice},
	{unix.S_IFMT, unix.S_IFCHR, fs.ModeDevice | fs.ModeCharDevice},
	{unix.S_ISUID, unix.S_ISUID, fs.ModeSetuid},
	{unix.S_ISGID, unix.S_ISGID, fs.ModeSetgid},
	{unix.S_ISVTX, unix.S_ISVTX, fs.ModeSticky},
}

func modeOf(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	for _, k := range kinds {
		if bits&k.mask == k.bits {
			mode |= k.mode
		}
	}
	return mode
}

// bitsOf is the kernel's form of the rights of a mode.
func bitsOf(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	for _, k := range kinds {
		if k.mask != unix.S_IFMT && mode&k.mode != 0 {
			bits |= k.bits
		}
	}
	return bits
}

// place is where a name leads: an open folder, and one name in it.
type place struct {
	root *Root
	dir  *os.File // O_PATH
	base string
}

func (p *place) close() { p.dir.Close() }

// place resolves a name. A link at its end is followed, as long as it leads
// beneath the root, to the folder that holds the file itself.
func (r *Root) place(name string) (*place, error) {
	for range maxLinks {
		p, err := r.placeOfLink(name)
		if err != nil {
			return nil, err
		}
		text, err := p.readlink()
		if err == nil && text == "" {
			return p, nil
		}
		p.close()
		if err != nil {
			return nil, err
		}
		if name, err = r.follow(name, text); err != nil {
			return nil, err
		}
	}
	return nil, errLoop
}

// follow is the name that a link under a name leads to. Its folder is not
// shortened: ".." counts from where the folder really is.
func (r *Root) follow(name, text string) (string, error) {
	folder, _, err := split(name)
	switch {
	case err != nil:
		return "", err
	case text[0] != '/':
		return folder + "/" + text, nil
	case r.resolve == inMachine:
		return text, nil
	}
	return "", errEscape
}

// placeOfLink resolves a name, and leaves a link at its end alone.
func (r *Root) placeOfLink(name string) (*place, error) {
	folder, base, err := split(name)
	if err != nil {
		return nil, err
	}
	dir, err := r.at(r.dir, folder, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, explain(err)
	}
	if err := r.admitFolder(dir); err != nil {
		dir.Close()
		return nil, err
	}
	return &place{r, dir, base}, nil
}

// admitFolder checks a folder in which something is to be read or changed. Who
// owns it decides what stands there.
func (r *Root) admitFolder(dir *os.File) error {
	if r.resolve == inMachine { // a home lies on one file system, which Open has looked at
		if err := localFile(dir); err != nil {
			return err
		}
	}
	info, err := infoOf(dir)
	if err == nil && r.uid != AnyOwner && info.UID != r.uid && info.UID != 0 {
		err = errForeignDir
	}
	return err
}

// readlink is the text of a link, and empty for everything else.
func (p *place) readlink() (string, error) {
	text := make([]byte, unix.PathMax)
	n := 0
	err := untilDone(func() (err error) {
		n, err = unix.Readlinkat(int(p.dir.Fd()), p.base, text)
		return err
	})
	if err == unix.EINVAL || err == unix.ENOENT {
		return "", nil
	}
	return string(text[:max(n, 0)]), explain(err)
}
