package main

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestWorkerWords: a worker, which works in another folder, is told the same
// files that root named.
func TestWorkerWords(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if dir, _ = filepath.EvalSymlinks(dir); dir == "" {
		t.Fatal("no folder")
	}
	f := &deskFlags{source: source{pages: "pages"}, decided: decided{policy: "../policy.yaml", profile: "strict"}, advisories: advisoryData{dir: "/srv/advisories"}}
	want := []string{"--actor", "root", "--profile", "strict", "--catalogue", filepath.Join(dir, "pages"),
		"--policy", filepath.Join(filepath.Dir(dir), "policy.yaml"), "--advisories", "/srv/advisories"}
	if got, err := f.workerWords("root"); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	f = &deskFlags{source: source{pages: defaultPages}}
	if got, err := f.workerWords("policy"); err != nil || !slices.Equal(got, []string{"--actor", "policy"}) {
		t.Errorf("%q, %v", got, err)
	}
}
