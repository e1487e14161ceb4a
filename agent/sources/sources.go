// Package sources knows where an administrator's policy comes from on this
// system, and whether it may be believed: a file and its drop-ins that nobody
// but root could have written. Group policy and managed preferences are not
// looked at yet.
package sources

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"huddleguard/agent/state"
	"huddleguard/checks/format/strictyaml"
	"huddleguard/checks/policy"
)

// The names below Folder.
const (
	mainFile = "policy.yaml"
	dropIns  = "policy.d"
)

// Ignored is a file, or a folder of drop-ins, that was not believed.
type Ignored struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Loaded is a policy with where each member of it came from.
type Loaded struct {
	policy.Layer
	Files   []string  // what was read, in order
	Ignored []Ignored // must be said, never passed over
}

// Load reads the policy of a folder: policy.yaml, then policy.d/*.yaml in order
// of name. What is not believed is left out and listed. A file that is believed
// and cannot be read or decoded makes the whole an error, which says file, line
// and column: there is then no new policy, and the one in force stays.
func Load(dir string, whose state.Whose, known policy.Known) (Loaded, error) {
	l := loader{whose: whose, known: known}
	if err := l.file(filepath.Join(dir, mainFile)); err != nil {
		return Loaded{}, err
	}
	if err := l.folder(filepath.Join(dir, dropIns)); err != nil {
		return Loaded{}, err
	}
	return l.Loaded, nil
}

type loader struct {
	Loaded
	whose state.Whose
	known policy.Known
}

// ignore notes what was not believed, and passes on every other error.
func (l *loader) ignore(err error) error {
	var u *state.Untrusted
	if !errors.As(err, &u) {
		return err
	}
	l.Ignored = append(l.Ignored, Ignored{u.Path, u.Why})
	return nil
}

func (l *loader) folder(dir string) error {
	err := state.TrustedFolder(dir, l.whose)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return l.ignore(err)
	}
	entries, err := os.ReadDir(dir) // in order of name
	if err != nil {
		return fmt.Errorf("listing drop-ins: %w", err)
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case strings.HasSuffix(e.Name(), ".yaml"):
			if err := l.file(name); err != nil {
				return err
			}
		case strings.HasSuffix(e.Name(), ".yml"):
			l.Ignored = append(l.Ignored, Ignored{name, "does not end in .yaml"})
		}
	}
	return nil
}

// file adds one file to what was read before it.
func (l *loader) file(name string) error {
	f, err := state.OpenTrusted(name, l.whose)
	if errors.Is(err, fs.ErrNotExist) && !isThere(name) { // a link that leads nowhere is a fault
		return nil
	}
	if err != nil {
		return l.ignore(err)
	}
	defer f.Close()
	layer, err := decode(name, f, l.known)
	if err != nil {
		return err
	}
	l.Layer = policy.Merge(l.Layer, layer)
	l.Files = append(l.Files, name)
	return nil
}

func isThere(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// File reads one policy file that whoever asks has named: it is believed as it is.
func File(name string, known policy.Known) (Loaded, error) {
	f, err := os.Open(name)
	if err != nil {
		return Loaded{}, err
	}
	defer f.Close()
	layer, err := decode(name, f, known)
	if err != nil {
		return Loaded{}, err
	}
	return Loaded{Layer: layer, Files: []string{name}}, nil
}

func decode(name string, from io.Reader, known policy.Known) (policy.Layer, error) {
	data, err := io.ReadAll(io.LimitReader(from, strictyaml.MaxSize+1))
	if err != nil {
		return policy.Layer{}, fmt.Errorf("reading a policy: %w", err)
	}
	return policy.Decode(name, data, known)
}
