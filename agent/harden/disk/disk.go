// Package disk reads and replaces files beneath one folder: a person's home, or
// "/" for the machine. A home is hostile ground. Whoever owns it, and every
// program they run, may put links, FIFOs, devices, other people's files and
// other file systems there, and may swap them at any moment.
//
// On Linux nothing is looked up by a path twice. A name is resolved beneath the
// folder once (openat2), to an open folder and one name in it; what stands there
// is looked at before it is opened. A new file is made without a name, gets its
// owner, extended attributes and mode before its first byte, and gets a name when
// it is whole and on the disk. It is then exchanged with the old one, and what
// came out is compared with what was read: if somebody wrote in between, it goes
// back. A lease on both files tells whether somebody is about to write to them in
// place. So a file is wholly old or wholly new, and nobody's write is lost.
//
// Elsewhere there is no exchange: files are compared, then renamed over.
package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"path"
	"strings"
	"time"
)

// MaxSize is the largest file that is read or replaced.
const MaxSize = 16 << 20

// AnyOwner in place of a user id admits the files of every account. Windows knows
// no other: access control lists and who runs the process decide there.
const AnyOwner = -1

// Info describes what stands under a name.
type Info struct {
	Mode     fs.FileMode
	UID, GID int // -1 where the system has none
	Dev, Ino uint64
	Links    uint64
	Size     int64
	Modified time.Time
	// changed is when anything about the file last changed, its rights included.
	changed time.Time
	// fixed says that the file system forbids changing it, whatever the rights.
	fixed bool
}

// is says whether two descriptions are of the very same file.
func (i Info) is(other Info) bool { return i.Dev == other.Dev && i.Ino == other.Ino }

// File is a file as it was read, whole.
type File struct {
	Info
	Data []byte
	Sum  [sha256.Size]byte // of Data
	// Attrs are the extended attributes by name, access control lists among them.
	Attrs map[string]string
}

// same says whether a file holds and allows what another does. When it was
// written does not count, and neither does which inode it is: a program that
// wrote the same again has changed nothing.
func (f *File) same(other *File) bool {
	return f.Sum == other.Sum && f.Mode == other.Mode && f.UID == other.UID && f.GID == other.GID &&
		maps.Equal(f.Attrs, other.Attrs)
}

// tempName is the name a file has beside the one of that name while the two are
// exchanged. It is always the same, so that it can be found after a crash, and
// short, so that it is allowed wherever the other one is.
func tempName(base string) string {
	sum := sha256.Sum256([]byte(base))
	return ".huddleguard-" + hex.EncodeToString(sum[:8])
}

// Left reads what lies under the name that a file has beside it while it is
// replaced.
func (r *Root) Left(name string) (*File, error) {
	folder, base, err := split(name)
	if err != nil {
		return nil, err
	}
	return r.Read(path.Join(folder, tempName(base)), MaxSize)
}

// split parts a name into the folder and the last component.
func split(name string) (folder, base string, err error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return "", "", errName
	}
	folder, base = path.Split(name)
	switch {
	case base == "" || base == "." || base == "..":
		return "", "", errFolder
	case folder == "":
		folder = "."
	}
	return folder, base, nil
}

// Beneath is the name of an absolute path beneath the folder dir.
func Beneath(dir, abs string) (name string, err error) {
	name, ok := strings.CutPrefix(abs, strings.TrimSuffix(dir, "/")+"/")
	if !ok || strings.Trim(name, "/") == "" {
		return "", errEscape
	}
	return strings.TrimLeft(name, "/"), nil
}

// also adds to a reason what went wrong while it was dealt with.
func also(why, more error) error {
	if more == nil {
		return why
	}
	return errors.Join(why, more)
}
