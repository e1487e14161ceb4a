//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// defaultPages is where an administrator keeps pages of their own.
const defaultPages = "/etc/huddleguard/catalogue.d"

// trusted refuses a folder that somebody other than root, or than the person
// who asks, could have written to: a page decides what is read.
func trusted(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case !ok || st.Uid != 0 && int(st.Uid) != os.Getuid():
		return fmt.Errorf("%s belongs to another account", dir)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written to by others", dir)
	}
	return nil
}
