package system

import (
	"io/fs"
	"os"

	"huddleguard/checks/fact"
)

// OfflineWalked is Offline without openat2(2).
func OfflineWalked(root string) (System, error) {
	tree, err := openWalked(root)
	if err != nil {
		return nil, err
	}
	s := &image{base: base{tree: tree}}
	return s, s.recognise()
}

// People picks the accounts of passwd(5) that are a person's.
func People(passwd string) []fact.User { return people(passwd) }

// ReleaseValue reads a value of os-release(5).
func ReleaseValue(text, key string) string { return releaseValue(text, key) }

// ReadWhole reads a file of which a size was seen.
func ReadWhole(f *os.File, size int64) ([]byte, error) {
	return readWhole(&openFile{File: f, size: size})
}

// List lists an open folder of at most max names.
func List(dir *os.File, max int) ([]fs.DirEntry, error) { return list(dir, nil, ".", max) }
