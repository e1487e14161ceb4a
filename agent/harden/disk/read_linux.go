package disk

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

var errProc = because("/proc is needed to open files and is not there", nil)

// Read reads a file of at most max bytes (and MaxSize), whole and unchanged
// meanwhile, with all that is needed to make another one like it. Where none is
// there, the error is fs.ErrNotExist.
func (r *Root) Read(name string, max int64) (*File, error) {
	p, err := r.place(name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	f, err := p.open(p.base, max)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// A program that keeps its file open for writing can still be read.
	if _, err := lease(f); err != nil && !errors.Is(err, ErrInUse) {
		return nil, err
	}
	return load(f)
}

// Stat describes what stands under a name, of any kind and owner. A link is
// described itself.
func (r *Root) Stat(name string) (Info, error) {
	p, err := r.placeOfLink(name)
	if err != nil {
		return Info{}, err
	}
	defer p.close()
	return p.stat(p.base)
}

// stat describes what stands in the place's folder, and opens nothing.
func (p *place) stat(base string) (Info, error) {
	f, err := p.root.at(p.dir, base, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return Info{}, explain(err)
	}
	defer f.Close()
	return infoOf(f)
}

// open looks at what stands there before it opens it: opening a device can do
// something, and opening a FIFO can wait.
func (p *place) open(base string, max int64) (*os.File, error) {
	seen, err := p.root.at(p.dir, base, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, explain(err)
	}
	defer seen.Close()
	info, err := infoOf(seen)
	if err == nil {
		err = admit(info, p.root.uid, max)
	}
	if err != nil {
		return nil, err
	}
	return reopen(seen, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
}

// reopen opens the very file, or folder, that is open already.
func reopen(seen *os.File, flags int) (*os.File, error) {
	fd := -1
	err := untilDone(func() (err error) {
		fd, err = unix.Open(pathOf(int(seen.Fd())), flags|unix.O_CLOEXEC, 0)
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errProc
	case err == unix.EWOULDBLOCK: // another's lease
		return nil, ErrInUse
	case err != nil:
		return nil, explain(err)
	}
	return os.NewFile(uintptr(fd), pathOf(fd)), nil
}

// load reads an admitted file from its first byte to its last.
func load(f *os.File) (*File, error) {
	info, err := infoOf(f)
	if err != nil {
		return nil, err
	}
	if info.Size > MaxSize {
		return nil, errTorn
	}
	data := make([]byte, info.Size+1)
	n, err := io.ReadFull(io.NewSectionReader(f, 0, info.Size+1), data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, explain(err)
	}
	attrs, err := attrsOf(f)
	if err != nil {
		return nil, err
	}
	after, err := infoOf(f)
	if err != nil {
		return nil, err
	}
	if int64(n) != info.Size || after.Size != info.Size || !after.Modified.Equal(info.Modified) {
		return nil, errTorn
	}
	data = data[:n:n]
	return &File{Info: after, Data: data, Sum: sha256.Sum256(data), Attrs: attrs}, nil
}

// lease asks to be told when somebody wants to write to the file: they wait
// until it is closed or given up. False where the file system has no leases.
func lease(f *os.File) (bool, error) {
	err := untilDone(func() error {
		_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
		return err
	})
	switch err {
	case nil:
		return true, nil
	case unix.EAGAIN:
		return false, ErrInUse
	case unix.EINVAL, unix.EOPNOTSUPP, unix.ENOLCK:
		return false, nil
	}
	return false, explain(err)
}

// undisturbed says whether nobody wants to write to a leased file.
func undisturbed(f *os.File) bool {
	kind, err := unix.FcntlInt(f.Fd(), unix.F_GETLEASE, 0)
	return err == nil && kind == unix.F_RDLCK
}
