package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

// infoOf describes a file. Who owns it is not looked at: its access control list
// decides, and the process runs as the person.
func infoOf(fi fs.FileInfo) Info {
	return Info{Mode: fi.Mode(), UID: -1, GID: -1, Size: fi.Size(), Modified: fi.ModTime()}
}

// bornOf is when a file was made.
func bornOf(fi fs.FileInfo) string {
	if st, ok := fi.Sys().(*syscall.Win32FileAttributeData); ok {
		return fmt.Sprint(st.CreationTime.Nanoseconds())
	}
	return "-"
}

// localFolder refuses a folder on another computer.
func localFolder(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(abs) + `\`)
	if err != nil {
		return err
	}
	if windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return &Foreign{"smb3"}
	}
	return nil
}

// attrsOf: extended attributes are not looked at here.
func attrsOf(*os.File) (map[string]string, error) { return nil, nil }

// dressLike keeps what a mode is here: whether the file is for reading only. Its
// access control list is the one its folder gives.
func dressLike(f *os.File, was *File) error { return f.Chmod(was.Mode & rights) }

// stays is no error for a folder that holds something.
func stays(err error) error {
	if errors.Is(err, windows.ERROR_DIR_NOT_EMPTY) {
		return nil
	}
	return explain(err)
}
