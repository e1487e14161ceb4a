//go:build !linux

package enforce

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// folders watches by the system's own means. A watch follows a path, and in a home
// the path is that person's to bend. All that comes of an event is another look,
// which bends to nobody.
type folders struct {
	*fsnotify.Watcher
	changed chan string
	closed  chan struct{}

	mu sync.Mutex
	// names are the names of interest in each folder that is watched.
	names map[string]map[string]string
}

func newWatcher() (watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	f := &folders{Watcher: w, changed: make(chan string), closed: make(chan struct{}), names: map[string]map[string]string{}}
	go f.run()
	return f, nil
}

func (f *folders) changes() <-chan string { return f.changed }

func (f *folders) Close() error {
	close(f.closed)
	return f.Watcher.Close()
}

func (f *folders) set(files []Place) (fresh bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := map[string]map[string]string{}
	var errs []error
	for _, file := range files {
		folder, name := standing(file)
		if wanted[folder] == nil && len(wanted) >= maxFolders {
			errs = append(errs, errMany)
			break
		}
		if wanted[folder] == nil {
			wanted[folder] = map[string]string{}
		}
		wanted[folder][name] = file.cause()
	}
	delete(wanted, "") // of files with no folder above them
	for folder := range f.names {
		if wanted[folder] == nil {
			_ = f.Remove(folder) // it may be gone itself
		}
	}
	for folder := range wanted {
		fresh = fresh || f.names[folder] == nil
		if err := f.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	f.names = wanted
	return fresh, errors.Join(errs...)
}

// standing is the nearest folder above a file that is there, and the name in it
// that leads to the file.
func standing(file Place) (folder, name string) {
	dirs, names := above(file)
	for i, dir := range dirs {
		if st, err := os.Stat(dir.Path); err == nil && st.IsDir() {
			return dir.Path, names[i]
		}
	}
	return "", ""
}

func (f *folders) run() {
	for {
		cause := lost
		select {
		case e, ok := <-f.Events:
			if !ok {
				return
			}
			cause = f.causeOf(e)
		case _, ok := <-f.Errors: // events were lost
			if !ok {
				return
			}
		}
		if cause == "" {
			continue
		}
		select {
		case f.changed <- cause:
		case <-f.closed:
			return
		}
	}
}

// causeOf is what is told of an event, if it is about one of the files, or about a
// folder that is watched.
func (f *folders) causeOf(e fsnotify.Event) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, cause := range f.names[e.Name] {
		return cause
	}
	names := f.names[filepath.Dir(e.Name)]
	return cmp.Or(names[filepath.Base(e.Name)], names[anyName])
}
