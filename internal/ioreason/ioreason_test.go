package ioreason

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// TestOf: a reason is in words and without a path, and says still where it came from.
func TestOf(t *testing.T) {
	own := []Word{{syscall.EIO, "the disk broke"}, {syscall.EISDIR, "is no file"}}
	for want, cause := range map[string]error{
		"the disk broke":      &os.PathError{Op: "read", Path: "/home/ann/secret", Err: syscall.EIO},
		"is no file":          syscall.EISDIR,
		"is a loop of links":  fmt.Errorf("opening /home/ann: %w", syscall.ELOOP),
		"no permission":       &os.PathError{Op: "open", Path: "/x", Err: syscall.EPERM},
		"could not be tried":  errors.New("/home/ann/secret"),
		syscall.EPIPE.Error(): &os.PathError{Op: "write", Path: "/x", Err: syscall.EPIPE},
	} {
		got := Of(cause, own, "could not be tried")
		if got.Error() != want || !errors.Is(got, cause) {
			t.Errorf("%v is %q, want %q", cause, got, want)
		}
	}
}

// TestRegular: every kind has its word.
func TestRegular(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		fs.ModeDir: "is a folder", fs.ModeSymlink: "is a link", fs.ModeNamedPipe: "is a FIFO", fs.ModeSocket: "is a socket",
		fs.ModeDevice | fs.ModeCharDevice: "is a device", fs.ModeIrregular: "is not a regular file",
	} {
		if err := Regular(mode); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %q", mode, err, want)
		}
	}
	if err := Regular(0o644); err != nil {
		t.Error(err)
	}
}
