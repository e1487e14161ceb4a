package enforce

import (
	"context"
	"errors"
	"fmt"
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
	var files []string
	for i := range maxFolders + 1 {
		files = append(files, filepath.Join(dir, fmt.Sprint(i%2), "file"))
	}
	if err := w.watch(files); err != nil {
		t.Error(err)
	}
	wanted := map[string]map[string]bool{}
	for i := range maxFolders {
		wanted[fmt.Sprintf("/none/%d", i)] = map[string]bool{}
	}
	if err := w.set([]string{filepath.Join(dir, "file")}, wanted); !errors.Is(err, errMany) {
		t.Errorf("one folder too many: %v", err)
	}
}
