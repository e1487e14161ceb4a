//go:build unix

package state

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// Own is where the data of whoever asks is kept: the machine's for root.
func Own() string {
	if os.Geteuid() == 0 {
		return Machine()
	}
	return own()
}

// syncFolder makes a new name last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// home is a place in the home of whoever asks, which is the account's where the
// environment names none: never one in the folder that happens to be worked in.
func home(parts ...string) string {
	dir := os.Getenv("HOME")
	if !filepath.IsAbs(dir) {
		dir = "/"
		if u, err := user.LookupId(strconv.Itoa(os.Geteuid())); err == nil {
			dir = u.HomeDir
		}
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}
