//go:build unix

package state

import (
	"errors"
	"os"
	"path/filepath"
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

func home(parts ...string) string {
	return filepath.Join(append([]string{os.Getenv("HOME")}, parts...)...)
}
