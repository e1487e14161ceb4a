package call

import (
	"bytes"
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// inotify is a queue of changes of files and folders. While it waits it costs
// nothing: the kernel wakes it.
type inotify struct {
	file *os.File
	fd   int
}

// change is one entry of the queue. Name is a folder's entry.
type change struct {
	watch int
	mask  uint32
	name  string
}

func openInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	return &inotify{os.NewFile(uintptr(fd), "inotify"), fd}, nil
}

func (n *inotify) add(name string, mask uint32) (int, error) {
	watch, err := unix.InotifyAddWatch(n.fd, name, mask)
	if err != nil {
		return 0, &os.PathError{Op: "watch", Path: name, Err: err}
	}
	return watch, nil
}

// read waits for changes; Close ends it.
func (n *inotify) read() ([]change, error) {
	var buf [4096]byte
	got, err := n.file.Read(buf[:])
	if err != nil {
		return nil, err
	}
	var all []change
	for data := buf[:got]; len(data) >= unix.SizeofInotifyEvent; {
		length := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(data[12:]))
		if length > len(data) {
			break
		}
		name, _, _ := bytes.Cut(data[unix.SizeofInotifyEvent:length], []byte{0})
		all = append(all, change{int(int32(binary.NativeEndian.Uint32(data))), binary.NativeEndian.Uint32(data[4:]), string(name)})
		data = data[length:]
	}
	return all, nil
}

// changes sends what is read until the queue is closed.
func (n *inotify) changes(done <-chan struct{}) <-chan []change {
	out := make(chan []change)
	go func() {
		defer close(out)
		for {
			all, err := n.read()
			if err != nil {
				return
			}
			select {
			case out <- all:
			case <-done:
				return
			}
		}
	}()
	return out
}
