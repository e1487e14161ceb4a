package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"huddleguard/internal/ioreason"
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

// problem is why something could not be read or changed.
type problem = ioreason.Problem

func because(why string, cause error) *problem { return &problem{Why: why, Cause: cause} }

// The reasons that are decided here and not by the kernel.
var (
	errName       = because("has a name no file can have", fs.ErrInvalid)
	errFolder     = because("is a folder", nil)
	errEscape     = because("leads out of the folder or onto another file system", syscall.EXDEV)
	errLoop       = because("is a loop of links", nil)
	errForeigner  = because("belongs to another account", fs.ErrPermission)
	errForeignDir = because("lies in a folder of another account", fs.ErrPermission)
	errLinked     = because("has a second name elsewhere (a hard link)", nil)
	errLarge      = because("is too large", nil)
	errTorn       = because("changed while it was read", ErrMoved)
	errSpecial    = because("runs with the rights of its owner or group (setuid, setgid)", nil)
	errCapable    = because("is a program with rights of its own (capabilities)", nil)
	errFixed      = because("is marked as not to be changed (immutable or append-only)", nil)
	errRootLink   = because("the folder is a link", nil)
	errRootKind   = because("the folder is not a folder", nil)
	errRootOwner  = because("the folder belongs to another account", fs.ErrPermission)
	errRootGone   = because("the folder is not there; it may not be mounted", nil)
	errOwnerOnly  = because("folders are made by their owner only", fs.ErrPermission)
)

// words are what the kernel's reasons are called here.
var words = []ioreason.Word{
	{Cause: syscall.EXDEV, Why: errEscape.Why},
	{Cause: syscall.EIO, Why: "the disk could not be read or written"},
	{Cause: syscall.ENOSPC, Why: "the disk is full"},
	{Cause: syscall.EDQUOT, Why: "the disk quota is used up"},
	{Cause: syscall.EROFS, Why: "on a read-only file system"},
	{Cause: syscall.EBUSY, Why: "is a mount point or in use by the system"},
	{Cause: syscall.EINTR, Why: "was interrupted over and over"},
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
	return ioreason.Of(err, words, "could not be read or changed")
}

// admit checks a described file: ordinary, one name, the right owner, not too large.
func admit(info Info, uid int, max int64) error {
	if err := ioreason.Regular(info.Mode); err != nil {
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
