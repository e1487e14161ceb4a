package system

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"huddleguard/internal/ioreason"
)

// problem is why something could not be read.
type problem = ioreason.Problem

func because(why string, cause error) *problem { return &problem{Why: why, Cause: cause} }

// The reasons that are decided here and not by the kernel.
var (
	errForeign  = because("belongs to another account", fs.ErrPermission)
	errChanged  = because("changed while it was read", nil)
	errEscape   = because("leads out of the home or onto another file system", syscall.EXDEV)
	errNoLink   = because("is not a link", nil)
	errHomeLink = because("the home is a link", nil)
	errHomeKind = because("the home is not a folder", nil)
	errHomeGone = because("the home is not there; it may not be mounted", nil)
	errShort    = because("has a short name, and what it stands for is not known here", nil)
	errVolume   = because("lies on another volume than the one looked at", nil)
)

// words are what the kernel's reasons are called here.
var words = []ioreason.Word{
	{Cause: syscall.EXDEV, Why: errEscape.Why},
	{Cause: syscall.EIO, Why: "the disk could not be read"},
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
	return ioreason.Of(err, words, "could not be read")
}

// errLarge is the reason for a file past its limit in bytes.
func errLarge(max int64) error {
	switch {
	case max >= 1<<20 && max%(1<<20) == 0:
		return because(fmt.Sprintf("larger than %d MiB", max>>20), nil)
	case max >= 1<<10 && max%(1<<10) == 0:
		return because(fmt.Sprintf("larger than %d KiB", max>>10), nil)
	}
	return because(fmt.Sprintf("larger than %d bytes", max), nil)
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
