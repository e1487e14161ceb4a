//go:build unix

package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// TrustedFolder refuses a folder whose names somebody else could have made or
// exchanged.
func TrustedFolder(dir string, whose Whose) error {
	path, err := resolve(dir, whose)
	if err != nil {
		return err
	}
	return folder(path)
}

// OpenTrusted opens a regular file that nobody else could have written or
// exchanged. What was looked at is what is open: every folder above it, links
// followed, lets only those change it whose files are believed, and the rights
// of the file are those of the open one.
func OpenTrusted(name string, whose Whose) (*os.File, error) {
	path, err := resolve(name, whose)
	if err == nil {
		err = folder(filepath.Dir(path))
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = &Untrusted{path, "is no regular file"}
	default:
		if err = owned(path, info, whose); err == nil && writable(info) {
			err = &Untrusted{path, "can be written to by others"}
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// folder wants a folder that others cannot make names in.
func folder(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &Untrusted{path, "is not a folder"}
	case writable(info):
		return &Untrusted{path, "can be written to by others"}
	}
	return nil
}

func writable(info os.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

func owned(path string, info os.FileInfo, whose Whose) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid != 0 && (whose != RootOrOwn || int(st.Uid) != os.Geteuid()) {
		return &Untrusted{path, "belongs to another account"}
	}
	return nil
}

// maxLinks bounds how many links lead to one file, as the kernel does.
const maxLinks = 40

// resolve follows a path from the root down and refuses to pass anything that
// somebody else could exchange. Each name was looked at in a folder that already
// passed, so that it cannot change between the look and the use.
func resolve(name string, whose Whose) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	path, links := "/", 0
	if err := pass(path, whose); err != nil {
		return "", err
	}
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..": // path holds no links any more
			path = filepath.Dir(path)
			continue
		}
		next := filepath.Join(path, part)
		target, err := os.Readlink(next)
		if err == nil {
			if links++; links > maxLinks {
				return "", errors.New(next + " is a loop of links")
			}
			if filepath.IsAbs(target) {
				path = "/"
			}
			rest = append(strings.Split(target, "/"), rest...)
			err = passLink(next, whose)
		} else {
			path, err = next, pass(next, whose)
		}
		if err != nil {
			return "", err
		}
	}
	return path, nil
}

func passLink(path string, whose Whose) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	return owned(path, info, whose)
}

// pass wants what stands at a path to belong to somebody who is believed. A
// folder may let others write only where it is sticky: they can then not exchange
// what is ours in it.
func pass(path string, whose Whose) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if err := owned(path, info, whose); err != nil {
		return err
	}
	if info.IsDir() && writable(info) && info.Mode()&os.ModeSticky == 0 && !personal(info) {
		return &Untrusted{path, "can be written to by others"}
	}
	return nil
}

// personal is a folder of a person who asks for themselves. Where everybody has
// a group of their own, it is often open to that group.
func personal(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid != 0 && int(st.Uid) == os.Geteuid()
}
