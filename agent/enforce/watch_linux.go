package enforce

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// folders watches by inotify(7). A home is its owner's to bend: a folder in one is
// looked up beneath the home, through no magic link and onto no other file
// system, and it is the folder found that is watched, whatever its name then
// leads to. What is watched is told by names and in nothing else.
type folders struct {
	file    *os.File
	fd      int
	changed chan string
	closed  chan struct{}

	mu sync.Mutex
	// names are the names of interest by watch, each with what is told of it.
	// The empty name is the watched thing itself.
	names map[int]map[string]string
}

// What is seen of a folder: of a file in it, everything but reading.
const folderEvents = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_ATTRIB |
	unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_EXCL_UNLINK

func newWatcher() (watcher, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watching folders: %w", err)
	}
	f := &folders{file: os.NewFile(uintptr(fd), "inotify"), fd: fd, changed: make(chan string), closed: make(chan struct{}), names: map[int]map[string]string{}}
	go f.run()
	return f, nil
}

func (f *folders) changes() <-chan string { return f.changed }

func (f *folders) Close() error {
	close(f.closed)
	return f.file.Close()
}

func (f *folders) set(files []Place) (fresh bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := map[int]map[string]string{}
	var errs []error
	for _, file := range files {
		if len(wanted) >= maxFolders {
			errs = append(errs, errMany)
			break
		}
		if err := f.add(file, wanted); err != nil {
			errs = append(errs, err)
		}
	}
	for watch := range wanted {
		fresh = fresh || f.names[watch] == nil
	}
	for watch := range f.names {
		if wanted[watch] == nil {
			_, _ = unix.InotifyRmWatch(f.fd, uint32(watch)) // it may be gone itself
		}
	}
	f.names = wanted
	return fresh, errors.Join(errs...)
}

// add watches the nearest folder above a file that is there and, where the file
// is a link, what it leads to.
func (f *folders) add(file Place, wanted map[int]map[string]string) error {
	dirs, names := above(file)
	for i, dir := range dirs {
		fd, err := open(dir, unix.O_DIRECTORY)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			continue
		}
		if err == nil {
			err = f.watch(fd, names[i], file, wanted)
			if err == nil && i == 0 {
				f.link(fd, names[0], file, wanted)
			}
			unix.Close(fd)
		}
		if err != nil {
			return &fs.PathError{Op: "watching", Path: dir.Path, Err: err}
		}
		return nil
	}
	return nil // there is no home
}

// link watches the file that a link in an open folder leads to. Where it leads
// nowhere, or to where nothing is looked up, there is nothing to watch.
func (f *folders) link(dir int, name string, file Place, wanted map[int]map[string]string) {
	if _, err := unix.Readlinkat(dir, name, make([]byte, 1)); err != nil {
		return
	}
	if fd, err := open(file, 0); err == nil {
		_ = f.watch(fd, "", file, wanted)
		unix.Close(fd)
	}
}

// watch watches an open folder, or file, for a name in it.
func (f *folders) watch(fd int, name string, file Place, wanted map[int]map[string]string) error {
	watch, err := unix.InotifyAddWatch(f.fd, fmt.Sprintf("/proc/self/fd/%d", fd), folderEvents)
	if err != nil {
		return err
	}
	if wanted[watch] == nil {
		wanted[watch] = map[string]string{}
	}
	wanted[watch][name] = file.cause()
	return nil
}

// open opens a name for nothing but to be watched: in a home beneath it.
func open(p Place, flags uint64) (int, error) {
	how := &unix.OpenHow{Flags: flags | unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS}
	if p.Home == "" {
		return openat2(unix.AT_FDCWD, p.Path, how)
	}
	home, err := openat2(unix.AT_FDCWD, p.Home, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | unix.O_DIRECTORY, Resolve: unix.RESOLVE_NO_MAGICLINKS})
	if err != nil {
		return -1, err
	}
	defer unix.Close(home)
	name, err := filepath.Rel(p.Home, p.Path)
	if err != nil {
		return -1, err
	}
	how.Resolve |= unix.RESOLVE_BENEATH | unix.RESOLVE_NO_XDEV
	return openat2(home, name, how)
}

// openat2 tries again where a rename elsewhere made ".." unsafe.
func openat2(dir int, name string, how *unix.OpenHow) (int, error) {
	for try := 1; ; try++ {
		fd, err := unix.Openat2(dir, name, how)
		if (err == unix.EINTR || err == unix.EAGAIN) && try < 64 {
			continue
		}
		return fd, err
	}
}

// run tells what is read until Close.
func (f *folders) run() {
	var buf [4096]byte
	for {
		n, err := f.file.Read(buf[:])
		if err != nil {
			return
		}
		for data := buf[:n]; len(data) >= unix.SizeofInotifyEvent; {
			length := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(data[12:]))
			if length > len(data) {
				break
			}
			name, _, _ := bytes.Cut(data[unix.SizeofInotifyEvent:length], []byte{0})
			f.tell(int(int32(binary.NativeEndian.Uint32(data))), binary.NativeEndian.Uint32(data[4:]), string(name))
			data = data[length:]
		}
	}
}

func (f *folders) tell(watch int, mask uint32, name string) {
	cause := f.causeOf(watch, mask, name)
	if cause == "" {
		return
	}
	select {
	case f.changed <- cause:
	case <-f.closed:
	}
}

// causeOf is what is told of an event, if it is about one of the files.
func (f *folders) causeOf(watch int, mask uint32, name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := f.names[watch]
	switch {
	case mask&unix.IN_Q_OVERFLOW != 0:
		return lost
	case name == "": // the folder itself: any of them
		for _, cause := range names {
			return cause
		}
		return ""
	case names[name] != "":
		return names[name]
	}
	return names[anyName]
}
