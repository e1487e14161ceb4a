//go:build unix

package system

import (
	"io/fs"
	"syscall"
)

// ownerOf is the numeric owner of a file.
func ownerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return anyOwner
}
