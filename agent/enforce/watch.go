package enforce

import (
	"fmt"
	"path/filepath"
	"strings"
)

// watcher tells when one of a list of files may have changed. Folders are
// watched, not files: a program that writes another file and renames it over
// the old one is seen too. Where a folder is not there yet, the nearest one
// above it is watched until it is.
type watcher interface {
	// set sets the files that are watched, and lets go of all others. It says
	// whether something is watched that was not before. What cannot be watched is
	// in the error; the slow rescan has to do for it.
	set(files []Place) (fresh bool, err error)
	// changes tell that a file may have changed: by its home, or by its own name
	// where it lies in none. It is lost where that could be any.
	changes() <-chan string
	Close() error
}

// lost is what changed where the system could not keep up.
const lost = "anything"

// maxFolders bounds how many folders are watched: the kernel counts them.
const maxFolders = 4096

var errMany = fmt.Errorf("what is enforced lies in more than %d folders, and not all are watched", maxFolders)

// anyName is the name that stands for every one of a folder.
const anyName = "*"

// above are the folders above a file, the nearest first, each with the name in
// it that leads to the file. In a home they end with the home.
func above(file Place) (folders []Place, names []string) {
	path := filepath.Clean(file.Path)
	for {
		dir, name := filepath.Dir(path), filepath.Base(path)
		if dir == path || file.Home != "" && !within(file.Home, dir) {
			return folders, names
		}
		folders, names = append(folders, Place{file.Home, dir}), append(names, name)
		path = dir
	}
}

// cause is by what a change of a file is told.
func (p Place) cause() string {
	if p.Home != "" {
		return p.Home
	}
	return p.Path
}

// within says whether a folder is a home or lies in it.
func within(home, dir string) bool {
	home = filepath.Clean(home)
	return dir == home || strings.HasPrefix(dir, home+string(filepath.Separator))
}
