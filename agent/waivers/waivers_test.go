package waivers

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"huddleguard/checks/policy"
)

func store(t *testing.T) Store {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: nothing is trusted there yet")
	}
	return Store{filepath.Join(t.TempDir(), "a", "huddleguard")}
}

func made(check, reason string) policy.Waiver {
	return policy.Waiver{Check: check, Reason: reason, Owner: "asha", Until: "2027-01-31", Made: "2026-11-24"}
}

func TestStore(t *testing.T) {
	s, ctx := store(t), context.Background()
	if list, err := s.Load(); list != nil || err != nil {
		t.Fatalf("before anything was waived: %v, %v", list, err)
	}
	a, b, again := made("zoom/a/b", "first"), made("zoom/c/d|copy|asha", "second"), made("zoom/a/b", "third")
	for _, w := range []policy.Waiver{a, b, again} {
		if err := s.Add(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := s.Load(); err != nil || !reflect.DeepEqual(list, []policy.Waiver{b, again}) {
		t.Errorf("got %v, %v", list, err)
	}
	had, err := s.Remove(ctx, "zoom/a/b", "zoom/x/y")
	if err != nil || !reflect.DeepEqual(had, []string{"zoom/a/b"}) {
		t.Errorf("taken away %v, %v", had, err)
	}
	if list, err := s.Load(); err != nil || !reflect.DeepEqual(list, []policy.Waiver{b}) {
		t.Errorf("got %v, %v", list, err)
	}
	for name, want := range map[string]os.FileMode{s.Dir: 0o700, filepath.Join(s.Dir, fileName): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestBadFiles: what no waive wrote waives nothing, and is not overwritten.
func TestBadFiles(t *testing.T) {
	for name, text := range map[string]string{
		"cut":             `{"schema":"huddleguard.waivers/1","waivers":[`,
		"another schema":  `{"schema":"x","waivers":[]}`,
		"without an end":  `{"schema":"huddleguard.waivers/1","waivers":[{"check":"a/b/c","made":"2026-11-24"}]}`,
		"without a start": `{"schema":"huddleguard.waivers/1","waivers":[{"check":"a/b/c","until":"2026-11-24"}]}`,
	} {
		s := store(t)
		file := filepath.Join(s.Dir, fileName)
		if err := os.MkdirAll(s.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Load(); err == nil || list != nil {
			t.Errorf("%s: %v", name, list)
		}
		if err := s.Add(context.Background(), made("a/b/c", "r")); err == nil {
			t.Errorf("%s: it is overwritten", name)
		}
		if data, err := os.ReadFile(file); err != nil || string(data) != text {
			t.Errorf("%s: it holds %q now, %v", name, data, err)
		}
	}
	s := store(t)
	if err := s.Add(context.Background(), made("a/b/c", "r")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(s.Dir, fileName), 0o666); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Load(); err == nil {
		t.Errorf("a file that others can write to waives %v", list)
	}
}

// TestAtOnce: of many that waive at once, none is lost.
func TestAtOnce(t *testing.T) {
	s := store(t)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			if err := s.Add(context.Background(), made("a/b/"+string(rune('a'+i)), "r")); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if list, err := s.Load(); err != nil || len(list) != 8 {
		t.Errorf("%d are left, %v", len(list), err)
	}
}

// TestSchema holds the file, which is also what the list prints, against its
// published schema.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/waivers.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s := store(t)
	if err := s.Add(context.Background(), made("a/b/c", "r")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{string(data): true, `{"schema":"huddleguard.waivers/1","waivers":null}`: false,
		`{"schema":"huddleguard.waivers/1","waivers":[{"check":"a/b/c","reason":"r","owner":"o","until":"2027-01-31"}]}`: false} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
