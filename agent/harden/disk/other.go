//go:build darwin || windows

package disk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"huddleguard/internal/ioreason"
)

// Root is an open folder. It stays the same folder whatever becomes of its name.
type Root struct {
	root *os.Root
	uid  int
}

// Open opens a folder for the files of one account, or of AnyOwner. The folder
// itself must be that account's or root's, and not a link. For the machine dir
// is "/", or a volume.
func Open(dir string, uid int) (*Root, error) {
	seen, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errRootGone
	}
	if err == nil {
		err = admitRoot(infoOf(seen), uid)
	}
	if err != nil {
		return nil, explain(err)
	}
	if err := localFolder(dir); err != nil {
		return nil, explain(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, explain(err)
	}
	if now, err := root.Stat("."); err != nil || !os.SameFile(seen, now) {
		root.Close()
		return nil, also(errTorn, explain(err))
	}
	return &Root{root, uid}, nil
}

// Close lets go of the folder.
func (r *Root) Close() error { return r.root.Close() }

// Identity tells the folder from every other one that has, had or will have its
// name or its number.
func (r *Root) Identity() (string, error) {
	fi, err := r.root.Stat(".")
	if err != nil {
		return "", explain(err)
	}
	info := infoOf(fi)
	return fmt.Sprintf("inode %d born %s owner %d", info.Ino, bornOf(fi), info.UID), nil
}

// follow is the name that a name leads to: links at its end are followed beneath
// the root, so that the file itself is replaced and not the link.
func (r *Root) follow(name string) (string, error) {
	for range 40 {
		if _, _, err := split(name); err != nil {
			return "", err
		}
		text, err := r.root.Readlink(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return name, nil
		case err != nil:
			fi, statErr := r.root.Lstat(name)
			if statErr == nil && fi.Mode()&fs.ModeSymlink == 0 {
				return name, nil
			}
			return "", explain(err)
		case path.IsAbs(text):
			return "", errEscape
		}
		folder, _, _ := split(name)
		name = folder + "/" + text
	}
	return "", errLoop
}

// Stat describes what stands under a name, of any kind and owner. A link is
// described itself.
func (r *Root) Stat(name string) (Info, error) {
	fi, err := r.root.Lstat(name)
	if err != nil {
		return Info{}, explain(err)
	}
	return infoOf(fi), nil
}

// Read reads a file of at most max bytes (and MaxSize), whole and unchanged
// meanwhile, with all that is needed to make another one like it. Where none is
// there, the error is fs.ErrNotExist.
func (r *Root) Read(name string, max int64) (*File, error) {
	name, err := r.follow(name)
	if err != nil {
		return nil, err
	}
	return r.read(name, max)
}

func (r *Root) read(name string, max int64) (*File, error) {
	seen, err := r.root.Lstat(name)
	if err != nil {
		return nil, explain(err)
	}
	if err := admit(infoOf(seen), r.uid, max); err != nil {
		return nil, err
	}
	f, err := r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(err)
	}
	defer f.Close()
	if now, err := f.Stat(); err != nil || !os.SameFile(seen, now) {
		return nil, also(errTorn, explain(err))
	}
	return load(f)
}

// load reads an admitted file from its first byte to its last.
func load(f *os.File) (*File, error) {
	before, err := f.Stat()
	if err != nil {
		return nil, explain(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, explain(err)
	}
	attrs, err := attrsOf(f)
	if err != nil {
		return nil, explain(err)
	}
	after, err := f.Stat()
	if err != nil {
		return nil, explain(err)
	}
	info := infoOf(after)
	if int64(len(data)) != info.Size || before.Size() != info.Size || !before.ModTime().Equal(info.Modified) {
		return nil, errTorn
	}
	return &File{Info: info, Data: data, Sum: sha256.Sum256(data), Attrs: attrs}, nil
}

// Create makes a file that is not there yet, in a folder that is. ErrMoved: by
// now something is there.
func (r *Root) Create(name string, mode fs.FileMode, data []byte) error {
	name, err := r.follow(name)
	if err != nil {
		return err
	}
	dress := func(f *os.File) error { return f.Chmod(mode.Perm()) }
	if err := r.write(name, dress, data); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return ErrMoved
}

// write makes a file with its final rights from before its first byte, or none.
func (r *Root) write(name string, dress func(*os.File) error, data []byte) error {
	if len(data) > MaxSize {
		return errLarge
	}
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fs.ErrExist
	}
	if err != nil {
		return explain(err)
	}
	if err = dress(f); err == nil {
		if _, err = f.Write(data); err == nil {
			err = f.Sync()
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return also(explain(err), explain(r.root.Remove(name)))
	}
	return nil
}

// Replace puts data in a file's place and keeps its owner, mode and extended
// attributes. was is the file as it was read; ErrMoved: it is not like that any
// more. On any error the file is as it was, or as somebody else made it.
func (r *Root) Replace(name string, was *File, data []byte) error {
	name, err := r.follow(name)
	if err != nil {
		return err
	}
	if err := r.still(name, was); err != nil {
		return err
	}
	if was.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return errSpecial
	}
	folder, base, _ := split(name)
	temp := path.Join(folder, tempName(base))
	err = r.write(temp, func(f *os.File) error { return dressLike(f, was) }, data)
	if errors.Is(err, fs.ErrExist) {
		return &Leftover{tempName(base)}
	}
	if err != nil {
		return err
	}
	// Here is no exchange: what is written from now on, to the rename, is lost.
	if err = r.still(name, was); err == nil {
		err = explain(r.root.Rename(temp, name))
	}
	if err != nil {
		return also(err, explain(r.root.Remove(temp)))
	}
	return nil
}

