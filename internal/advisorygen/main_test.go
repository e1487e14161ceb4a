package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const pkg = "../../checks/advisory"

// TestCommittedDatabase wants the committed database to be what the command
// makes of the reviewed records and the coverage that are committed.
func TestCommittedDatabase(t *testing.T) { remake(t, "") }

// TestDatabaseOfPublishedRecords makes it from the published records as well.
func TestDatabaseOfPublishedRecords(t *testing.T) {
	data := os.Getenv("HUDDLEGUARD_ADVISORY_DATA")
	if data == "" {
		t.Skip("NOT RUN: HUDDLEGUARD_ADVISORY_DATA names no folder of published records")
	}
	remake(t, data)
}

func remake(t *testing.T, data string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "reviewed"), os.DirFS(filepath.Join(pkg, "reviewed"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"coverage.yaml", "builtin.tsv"} {
		b, err := os.ReadFile(filepath.Join(pkg, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(filepath.Join(pkg, "builtin.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(data, dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "builtin.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("builtin.tsv is not what the command makes; make it anew: make advisories")
	}
}
