// Package waivers keeps the waivers that a person made: one small file among
// their own data. An administrator's stand in the policy.
package waivers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"huddleguard/agent/state"
	"huddleguard/checks/policy"
)

// Schema names the JSON form of the file.
const Schema = "huddleguard.waivers/1"

// List is what the file holds.
type List struct {
	Schema  string          `json:"schema"`
	Waivers []policy.Waiver `json:"waivers"`
}

const (
	fileName = "waivers.json"
	maxSize  = 1 << 20 // bytes; a thousand waivers have some hundred thousand
)

// Store is the folder of whoever waives.
type Store struct{ Dir string }

// Load reads the waivers; there being none is no error. A file that somebody
// else could have written is one.
func (s Store) Load() ([]policy.Waiver, error) {
	f, err := state.OpenTrusted(filepath.Join(s.Dir, fileName), state.RootOrOwn)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading waivers: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	var list List
	if err == nil && len(data) > maxSize {
		err = errors.New("the file is too large")
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err == nil {
		err = list.check()
	}
	if err != nil {
		return nil, fmt.Errorf("reading waivers from %s: %w", f.Name(), err)
	}
	return list.Waivers, nil
}

// check refuses what no waive wrote: a waiver without its days would hold for ever.
func (l *List) check() error {
	if l.Schema != Schema {
		return fmt.Errorf("the schema is %q, not %q", l.Schema, Schema)
	}
	for i := range l.Waivers {
		if w := &l.Waivers[i]; w.Check == "" || !w.Until.Valid() || !w.Made.Valid() {
			return fmt.Errorf("waiver %d lacks its check or a day", i+1)
		}
	}
	return nil
}

// Add keeps waivers; one of a check takes the place of the one before it.
func (s Store) Add(ctx context.Context, more ...policy.Waiver) error {
	return s.change(ctx, func(list []policy.Waiver) []policy.Waiver {
		for _, w := range more {
			list = append(without(list, w.Check), w)
		}
		return list
	})
}

// Remove takes the waivers of checks away, and says which of the checks had one.
func (s Store) Remove(ctx context.Context, checks ...string) (had []string, err error) {
	err = s.change(ctx, func(list []policy.Waiver) []policy.Waiver {
		for _, c := range checks {
			left := without(list, c)
			if len(left) < len(list) {
				had = append(had, c)
			}
			list = left
		}
		return list
	})
	if err != nil {
		return nil, err
	}
	return had, nil
}

func without(list []policy.Waiver, check string) []policy.Waiver {
	return slices.DeleteFunc(slices.Clone(list), func(w policy.Waiver) bool { return w.Check == check })
}

// change reads, changes and writes the file while nobody else does.
func (s Store) change(ctx context.Context, edit func([]policy.Waiver) []policy.Waiver) error {
	mode := os.FileMode(0o700)
	if s.Dir == state.Machine() {
		mode = 0o755 // it also holds what everybody may read
	}
	if err := os.MkdirAll(s.Dir, mode); err != nil {
		return fmt.Errorf("keeping waivers: %w", err)
	}
	unlock, err := state.Lock(ctx, s.Dir)
	if err != nil {
		return fmt.Errorf("keeping waivers: %w", err)
	}
	defer unlock()
	list, err := s.Load()
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(List{Schema, append([]policy.Waiver{}, edit(list)...)}, "", "  ")
	if err == nil {
		err = state.WriteBytes(filepath.Join(s.Dir, fileName), 0o600, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping waivers: %w", err)
	}
	return nil
}
