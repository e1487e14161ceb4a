// Package state knows where Huddleguard keeps its own data, and writes files so
// that nobody ever sees half of one.
package state

import (
	"errors"
	"os"
	"path/filepath"
)

// Write makes a file that appears under its name only when it is whole and on
// the disk, with its final rights from the start. On an error, what stood under
// the name stands there still.
func Write(name string, mode os.FileMode, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(f.Chmod(mode), write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// WriteBytes is Write for what is at hand.
func WriteBytes(name string, mode os.FileMode, data []byte) error {
	return Write(name, mode, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}
