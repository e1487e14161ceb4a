package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
)

// testdata/base.db and its log were left by sqlite3, killed after a commit
// (testdata/make.sh): the database says "old", the log says "new".
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func rows(t testing.TB, main, wal []byte) (string, error) {
	t.Helper()
	db, err := Open(main, wal)
	if err != nil {
		return "", err
	}
	defer db.Close()
	out := ""
	err = db.Rows(context.Background(), "t", []string{"a", "b"}, func(row []any) error {
		out += fmt.Sprintf("%v=%v ", row[0], row[1])
		return nil
	})
	return out, err
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name string
		wal  []byte
		want string
	}{
		{"without its log", nil, "1=old "},
		{"with its log", file(t, "base.db-wal"), "1=new 2=two "},
		{"with a log cut within the commit", file(t, "base.db-wal")[:700], "1=old "},
		{"with an empty log", []byte{}, "1=old "},
	} {
		if got, err := rows(t, file(t, "base.db"), c.wal); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

// TestSpoiledLog: a frame whose checksum is wrong, and what follows, never counts.
func TestSpoiledLog(t *testing.T) {
	wal := file(t, "base.db-wal")
	wal[walHeader+frameHeader+10] ^= 1
	if got, err := rows(t, file(t, "base.db"), wal); err != nil || got != "1=old " {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestOnlyPlainTables(t *testing.T) {
	db, err := Open(file(t, "base.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"v", "nothing", "sqlite_master"} {
		if err := db.Rows(context.Background(), table, []string{"a"}, func([]any) error { return nil }); !errors.Is(err, ErrNoTable) {
			t.Errorf("%s: %v", table, err)
		}
	}
	if err := db.Rows(context.Background(), "t", []string{"c"}, nil); !errors.Is(err, ErrNoTable) {
		t.Errorf("a column that is not there: %v", err)
	}
}

func TestBroken(t *testing.T) {
	whole := file(t, "base.db")
	for _, n := range []int{0, 99, 100, 1024, len(whole) - 1} {
		if got, err := rows(t, bytes.Clone(whole[:n]), nil); err == nil {
			t.Errorf("the first %d of %d bytes read as %q", n, len(whole), got)
		}
	}
	noise := bytes.Repeat([]byte{0xa5}, 4096)
	if _, err := Open(noise, nil); !errors.Is(err, ErrForm) {
		t.Errorf("noise: %v", err)
	}
	copy(noise, whole[:100])
	if got, err := rows(t, noise, nil); err == nil {
		t.Errorf("noise behind a header reads as %q", got)
	}
	if _, err := rows(t, file(t, "base.db"), bytes.Repeat([]byte{1}, 100)); !errors.Is(err, ErrForm) {
		t.Errorf("a log of noise: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(file(f, "base.db"), file(f, "base.db-wal"))
	f.Add(file(f, "base.db"), []byte{})
	f.Fuzz(func(t *testing.T, main, wal []byte) { _, _ = rows(t, main, wal) })
}

func BenchmarkOpen(b *testing.B) {
	main := file(b, "base.db")
	for b.Loop() {
		if _, err := rows(b, bytes.Clone(main), nil); err != nil {
			b.Fatal(err)
		}
	}
}
