package enforce

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// watcher tells when one of a list of files may have changed. Folders are
// watched, not files: a program that writes another file and renames it over
// the old one is seen too. Where a folder is not there yet, the nearest one
// above it is watched until it is.
//
// A watch follows a path, and in a home the path is that person's to bend. All
// that comes of an event is another look, which bends to nobody.
type watcher struct {
	*fsnotify.Watcher
	// names are the names of interest in each folder that is watched.
	names map[string]map[string]bool
}

// maxFolders bounds how many folders are watched: the kernel counts them.
const maxFolders = 4096

var errMany = fmt.Errorf("what is enforced lies in more than %d folders, and not all are watched", maxFolders)

func newWatcher() (*watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &watcher{w, map[string]map[string]bool{}}, nil
}

// watch sets the files that are watched, and lets go of all others. A file named
// "*" is every one of its folder. What cannot be watched is in the error; the
// slow rescan has to do for it.
func (w *watcher) watch(files []string) error {
	return w.set(files, map[string]map[string]bool{})
}

// add watches more files.
func (w *watcher) add(files []string) error { return w.set(files, maps.Clone(w.names)) }

func (w *watcher) set(files []string, wanted map[string]map[string]bool) error {
	var errs []error
	for _, f := range files {
		folder, name := standing(f)
		if wanted[folder] == nil && len(wanted) == maxFolders {
			errs = []error{errMany}
			continue
		}
		if wanted[folder] == nil {
			wanted[folder] = map[string]bool{}
		}
		wanted[folder][name] = true
	}
	for folder := range w.names {
		if wanted[folder] == nil {
			_ = w.Remove(folder) // it may be gone itself
		}
	}
	for folder := range wanted {
		if err := w.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	w.names = wanted
	return errors.Join(errs...)
}

// standing is the nearest folder above a file that is there, and the name in it
// that leads to the file.
func standing(file string) (folder, name string) {
	folder, name = filepath.Split(filepath.Clean(file))
	for {
		folder = filepath.Clean(folder)
		if st, err := os.Stat(folder); err == nil && st.IsDir() || folder == filepath.Dir(folder) {
			return folder, name
		}
		folder, name = filepath.Split(folder)
	}
}

// concerns says whether an event is about one of the files, or about a folder
// that is watched.
func (w *watcher) concerns(e fsnotify.Event) bool {
	if w.names[e.Name] != nil {
		return true // the folder itself went
	}
	names := w.names[filepath.Dir(e.Name)]
	return names[filepath.Base(e.Name)] || names["*"]
}
