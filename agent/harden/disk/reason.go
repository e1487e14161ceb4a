package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// ErrMoved means that a file is not as it was read: somebody else wrote it,
// removed it, made it, or changed its rights.
var ErrMoved = errors.New("it was changed by somebody else meanwhile")

// ErrInUse means that a program has the file open for writing.
var ErrInUse = errors.New("a program has it open for writing")

// Foreign is the error for a file system whose files are somebody else's word:
// another computer's, or a program's.
type Foreign struct {
	Kind string // the file system, as the kernel calls it
}

func (e *Foreign) Error() string {
	if servedByProgram(e.Kind) {
		return fmt.Sprintf("on a file system that a program serves (%s)", e.Kind)
	}
	return fmt.Sprintf("on a network file system (%s)", e.Kind)
}

// Leftover is the error for a file that was left under, or stands in the way
// of, the name used while a file is replaced. It is kept: it may be somebody's.
type Leftover struct {
	Name string // without its folder
}

func (e *Leftover) Error() string {
	return fmt.Sprintf("a file named %q lies beside it, and is kept since it may be somebody's", e.Name)
}

// problem is why something could not be read or changed: words fit to be shown,
// and the error they came from. The words never hold a path or content.
type problem struct {
	why   string
	cause error
}

func (p *problem) Error() string { return p.why }
func (p *problem) Unwrap() error { return p.cause }

// The reasons that are decided here and not by the kernel.
var (
	errName       = &problem{"has a name no file can have", fs.ErrInvalid}
	errFolder     = &problem{"is a folder", nil}
	errEscape     = &problem{"leads out of the folder or onto another file system", syscall.EXDEV}
	errLoop       = &problem{"is a loop of links", nil}
	errForeigner  = &problem{"belongs to another account", fs.ErrPermission}
	errForeignDir = &problem{"lies in a folder of another account", fs.ErrPermission}
	errLinked     = &problem{"has a second name elsewhere (a hard link)", nil}
	errLarge      = &problem{"is too large", nil}
	errTorn       = &problem{"changed while it was read", ErrMoved}
	errSpecial    = &problem{"runs with the rights of its owner or group (setuid, setgid)", nil}
	errCapable    = &problem{"is a program with rights of its own (capabilities)", nil}
	errFixed      = &problem{"is marked as not to be changed (immutable or append-only)", nil}
	errRootLink   = &problem{"the folder is a link", nil}
	errRootKind   = &problem{"the folder is not a folder", nil}
	errRootOwner  = &problem{"the folder belongs to another account", fs.ErrPermission}
	errRootGone   = &problem{"the folder is not there; it may not be mounted", nil}
	errOwnerOnly  = &problem{"folders are made by their owner only", fs.ErrPermission}
)

// words are the reasons the kernel gives.
var words = []struct {
	cause error
	why   string
}{
	{syscall.EXDEV, errEscape.why},
	{syscall.ELOOP, errLoop.why},
	{syscall.ENOTDIR, "is not a folder, or lies beneath something that is not"},
	{syscall.EISDIR, errFolder.why},
	{syscall.ENAMETOOLONG, "has a name that is too long"},
	{syscall.EINVAL, errName.why},
	{syscall.EMFILE, "too many files are open"},
	{syscall.ENFILE, "too many files are open"},
	{syscall.EIO, "the disk could not be read or written"},
	{syscall.ENOSPC, "the disk is full"},
	{syscall.EDQUOT, "the disk quota is used up"},
	{syscall.EROFS, "on a read-only file system"},
	{syscall.EBUSY, "is a mount point or in use by the system"},
	{syscall.EAGAIN, "kept changing while it was looked up"},
	{syscall.EINTR, "was interrupted over and over"},
	{fs.ErrPermission, "no permission"},
}

// explain puts the reason of a failure into words. fs.ErrNotExist stays what it
// is, and so does an error of this package.
func explain(err error) error {
	var known *problem
	var foreign *Foreign
	var left *Leftover
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &foreign), errors.As(err, &left),
		errors.Is(err, ErrMoved), errors.Is(err, ErrInUse):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	}
	for _, w := range words {
		if errors.Is(err, w.cause) {
			return &problem{w.why, err}
		}
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return &problem{number.Error(), err}
	}
	return &problem{"could not be read or changed", err}
}

// ordinary says in words what is not a regular file.
func ordinary(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errFolder
	case mode&fs.ModeSymlink != 0:
		return &problem{"is a link", nil}
	case mode&fs.ModeNamedPipe != 0:
		return &problem{"is a FIFO", nil}
	case mode&fs.ModeSocket != 0:
		return &problem{"is a socket", nil}
	case mode&fs.ModeDevice != 0:
		return &problem{"is a device", nil}
	}
	return &problem{"is not a regular file", nil}
}

// admit checks a described file: ordinary, one name, the right owner, not too large.
func admit(info Info, uid int, max int64) error {
	if err := ordinary(info.Mode); err != nil {
		return err
	}
	switch {
	case uid != AnyOwner && info.UID != uid:
		return errForeigner
	case info.Links > 1:
		return errLinked
	case info.Size > min(max, MaxSize):
		return errLarge
	}
	return nil
}

// admitRoot checks the folder everything else lies beneath.
func admitRoot(info Info, uid int) error {
	switch {
	case info.Mode&fs.ModeSymlink != 0:
		return errRootLink
	case !info.Mode.IsDir():
		return errRootKind
	case uid != AnyOwner && info.UID != uid && info.UID != 0:
		return errRootOwner
	}
	return nil
}
