package system

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// maxLinks is how many links one name may lead through, as on Linux.
const maxLinks = 40

// walked is a tree for systems without openat2(2). It follows links itself,
// one part of the name at a time, and opens what it arrived at through
// os.Root, which stays inside whatever happens meanwhile.
type walked struct {
	root   *os.Root
	isHome bool
	owner  int
}

func openWalked(dir string) (rootedTree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, explain(err)
	}
	return &walked{root: root, owner: anyOwner}, nil
}

func (t *walked) home(name string, owned bool) (rootedTree, Info, error) {
	real, err := t.resolve(name, false)
	if err != nil {
		return nil, Info{}, explain(err)
	}
	info, err := t.describe(real)
	if err != nil {
		return nil, Info{}, err
	}
	if err := homeKind(info.Mode); err != nil {
		return nil, info, err
	}
	root, err := t.root.OpenRoot(real)
	if err != nil {
		return nil, Info{}, explain(err)
	}
	return &walked{root: root, isHome: true, owner: ownerIn(info, owned)}, info, nil
}

func (t *walked) Close() error { return t.root.Close() }

// resolve follows the links of a name and returns one without any. The last
// part is followed only where follow is set.
func (t *walked) resolve(name string, follow bool) (string, error) {
	todo, done, links, isFile := steps(name), []string{}, 0, false
	switch {
	case strings.Contains(name, "\x00"):
		return "", syscall.EINVAL
	case t.isHome && strings.HasPrefix(name, "/"):
		return "", errEscape
	}
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		if isFile {
			return "", syscall.ENOTDIR
		}
		if part == "." {
			continue
		}
		if part == ".." {
			if len(done) == 0 && t.isHome {
				return "", errEscape
			}
			done = done[:max(len(done)-1, 0)]
			continue
		}
		here := path.Join(append(done, part)...)
		info, err := t.root.Lstat(here)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 || (len(todo) == 0 && !follow) {
			done, isFile = append(done, part), info.Mode()&(fs.ModeDir|fs.ModeSymlink) == 0
			continue
		}
		if links++; links > maxLinks {
			return "", syscall.ELOOP
		}
		target, err := t.root.Readlink(here)
		if err != nil {
			return "", err
		}
		if target = strings.ReplaceAll(target, string(os.PathSeparator), "/"); strings.HasPrefix(target, "/") {
			if done = nil; t.isHome {
				return "", errEscape
			}
		}
		todo = append(steps(target), todo...)
	}
	return path.Join(append([]string{"."}, done...)...), nil
}

// steps splits a name into what is walked one after the other. A slash at the
// end is a step too, ".", since it asks for a folder.
func steps(name string) []string {
	all := parts(name)
	if strings.HasSuffix(name, "/") {
		all = append(all, ".")
	}
	return all
}

// parts splits a name at its slashes.
func parts(name string) []string {
	var all []string
	for _, p := range strings.Split(name, "/") {
		if p != "" {
			all = append(all, p)
		}
	}
	return all
}

func (t *walked) describe(real string) (Info, error) {
	info, err := t.root.Lstat(real)
	if err != nil {
		return Info{}, explain(err)
	}
	return infoOf(info), nil
}

func infoOf(info fs.FileInfo) Info {
	return Info{Mode: info.Mode(), Size: info.Size(), UID: ownerOf(info), ModTime: info.ModTime()}
}

func (t *walked) Open(name string, max int64) (File, error) {
	real, err := t.resolve(name, true)
	if err != nil {
		return nil, explain(err)
	}
	info, err := t.describe(real)
	if err != nil {
		return nil, err
	}
	if err := admit(info, t.owner, max); err != nil {
		return nil, err
	}
	f, err := t.root.OpenFile(real, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(err)
	}
	again, err := f.Stat()
	if err == nil {
		err = admit(infoOf(again), t.owner, max)
	}
	if err != nil {
		f.Close()
		return nil, explain(err)
	}
	return &openFile{File: f, size: again.Size()}, nil
}

func (t *walked) ReadFile(name string, max int64) ([]byte, error) {
	f, err := t.Open(name, max)
	if err != nil {
		return nil, err
	}
	return readWhole(f)
}

func (t *walked) ReadDir(name string) ([]fs.DirEntry, error) {
	real, err := t.resolve(name, true)
	if err != nil {
		return nil, explain(err)
	}
	if info, err := t.describe(real); err != nil {
		return nil, err
	} else if !info.Mode.IsDir() {
		return nil, explain(syscall.ENOTDIR)
	}
	dir, err := t.root.Open(real)
	if err != nil {
		return nil, explain(err)
	}
	defer dir.Close()
	return list(dir, t, name, MaxEntries)
}

func (t *walked) Lstat(name string) (Info, error) { return t.stat(name, false) }
func (t *walked) Stat(name string) (Info, error)  { return t.stat(name, true) }

func (t *walked) stat(name string, follow bool) (Info, error) {
	real, err := t.resolve(name, follow)
	if err != nil {
		return Info{}, explain(err)
	}
	return t.describe(real)
}

func (t *walked) Readlink(name string) (string, error) {
	real, err := t.resolve(name, false)
	if err != nil {
		return "", explain(err)
	}
	if info, err := t.describe(real); err != nil || info.Mode&fs.ModeSymlink == 0 {
		return "", errNoLink
	}
	text, err := t.root.Readlink(real)
	return text, explain(err)
}