// still compares a file with what was read.
func (r *Root) still(name string, was *File) error {
	now, err := r.read(name, MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMoved
	case err != nil:
		return err
	case !now.same(was):
		return ErrMoved
	}
	return nil
}

// Remove removes a file that is still as it was read.
func (r *Root) Remove(name string, was *File) error {
	name, err := r.follow(name)
	if err != nil {
		return err
	}
	if err := r.still(name, was); err != nil {
		return err
	}
	return explain(r.root.Remove(name))
}

// Settle clears away what a crash left of replacing a file. before and after are
// the hashes of what stood there and of what was to stand there. Their own copies
// are removed; anything else is kept and is a *Leftover.
func (r *Root) Settle(name string, before, after [32]byte) error {
	name, err := r.follow(name)
	if err != nil {
		return err
	}
	folder, base, _ := split(name)
	temp := path.Join(folder, tempName(base))
	now, err := r.read(temp, MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return also(&Leftover{tempName(base)}, err)
	case now.Sum != before && now.Sum != after:
		return &Leftover{tempName(base)}
	}
	return explain(r.root.Remove(temp))
}

// rights are the bits of a mode that Chmod compares and sets.
const rights = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Chmod changes the mode of a file or folder of the right owner from what it was.
// A link is never followed. ErrMoved: it is another mode by now.
func (r *Root) Chmod(name string, from, to fs.FileMode) error {
	seen, err := r.root.Lstat(name)
	if err != nil {
		return explain(err)
	}
	info := infoOf(seen)
	if err := r.admitItem(info); err != nil {
		return err
	}
	if info.Mode&rights != from&rights {
		return ErrMoved
	}
	f, err := r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return explain(err)
	}
	defer f.Close()
	if now, err := f.Stat(); err != nil || !os.SameFile(seen, now) {
		return also(ErrMoved, explain(err))
	}
	return explain(f.Chmod(to & rights))
}

// admitItem checks a file or folder whose content does not matter.
func (r *Root) admitItem(info Info) error {
	switch {
	case r.uid != AnyOwner && info.UID != r.uid:
		return errForeigner
	case info.Mode.IsDir():
		return nil
	case info.Links > 1:
		return errLinked
	}
	return ioreason.Regular(info.Mode)
}

// MkdirAll makes a folder and those above it that are missing, with exactly that
// mode, and lists those it made. When it fails, those are gone again.
func (r *Root) MkdirAll(name string, mode fs.FileMode) (made []string, err error) {
	sofar := ""
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." {
			continue
		}
		sofar = path.Join(sofar, part)
		if fi, err := r.root.Stat(sofar); err == nil && fi.IsDir() {
			continue
		}
		if err := r.root.Mkdir(sofar, mode.Perm()); err != nil {
			return nil, also(explain(err), r.RemoveDirs(made))
		}
		made = append(made, sofar)
	}
	return made, nil
}

// RemoveDirs removes the folders that MkdirAll made, the deepest first. One that
// holds something, or is not a folder any more, is somebody else's by now and
// stays.
func (r *Root) RemoveDirs(made []string) error {
	for _, name := range slices.Backward(made) {
		fi, err := r.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return explain(err)
		}
		if !fi.IsDir() {
			return nil
		}
		if err := r.root.Remove(name); err != nil {
			return stays(err)
		}
	}
	return nil
}

// Move gives a file, folder or link of the right owner another name. was is what
// Stat said of it. Nothing is replaced: fs.ErrExist. ErrMoved: it is another one
// by now. Between two roots nothing can be moved here.
func (r *Root) Move(name string, was Info, to *Root, toName string) error {
	if r != to {
		return because("the system has no safe way to move something from one folder to another", errors.ErrUnsupported)
	}
	now, err := r.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMoved
	case err != nil:
		return err
	case !now.is(was) || now.Mode != was.Mode || now.UID != was.UID || !now.Modified.Equal(was.Modified):
		return ErrMoved
	}
	if now.Mode&fs.ModeSymlink == 0 {
		if err := r.admitItem(now); err != nil {
			return err
		}
	}
	if _, err := to.root.Lstat(toName); err == nil {
		return fs.ErrExist
	}
	return explain(r.root.Rename(name, toName))
}
