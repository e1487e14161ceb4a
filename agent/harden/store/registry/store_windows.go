package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/windows/registry"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Store is one part of the registry: the machine's, or that of the person who
// runs.
type Store struct {
	word string
	root registry.Key
}

var _ harden.Store = (*Store)(nil)

// ForMachine is the machine's part.
func ForMachine() *Store { return &Store{"HKLM", registry.LOCAL_MACHINE} }

// ForPerson is the part of the person who runs.
func ForPerson() *Store { return &Store{"HKCU", registry.CURRENT_USER} }

// Read gives a value, or a whole key.
func (s *Store) Read(_ context.Context, at fact.At) (plan.Standing, error) {
	p, err := placeOf(at, s.word)
	if err != nil {
		return plan.Standing{}, err
	}
	return s.read(p)
}

func (s *Store) read(p place) (plan.Standing, error) {
	if p.whole {
		return readTree(s.root, p.path)
	}
	k, err := open(s.root, p.path, registry.QUERY_VALUE)
	if gone(err) {
		return plan.Standing{}, nil
	}
	if err != nil {
		return plan.Standing{}, fmt.Errorf("opening the key: %w", err)
	}
	defer k.Close()
	v, err := get(k, p.name)
	if gone(err) {
		return plan.Standing{}, nil
	}
	if err != nil {
		return plan.Standing{}, fmt.Errorf("reading the value: %w", err)
	}
	return v.standing(), nil
}

// undo is what taking a step back needs to know.
type undo struct {
	// Made are the keys that were not there and have to be made, from the top.
	Made []string `json:"made,omitempty"`
}

// Prepare draws up the step to a value, or to nothing.
func (s *Store) Prepare(_ context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	p, err := placeOf(at, s.word)
	if err != nil {
		return plan.Step{}, err
	}
	step := plan.Step{Prior: now}
	if p.whole && want.State != fact.Absent {
		// What is wanted stands there as it is, or cannot be made of nothing.
		if !now.Present {
			return plan.Step{}, errors.New("a whole key cannot be made")
		}
		step.Written = now
	} else if step.Written, err = prepare(now, want); err != nil {
		return plan.Step{}, err
	}
	var u undo
	if step.Written.Present && !now.Present {
		if u.Made, err = s.missing(p.path); err != nil {
			return plan.Step{}, err
		}
	}
	step.Undo, err = json.Marshal(u)
	return step, err
}

// missing lists the keys of a path that are not there, from the top.
func (s *Store) missing(path string) ([]string, error) {
	var missing []string
	for path != "" {
		k, err := open(s.root, path, registry.QUERY_VALUE)
		if err == nil {
			k.Close()
			break
		}
		if !gone(err) {
			return nil, fmt.Errorf("opening the key: %w", err)
		}
		missing = append(missing, path)
		path = path[:max(strings.LastIndex(path, `\`), 0)]
	}
	slices.Reverse(missing)
	return missing, nil
}

// Do writes the value, or takes it or the whole key out.
func (s *Store) Do(_ context.Context, at fact.At, step plan.Step) error {
	return s.swap(at, step, step.Prior, step.Written)
}

// Undo puts back what stood there.
func (s *Store) Undo(_ context.Context, at fact.At, step plan.Step) error {
	return s.swap(at, step, step.Written, step.Prior)
}

func (s *Store) swap(at fact.At, step plan.Step, from, to plan.Standing) error {
	p, err := placeOf(at, s.word)
	if err != nil {
		return err
	}
	now, err := s.read(p)
	switch {
	case err != nil:
		return err
	case !now.Same(from):
		return harden.ErrMoved
	case now.Same(to):
		return nil
	case p.whole && to.Present:
		return putBack(s.root, p.path, to.Raw)
	case p.whole:
		return takeOut(s.root, p.path)
	case to.Present:
		return s.write(p, to)
	}
	if err := s.cut(p); err != nil {
		return err
	}
	return s.unmake(step)
}

func (s *Store) write(p place, to plan.Standing) error {
	v, err := parse(to)
	if err != nil {
		return err
	}
	k, _, err := registry.CreateKey(s.root, p.path, registry.SET_VALUE|view)
	if err != nil {
		return fmt.Errorf("opening the key to write: %w", err)
	}
	defer k.Close()
	if err := set(k, p.name, v); err != nil {
		return err
	}
	return flush(k)
}

func (s *Store) cut(p place) error {
	k, err := open(s.root, p.path, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("opening the key to write: %w", err)
	}
	defer k.Close()
	if err := k.DeleteValue(p.name); err != nil && !gone(err) {
		return fmt.Errorf("taking out the value: %w", err)
	}
	return flush(k)
}

// unmake takes out the keys that a step made, from the bottom, as far as there
// is nothing in them.
func (s *Store) unmake(step plan.Step) error {
	var u undo
	if err := json.Unmarshal(step.Undo, &u); err != nil {
		return errStep
	}
	for _, path := range slices.Backward(u.Made) {
		k, err := open(s.root, path, registry.READ)
		if gone(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("opening a key that was made: %w", err)
		}
		info, err := k.Stat()
		k.Close()
		if err != nil || info.SubKeyCount > 0 || info.ValueCount > 0 {
			return err
		}
		if err := registry.DeleteKey(s.root, path); err != nil && !gone(err) {
			return fmt.Errorf("taking out a key that was made: %w", err)
		}
	}
	return nil
}

// Settle takes out keys that were made and have nothing in them, and what is
// left of a whole key under its other name.
func (s *Store) Settle(_ context.Context, at fact.At, step plan.Step) error {
	p, err := placeOf(at, s.word)
	if err != nil {
		return err
	}
	if !p.whole {
		return s.unmake(step)
	}
	parent, name := split(p.path)
	k, err := open(s.root, parent, registry.READ|registry.WRITE)
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the key above: %w", err)
	}
	defer k.Close()
	return remove(k, aside(name), 0)
}
