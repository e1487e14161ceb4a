package hardentest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Tree is everything beneath a folder as text: names, modes, owners, extended
// attributes and content. Times are not in it.
func Tree(dir string) string {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		rel, _ := filepath.Rel(dir, name)
		fmt.Fprintf(&b, "%s %v %d:%d%s%s\n", rel, info.Mode(), st.Uid, st.Gid, attrs(name), content(name, info))
		return nil
	})
	if err != nil {
		return "broken off: " + err.Error()
	}
	return b.String()
}

func attrs(name string) string {
	buf := make([]byte, 64<<10)
	n, err := unix.Llistxattr(name, buf)
	if err != nil || n == 0 {
		return ""
	}
	names := strings.Split(strings.TrimRight(string(buf[:n]), "\x00"), "\x00")
	slices.Sort(names)
	out := ""
	for _, attr := range names {
		n, err := unix.Lgetxattr(name, attr, buf)
		out += fmt.Sprintf(" %s=%q %v", attr, buf[:max(n, 0)], err)
	}
	return out
}

func content(name string, info fs.FileInfo) string {
	switch {
	case info.Mode().IsRegular():
		data, err := os.ReadFile(name)
		return fmt.Sprintf(" %q %v", data, err)
	case info.Mode()&fs.ModeSymlink != 0:
		link, err := os.Readlink(name)
		return fmt.Sprintf(" -> %q %v", link, err)
	}
	return ""
}
