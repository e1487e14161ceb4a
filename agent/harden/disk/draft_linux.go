package disk

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// errNoSwap is the reason on a file system that lacks one of the calls that all
// of this rests on. Windows' old formats and eCryptfs are such.
var errNoSwap = because("on a file system that cannot exchange two files in one step", unix.EOPNOTSUPP)

// settling is how long somebody who found the old file just before the exchange
// is given to open it: then the lease shows them.
const settling = 5 * time.Millisecond

// held is an open file that nobody can write to unseen.
type held struct {
	*os.File
	info   Info
	leased bool
	made   *File // what a file of our own holds
}

// undisturbed says whether nobody has begun to write to the file.
func (h *held) undisturbed() bool { return !h.leased || undisturbed(h.File) }

// hold opens the file at a place, as long as it is still what was read there.
func (p *place) hold(base string, was *File) (*held, error) {
	h, err := p.holdAny(base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMoved
	}
	if err != nil {
		return nil, err
	}
	if err := h.still(was); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// holdAny opens the file at a place, whatever it holds.
func (p *place) holdAny(base string) (*held, error) {
	f, err := p.open(base, MaxSize)
	if err != nil {
		return nil, err
	}
	h := &held{File: f}
	if h.leased, err = lease(f); err == nil {
		h.info, err = infoOf(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return h, nil
}

// still compares the file with what was read. ErrMoved: it is another by now, or
// somebody is about to write to it.
func (h *held) still(was *File) error {
	now, err := load(h.File)
	switch {
	case err != nil:
		return err
	case !now.same(was) || !h.undisturbed():
		return ErrMoved
	}
	return nil
}

// regain asks for the lease anew where somebody wanted to write, and compares
// again. They may have given up: a signal makes a program ask for the name once
// more, and that can be another file's by now. When they have not, this lets them
// write.
func (h *held) regain(was *File) (err error) {
	if h.undisturbed() {
		return h.still(was)
	}
	if _, err := unix.FcntlInt(h.Fd(), unix.F_SETLEASE, unix.F_UNLCK); err != nil {
		return explain(err)
	}
	if h.leased, err = lease(h.File); err != nil {
		return err
	}
	return h.still(was)
}

// changeable refuses files that must not be made anew: what they hold would get
// rights that only their own content was meant to have.
func (h *held) changeable(was *File) error {
	switch {
	case h.info.fixed:
		return errFixed
	case h.info.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return errSpecial
	case was.Attrs[attrCapability] != "":
		return errCapable
	}
	return nil
}

// draft makes a new file in the place's folder: whole, on the disk, with its
// final rights from before its first byte, and without a name, so that a crash
// leaves nothing.
func (p *place) draft(dress func(*os.File) error, data []byte) (*held, error) {
	if len(data) > MaxSize {
		return nil, errLarge
	}
	w, err := p.root.at(p.dir, ".", unix.O_TMPFILE|unix.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EINVAL):
		return nil, errNoSwap
	case err != nil:
		return nil, explain(err)
	}
	defer w.Close()
	if err := dress(w); err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, explain(err)
	}
	if err := w.Sync(); err != nil {
		return nil, explain(err)
	}
	return holdDraft(w)
}

// holdDraft opens the new file for reading, and lets go of it for writing.
func holdDraft(w *os.File) (*held, error) {
	f, err := reopen(w, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	h := &held{File: f}
	if err = w.Close(); err == nil {
		h.leased, err = lease(f)
	}
	if err == nil {
		h.made, err = load(f)
	}
	if err != nil {
		f.Close()
		return nil, explain(err)
	}
	h.info = h.made.Info
	return h, nil
}

// dressLike gives a new file the owner, attributes and mode of another, in an
// order in which it is never open to more people than in the end.
func dressLike(was *File) func(*os.File) error {
	return func(f *os.File) error {
		info, err := infoOf(f)
		if err != nil {
			return err
		}
		if info.UID != was.UID || info.GID != was.GID {
			if err := chown(f, info, was.UID, was.GID); err != nil {
				return err
			}
		}
		if err := setAttrs(f, was.Attrs); err != nil {
			return err
		}
		return chmodOpen(f, was.Mode)
	}
}

func chown(f *os.File, now Info, uid, gid int) error {
	if now.UID == uid {
		uid = -1 // an owner may give a file to a group, not to a person
	}
	if err := untilDone(func() error { return unix.Fchown(int(f.Fd()), uid, gid) }); err != nil {
		return notKept("owner or group", err)
	}
	return nil
}

func chmodOpen(f *os.File, mode fs.FileMode) error {
	return explain(untilDone(func() error { return unix.Fchmod(int(f.Fd()), bitsOf(mode)) }))
}

// dressNew gives a new file its mode and, where root makes it for somebody, its
// owner and the group of its folder.
func (p *place) dressNew(mode fs.FileMode) func(*os.File) error {
	return func(f *os.File) error {
		info, err := infoOf(f)
		if err != nil {
			return err
		}
		if uid := p.root.uid; uid != AnyOwner && info.UID != uid {
			folder, err := infoOf(p.dir)
			if err == nil {
				err = chown(f, info, uid, folder.GID)
			}
			if err != nil {
				return err
			}
		}
		return chmodOpen(f, mode.Perm())
	}
}

// name gives the new file its first name. Nothing is replaced: fs.ErrExist.
func (p *place) name(h *held, base string) error {
	err := untilDone(func() error {
		return unix.Linkat(unix.AT_FDCWD, pathOf(int(h.Fd())), int(p.dir.Fd()), base, unix.AT_SYMLINK_FOLLOW)
	})
	if err == unix.EEXIST {
		return err
	}
	return explain(err)
}

// sync makes the names in the place's folder last.
func (p *place) sync() error {
	dir, err := reopen(p.dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer dir.Close()
	return explain(dir.Sync())
}
