package enforce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"huddleguard/agent/harden/plan"
)

// TestManyProcesses: a person who starts thousands of processes does not have
// root hold as many open.
func TestManyProcesses(t *testing.T) {
	x := newExits(context.Background())
	var pids []int
	for pid := range 10_000 {
		pids = append(pids, 1<<30+pid) // none of them is there
	}
	x.await([]plan.Change{{Waits: []plan.Wait{{Kind: plan.WaitRunning, PIDs: pids[:maxAwaited]}}}})
	if x.blind() {
		t.Error("the end of some processes cannot be told")
	}
	x.await([]plan.Change{{Waits: []plan.Wait{{Kind: plan.WaitRunning, PIDs: pids}}}})
	if !x.blind() {
		t.Error("ten thousand processes are waited for")
	}
}

// TestManyFolders: what is not watched any more is said.
func TestManyFolders(t *testing.T) {
	w, err := newWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dir := t.TempDir()
	var files []Place
	for i := range maxFolders + 1 {
		files = append(files, Place{Path: filepath.Join(dir, fmt.Sprint(i%2), "file")})
	}
	if _, err := w.set(files); err != nil {
		t.Error(err)
	}
	for i := range maxFolders {
		if err := os.MkdirAll(filepath.Join(dir, "of", fmt.Sprint(i)), 0o700); err != nil {
			t.Fatal(err)
		}
		files[i] = Place{Path: filepath.Join(dir, "of", fmt.Sprint(i), "file")}
	}
	if _, err := w.set(files); !errors.Is(err, errMany) {
		t.Errorf("one folder too many: %v", err)
	}
}
