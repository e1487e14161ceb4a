package system

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// problem is why something could not be read: words fit to be shown, and the
// error they came from for errors.Is. The words never hold a path or content.
type problem struct {
	why   string
	cause error
}

func (p *problem) Error() string { return p.why }
func (p *problem) Unwrap() error { return p.cause }

// The reasons that are decided here and not by the kernel.
var (
	errForeign  = &problem{"belongs to another account", fs.ErrPermission}
	errChanged  = &problem{"changed while it was read", nil}
	errEscape   = &problem{"leads out of the home or onto another file system", syscall.EXDEV}
	errNoLink   = &problem{"is not a link", nil}
	errHomeLink = &problem{"the home is a link", nil}
	errHomeKind = &problem{"the home is not a folder", nil}
	errHomeGone = &problem{"the home is not there; it may not be mounted", nil}
	errShort    = &problem{"has a short name, and what it stands for is not known here", nil}
	errVolume   = &problem{"lies on another volume than the one looked at", nil}
)

// words are the reasons the kernel gives.
var words = []struct {
	cause error
	why   string
}{
	{syscall.EXDEV, errEscape.why},
	{syscall.ELOOP, "is a loop of links"},
	{syscall.ENOTDIR, "is not a folder, or lies beneath something that is not"},
	{syscall.EISDIR, "is a folder"},
	{syscall.ENAMETOOLONG, "has a name that is too long"},
	{syscall.EINVAL, "has a name no file can have"},
	{syscall.EMFILE, "too many files are open"},
	{syscall.ENFILE, "too many files are open"},
	{syscall.EIO, "the disk could not be read"},
	{syscall.EAGAIN, "kept changing while it was looked up"},
	{fs.ErrPermission, "no permission"},
}

// explain puts the reason of a failed read into words. ErrNotExist stays what
// it is, and so does an error that was explained before.
func explain(err error) error {
	var known *problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotExist
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
	return &problem{"could not be read", err}
}

// kindOf says in words what is not a regular file.
func kindOf(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return &problem{"is a folder", nil}
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

// errLarge is the reason for a file past its limit in bytes.
func errLarge(max int64) error {
	switch {
	case max >= 1<<20 && max%(1<<20) == 0:
		return &problem{fmt.Sprintf("larger than %d MiB", max>>20), nil}
	case max >= 1<<10 && max%(1<<10) == 0:
		return &problem{fmt.Sprintf("larger than %d KiB", max>>10), nil}
	}
	return &problem{fmt.Sprintf("larger than %d bytes", max), nil}
}

// homeKind says in words why a folder cannot be taken for a home.
func homeKind(mode fs.FileMode) error {
	switch {
	case mode&fs.ModeSymlink != 0:
		return errHomeLink
	case !mode.IsDir():
		return errHomeKind
	}
	return nil
}
