package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWrite: the file is whole, has its rights, and is left as it was when the
// writing breaks off; nothing is left beside it.
func TestWrite(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := WriteBytes(name, 0o640, []byte("first")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broke off")
	err := Write(name, 0o600, func(f *os.File) error {
		if _, err := f.WriteString("half"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	data, err := os.ReadFile(name)
	if err != nil || string(data) != "first" {
		t.Errorf("got %q, %v", data, err)
	}
	st, err := os.Stat(name)
	if err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("rights %v, %v", st.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 {
		t.Errorf("left beside it: %v, %v", entries, err)
	}
	if err := WriteBytes(filepath.Join(name, "below"), 0o600, nil); err == nil {
		t.Error("a file below a file was written")
	}
}

// TestLock: one at a time, and the next when the first is done.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	unlock, err := Lock(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, dir); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	unlock()
	unlock, err = Lock(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestFolders(t *testing.T) {
	for _, dir := range []string{Machine(), Own()} {
		if !filepath.IsAbs(dir) {
			t.Errorf("%q is not absolute", dir)
		}
	}
}
