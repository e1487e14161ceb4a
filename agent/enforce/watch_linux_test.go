package enforce

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// hears says whether a change is told within a while.
func hears(w watcher) string {
	select {
	case cause := <-w.changes():
		return cause
	case <-time.After(200 * time.Millisecond):
		return ""
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// watching watches a file of a home, which lies in a folder x of it.
func watching(t *testing.T, prepare func(home string)) (w watcher, home string, err error) {
	t.Helper()
	home = t.TempDir()
	must(t, os.Mkdir(filepath.Join(home, "x"), 0o700))
	prepare(home)
	w, err = newWatcher()
	must(t, err)
	t.Cleanup(func() { must(t, w.Close()) })
	fresh, err := w.set([]Place{{Home: home, Path: filepath.Join(home, "x", "file")}})
	if err == nil && !fresh {
		t.Error("what is watched anew is not said")
	}
	return w, home, err
}

// TestWatchLink: where the file is a link, what it leads to is watched too.
func TestWatchLink(t *testing.T) {
	w, home, err := watching(t, func(home string) {
		must(t, os.WriteFile(filepath.Join(home, "real"), nil, 0o600))
		must(t, os.Symlink("../real", filepath.Join(home, "x", "file")))
	})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(home, "real"), []byte("a"), 0o600))
	if got := hears(w); got != home {
		t.Errorf("told of %q", got)
	}
}

// TestWatchOutside: nothing outside a home is watched for it, wherever its links lead.
func TestWatchOutside(t *testing.T) {
	outside := t.TempDir()
	w, _, err := watching(t, func(home string) {
		must(t, os.Remove(filepath.Join(home, "x")))
		must(t, os.Symlink(outside, filepath.Join(home, "x")))
	})
	if err == nil {
		t.Error("it is not said that it is not watched")
	}
	must(t, os.WriteFile(filepath.Join(outside, "file"), []byte("a"), 0o600))
	if got := hears(w); got != "" {
		t.Errorf("told of %q", got)
	}
}

// TestWatchOutsideLink is the same for a link in the file's place.
func TestWatchOutsideLink(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, nil, 0o600))
	w, _, err := watching(t, func(home string) { must(t, os.Symlink(secret, filepath.Join(home, "x", "file"))) })
	must(t, err)
	must(t, os.WriteFile(secret, []byte("a"), 0o600))
	if got := hears(w); got != "" {
		t.Errorf("told of %q", got)
	}
}

// TestWatchMoved: it is the folder that is watched, and not its name.
func TestWatchMoved(t *testing.T) {
	w, home, err := watching(t, func(string) {})
	must(t, err)
	must(t, os.Rename(filepath.Join(home, "x"), filepath.Join(home, "y")))
	if got := hears(w); got != home {
		t.Errorf("a folder that went away: told of %q", got)
	}
	fresh, err := w.set([]Place{{Home: home, Path: filepath.Join(home, "x", "file")}})
	must(t, err)
	if !fresh {
		t.Error("the folder above is not new")
	}
	for hears(w) != "" { // what the change of watches brought
	}
	must(t, os.Mkdir(filepath.Join(home, "x"), 0o700))
	if got := hears(w); got != home {
		t.Errorf("a folder made anew: told of %q", got)
	}
	must(t, os.WriteFile(filepath.Join(home, "y", "file"), nil, 0o600))
	if got := hears(w); got != "" {
		t.Errorf("the old one: told of %q", got)
	}
}

// TestWatchAll: "*" is every file of a folder, and of one of the machine's each is
// told by its own name.
func TestWatchAll(t *testing.T) {
	dir := t.TempDir()
	w, err := newWatcher()
	must(t, err)
	defer w.Close()
	all := filepath.Join(dir, anyName)
	_, err = w.set([]Place{{Path: all}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "10.yaml"), nil, 0o600))
	if got := hears(w); got != all {
		t.Errorf("told of %q", got)
	}
	if fresh, err := w.set([]Place{{Path: all}}); fresh || err != nil {
		t.Errorf("watched before, and new: %v, %v", fresh, err)
	}
}
