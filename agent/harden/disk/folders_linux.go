package disk

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"huddleguard/internal/ioreason"
)

// rights are the bits of a mode that Chmod compares and sets.
const rights = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Chmod changes the mode of a file or folder of the right owner from what it was.
// A link is never followed. ErrMoved: it is another mode by now.
func (r *Root) Chmod(name string, from, to fs.FileMode) error {
	p, err := r.placeOfLink(name)
	if err != nil {
		return err
	}
	defer p.close()
	f, err := r.at(p.dir, p.base, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return explain(err)
	}
	defer f.Close()
	info, err := infoOf(f)
	if err != nil {
		return err
	}
	if err := r.admitItem(info); err != nil {
		return err
	}
	switch {
	case info.fixed:
		return errFixed
	case info.Mode&rights != from&rights:
		return ErrMoved
	}
	return setMode(f, to)
}

// admitItem checks a file or folder whose content does not matter.
func (r *Root) admitItem(info Info) error {
	switch {
	case r.uid != AnyOwner && info.UID != r.uid:
		return errForeigner
	case info.Mode.IsDir():
		return nil
	case info.Links > 1:
		return errLinked
	}
	return ioreason.Regular(info.Mode)
}

// setMode changes the mode of a file that is open as a path only, and looks
// whether it took.
func setMode(f *os.File, to fs.FileMode) error {
	err := untilDone(func() error { return unix.Fchmodat(unix.AT_FDCWD, pathOf(int(f.Fd())), bitsOf(to), 0) })
	if errors.Is(err, fs.ErrNotExist) {
		return errProc
	}
	if err != nil {
		return explain(err)
	}
	now, err := infoOf(f)
	switch {
	case err != nil:
		return err
	case now.Mode&rights != to&rights:
		return because("the file system did not take the mode", nil)
	}
	// Whoever may change a mode need not be able to open the file.
	if open, err := reopen(f, unix.O_RDONLY|unix.O_NONBLOCK); err == nil {
		_ = open.Sync()
		open.Close()
	}
	return nil
}

// MkdirAll makes a folder and those above it that are missing, with exactly that
// mode, and lists those it made. When it fails, those are gone again.
func (r *Root) MkdirAll(name string, mode fs.FileMode) (made []string, err error) {
	sofar := ""
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." {
			continue
		}
		sofar = path.Join(sofar, part)
		fresh, err := r.mkdir(sofar, mode)
		if err != nil {
			return nil, also(err, r.RemoveDirs(made))
		}
		if fresh {
			made = append(made, sofar)
		}
	}
	return made, nil
}

// mkdir makes a folder where there is none.
func (r *Root) mkdir(name string, mode fs.FileMode) (made bool, err error) {
	dir, err := r.at(r.dir, name, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err == nil {
		return false, dir.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, explain(err)
	}
	// A folder made by root for somebody would have to be given to them by its
	// name, and by then that could be another folder's.
	if uid := os.Geteuid(); r.uid != AnyOwner && r.uid != uid {
		return false, errOwnerOnly
	}
	p, err := r.placeOfLink(name)
	if err != nil {
		return false, err
	}
	defer p.close()
	err = untilDone(func() error { return unix.Mkdirat(int(p.dir.Fd()), p.base, 0o700) })
	switch {
	case err == unix.EEXIST: // a link that leads nowhere, or somebody was faster
		return false, ErrMoved
	case err != nil:
		return false, explain(err)
	}
	if err := p.dressFolder(mode); err != nil {
		return false, also(err, p.rmdir())
	}
	return true, nil
}

// dressFolder gives a new folder its mode, and makes its name last.
func (p *place) dressFolder(mode fs.FileMode) error {
	f, err := p.root.at(p.dir, p.base, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return explain(err)
	}
	defer f.Close()
	info, err := infoOf(f)
	switch {
	case err != nil:
		return err
	case info.UID != os.Geteuid():
		return ErrMoved
	}
	if err := setMode(f, mode.Perm()|info.Mode&fs.ModeSetgid); err != nil {
		return err
	}
	return p.sync()
}

func (p *place) rmdir() error {
	return explain(untilDone(func() error { return unix.Unlinkat(int(p.dir.Fd()), p.base, unix.AT_REMOVEDIR) }))
}

// RemoveDirs removes the folders that MkdirAll made, the deepest first. One that
// holds something, or is not a folder any more, is somebody else's by now and
// stays.
func (r *Root) RemoveDirs(made []string) error {
	for _, name := range slices.Backward(made) {
		p, err := r.placeOfLink(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = p.rmdir()
		if err == nil {
			err = p.sync()
		}
		p.close()
		switch {
		case errors.Is(err, unix.ENOTEMPTY), errors.Is(err, unix.EEXIST), errors.Is(err, unix.ENOTDIR):
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// Move gives a file, folder or link of the right owner another name, maybe
// beneath another root on the same file system. was is what Stat said of it. A
// link is moved itself. Nothing is replaced: fs.ErrExist. ErrMoved: it is another
// one by now; what arrived instead has been sent back.
func (r *Root) Move(name string, was Info, to *Root, toName string) error {
	from, err := r.placeOfLink(name)
	if err != nil {
		return err
	}
	defer from.close()
	dest, err := to.placeOfLink(toName)
	if err != nil {
		return err
	}
	defer dest.close()
	now, err := from.stat(from.base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMoved
	case err != nil:
		return err
	}
	if err := r.movable(now, was); err != nil {
		return err
	}
	if err := rename(from, dest); err != nil {
		return err
	}
	return confirmMove(from, dest, was)
}

// movable checks what is about to be moved.
func (r *Root) movable(now, was Info) error {
	switch {
	case !now.is(was) || now.Mode != was.Mode || now.UID != was.UID:
		return ErrMoved
	case now.fixed:
		return errFixed
	case now.Mode&fs.ModeSymlink != 0 && (r.uid == AnyOwner || now.UID == r.uid):
		return nil
	}
	return r.admitItem(now)
}

func rename(from, to *place) error {
	err := untilDone(func() error {
		return unix.Renameat2(int(from.dir.Fd()), from.base, int(to.dir.Fd()), to.base, unix.RENAME_NOREPLACE)
	})
	switch err {
	case unix.EXDEV:
		return because("the two places are on different file systems", err)
	case unix.EEXIST:
		return fs.ErrExist
	case unix.ENOENT:
		return ErrMoved
	case unix.EINVAL:
		return because("the file system cannot rename without replacing, or a folder would be moved into itself", err)
	}
	return explain(err)
}

// confirmMove checks what arrived, and sends it back if it is another one, or
// where the disk does not keep it.
func confirmMove(from, to *place, was Info) error {
	now, err := to.stat(to.base)
	if err == nil && !now.is(was) {
		err = ErrMoved
	}
	if err == nil {
		err = also(nil, errors.Join(to.sync(), from.sync()))
	}
	if err == nil {
		return nil
	}
	if back := rename(to, from); back != nil {
		return also(err, &Leftover{to.base})
	}
	return err
}
