package tcc

import (
	"context"
	"errors"
	"os"
	"testing"

	"huddleguard/checks/format/sqlite"
)

// The databases have the columns of three generations of macOS, and the same
// four grants; they were made by hand after published schemas.
func read(t *testing.T, name string) []Grant {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	grants, err := Read(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return grants
}

func TestThreeGenerations(t *testing.T) {
	for _, name := range []string{"10.15.db", "11-13.db", "14plus.db"} {
		grants := read(t, name)
		if len(grants) != 4 {
			t.Errorf("%s: %d grants", name, len(grants))
			continue
		}
		g := grants[0]
		if g.Service != "kTCCServiceCamera" || g.Client != "us.zoom.xos" || g.ClientIsPath || g.LastModified.Unix() != 1790000000 {
			t.Errorf("%s: got %+v", name, g)
		}
	}
}

func TestNoPrivacyDatabase(t *testing.T) {
	data, err := os.ReadFile("../mozperms/testdata/permissions.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := Read(context.Background(), db); !errors.Is(err, ErrForm) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"10.15.db", "14plus.db"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if db, err := sqlite.Open(data, nil); err == nil {
			_, _ = Read(context.Background(), db)
			db.Close()
		}
	})
}
