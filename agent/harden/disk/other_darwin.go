package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// infoOf describes a file.
func infoOf(fi fs.FileInfo) Info {
	info := Info{Mode: fi.Mode(), UID: -1, GID: -1, Size: fi.Size(), Modified: fi.ModTime()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		info.UID, info.GID = int(st.Uid), int(st.Gid)
		info.Dev, info.Ino, info.Links = uint64(st.Dev), st.Ino, uint64(st.Nlink)
	}
	return info
}

// bornOf is when a file was made.
func bornOf(fi fs.FileInfo) string {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return "-"
	}
	sec, nsec := st.Birthtimespec.Unix()
	return fmt.Sprintf("%d.%09d", sec, nsec)
}

// localFolder refuses a folder on a foreign file system.
func localFolder(dir string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return err
	}
	return local(unix.ByteSliceToString(st.Fstypename[:]))
}

// attrsOf reads the extended attributes of an open file.
func attrsOf(f *os.File) (map[string]string, error) {
	list := make([]byte, 64<<10)
	n, err := unix.Flistxattr(int(f.Fd()), list)
	if err == unix.ENOTSUP {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	attrs := map[string]string{}
	for name := range bytes.SplitSeq(bytes.TrimRight(list[:n], "\x00"), []byte{0}) {
		if len(name) == 0 {
			continue
		}
		size, err := unix.Fgetxattr(int(f.Fd()), string(name), nil)
		if err != nil {
			return nil, err
		}
		value := make([]byte, size)
		if size > 0 {
			if size, err = unix.Fgetxattr(int(f.Fd()), string(name), value); err != nil {
				return nil, err
			}
		}
		attrs[string(name)] = string(value[:size])
	}
	return attrs, nil
}

// setAttrs gives a new file these extended attributes.
func setAttrs(f *os.File, want map[string]string) error {
	has, err := attrsOf(f)
	if err != nil {
		return err
	}
	for name, value := range want {
		if v, ok := has[name]; ok && v == value {
			continue // what the system gives every new file may not be set
		}
		if err := unix.Fsetxattr(int(f.Fd()), name, []byte(value), 0); err != nil {
			return err
		}
	}
	return nil
}

// dressLike gives a new file the owner, attributes and mode of another, in an
// order in which it is never open to more people than in the end.
func dressLike(f *os.File, was *File) error {
	fi, err := f.Stat()
	if err != nil {
		return explain(err)
	}
	if now := infoOf(fi); now.UID != was.UID || now.GID != was.GID {
		if err := f.Chown(was.UID, was.GID); err != nil {
			return because("its owner or group could not be kept", err)
		}
	}
	if err := setAttrs(f, was.Attrs); err != nil {
		return because("its extended attributes could not be kept", err)
	}
	return f.Chmod(was.Mode & rights)
}

// stays is no error for a folder that holds something.
func stays(err error) error {
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST) {
		return nil
	}
	return explain(err)
}
