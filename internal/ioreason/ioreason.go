// Package ioreason puts into words why a file could not be read or changed. Words
// never hold a path or content, so that they are fit to be shown and logged.
package ioreason

import (
	"errors"
	"io/fs"
	"syscall"
)

// Problem is a reason in words, and the error it came from for errors.Is.
type Problem struct {
	Why   string
	Cause error
}

func (p *Problem) Error() string { return p.Why }
func (p *Problem) Unwrap() error { return p.Cause }

// Word is what a cause is called.
type Word struct {
	Cause error
	Why   string
}

// words are the reasons the kernel gives, as far as everybody calls them the same.
var words = []Word{
	{syscall.ELOOP, "is a loop of links"},
	{syscall.ENOTDIR, "is not a folder, or lies beneath something that is not"},
	{syscall.EISDIR, "is a folder"},
	{syscall.ENAMETOOLONG, "has a name that is too long"},
	{syscall.EINVAL, "has a name no file can have"},
	{syscall.EMFILE, "too many files are open"},
	{syscall.ENFILE, "too many files are open"},
	{syscall.EAGAIN, "kept changing while it was looked up"},
	{fs.ErrPermission, "no permission"},
}

// Of puts an error into words: those of whoever asks first, else the kernel's own
// for its number, else otherwise.
func Of(err error, own []Word, otherwise string) *Problem {
	for _, list := range [][]Word{own, words} {
		for _, w := range list {
			if errors.Is(err, w.Cause) {
				return &Problem{w.Why, err}
			}
		}
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return &Problem{number.Error(), err}
	}
	return &Problem{otherwise, err}
}

// Regular says in words what is not a regular file; nil for one that is.
func Regular(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return &Problem{"is a folder", nil}
	case mode&fs.ModeSymlink != 0:
		return &Problem{"is a link", nil}
	case mode&fs.ModeNamedPipe != 0:
		return &Problem{"is a FIFO", nil}
	case mode&fs.ModeSocket != 0:
		return &Problem{"is a socket", nil}
	case mode&fs.ModeDevice != 0:
		return &Problem{"is a device", nil}
	}
	return &Problem{"is not a regular file", nil}
}
