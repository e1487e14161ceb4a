package disk

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The first words of files in these tests, and what replaces them.
const (
	was  = "[General]\nautoConnect=true\n"
	want = "[General]\nautoConnect=false\n"
)

func openAt(t *testing.T, dir string) *Root {
	t.Helper()
	r, err := Open(dir, os.Getuid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// home is an empty folder and its Root.
func home(t *testing.T) (string, *Root) {
	t.Helper()
	dir := t.TempDir()
	return dir, openAt(t, dir)
}

// put makes a file, and the folders above it, with exactly that mode.
func put(t *testing.T, dir, name, data string, mode fs.FileMode) string {
	t.Helper()
	file := filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(data), 0o600))
	must(t, os.Chmod(file, mode))
	return file
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readAt(t *testing.T, r *Root, name string) *File {
	t.Helper()
	f, err := r.Read(name, MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func holds(t *testing.T, file, data string) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != data {
		t.Fatalf("%s holds %q, want %q", filepath.Base(file), got, data)
	}
}

// names lists what a folder holds.
func names(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s holds %q, want %q", dir, got, want)
	}
}

// refuses wants an error with those words.
func refuses(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Fatalf("error is %v, want one that says %q", err, words)
	}
}

func TestReadReplaceRemove(t *testing.T) {
	dir, r := home(t)
	file := put(t, dir, ".config/Mumble.conf", was, 0o640)
	f := readAt(t, r, ".config/Mumble.conf")
	if string(f.Data) != was || runtime.GOOS != "windows" && f.Mode != 0o640 || f.Sum != sha256.Sum256([]byte(was)) || f.UID != os.Getuid() {
		t.Fatalf("read %+v", f)
	}
	must(t, r.Replace(".config/Mumble.conf", f, []byte(want)))
	holds(t, file, want)
	names(t, filepath.Dir(file), "Mumble.conf")
	refuses(t, r.Replace(".config/Mumble.conf", f, []byte("x")), ErrMoved.Error())
	if err := r.Remove(".config/Mumble.conf", f); !errors.Is(err, ErrMoved) {
		t.Fatalf("removing what is not as it was read: %v", err)
	}
	holds(t, file, want)
	must(t, r.Remove(".config/Mumble.conf", readAt(t, r, ".config/Mumble.conf")))
	names(t, filepath.Dir(file))
	if _, err := r.Read(".config/Mumble.conf", MaxSize); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("reading what is gone: %v", err)
	}
	if err := r.Replace(".config/Mumble.conf", f, nil); !errors.Is(err, ErrMoved) {
		t.Fatalf("replacing what is gone: %v", err)
	}
}

func TestCreate(t *testing.T) {
	dir, r := home(t)
	must(t, r.Create("new", 0o644, []byte(want)))
	holds(t, filepath.Join(dir, "new"), want)
	if err := r.Create("new", 0o600, []byte("other")); !errors.Is(err, ErrMoved) {
		t.Fatalf("making what is there: %v", err)
	}
	holds(t, filepath.Join(dir, "new"), want)
	if err := r.Create("missing/new", 0o600, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("making a file in a folder that is not there: %v", err)
	}
	refuses(t, r.Create("large", 0o600, make([]byte, MaxSize+1)), "too large")
	names(t, dir, "new")
}

func TestBeneath(t *testing.T) {
	for _, tc := range [][3]string{
		{"/home/a", "/home/a/.config/f", ".config/f"}, {"/", "/etc/f", "etc/f"}, {"/home/a/", "/home/a/f", "f"},
		{"/home/a", "/home/ab/f", ""}, {"/home/a", "/home/a", ""}, {"/home/a", "f", ""},
	} {
		name, err := Beneath(tc[0], tc[1])
		if name != tc[2] || (err == nil) != (tc[2] != "") {
			t.Errorf("%s beneath %s is %q, %v", tc[1], tc[0], name, err)
		}
	}
}

func TestCrashIsClearedAway(t *testing.T) {
	before, after := sha256.Sum256([]byte(was)), sha256.Sum256([]byte(want))
	dir, r := home(t)
	file := put(t, dir, "f", was, 0o600)
	for _, data := range []string{was, want} {
		put(t, dir, tempName("f"), data, 0o600)
		must(t, r.Settle("f", before, after))
		names(t, dir, "f")
	}
	put(t, dir, tempName("f"), "theirs", 0o600)
	var left *Leftover
	if err := r.Settle("f", before, after); !errors.As(err, &left) || left.Name != tempName("f") {
		t.Fatalf("settling: %v", err)
	}
	if err := r.Replace("f", readAt(t, r, "f"), []byte(want)); !errors.As(err, &left) {
		t.Fatalf("replacing: %v", err)
	}
	holds(t, file, was)
	holds(t, filepath.Join(dir, tempName("f")), "theirs")
}
