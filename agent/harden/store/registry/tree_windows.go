package registry

import (
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

// tree is a key with everything beneath it, in order of name, so that the same
// key gives the same bytes.
type tree struct {
	Name   string  `json:"name"`
	Rights string  `json:"rights,omitempty"`
	Values []named `json:"values,omitempty"`
	Keys   []tree  `json:"keys,omitempty"`
}

type named struct {
	Name  string `json:"name"`
	Value value  `json:"value"`
}

// walk is a reading of a tree, with what it may still take.
type walk struct{ keys, bytes int }

func (w *walk) read(parent registry.Key, path, name string, depth int) (tree, error) {
	k, err := open(parent, path, registry.READ)
	if err != nil {
		return tree{}, err
	}
	defer k.Close()
	if w.keys--; w.keys < 0 || depth > maxDepth {
		return tree{}, errLarge
	}
	t := tree{Name: name}
	if t.Rights, err = rightsOf(k); err == nil {
		t.Values, err = w.values(k)
	}
	if err != nil {
		return tree{}, err
	}
	names, err := k.ReadSubKeyNames(-1)
	if err != nil {
		return tree{}, fmt.Errorf("listing the keys: %w", err)
	}
	slices.Sort(names)
	for _, n := range names {
		child, err := w.read(k, n, n, depth+1)
		if err != nil {
			return tree{}, err
		}
		t.Keys = append(t.Keys, child)
	}
	return t, nil
}

var errSecret = errors.New("holds a value that can be a secret, and is not read into the journal")

func (w *walk) values(k registry.Key) ([]named, error) {
	names, err := k.ReadValueNames(-1)
	if err != nil {
		return nil, fmt.Errorf("listing the values: %w", err)
	}
	slices.Sort(names)
	var values []named
	for _, n := range names {
		if harden.Secret(fact.At{Store: "registry", Key: n}) {
			return nil, errSecret
		}
		v, err := get(k, n)
		if err != nil {
			return nil, fmt.Errorf("reading a value: %w", err)
		}
		if harden.HoldsSecret(v.decode()) {
			return nil, errSecret
		}
		if w.bytes -= len(v.Data); w.bytes < 0 {
			return nil, errLarge
		}
		values = append(values, named{n, v})
	}
	return values, nil
}

// readTree gives a whole key.
func readTree(root registry.Key, path string) (plan.Standing, error) {
	_, name := split(path)
	t, err := (&walk{maxKeys, maxTree}).read(root, path, name, 0)
	if gone(err) {
		return plan.Standing{}, nil
	}
	if err != nil {
		return plan.Standing{}, err
	}
	raw, err := json.Marshal(t)
	return plan.Standing{Present: true, Raw: raw}, err
}

func split(path string) (parent, name string) {
	i := strings.LastIndex(path, `\`)
	return path[:i], path[i+1:]
}

// aside is the name under which a key is taken apart and built up.
func aside(name string) string { return name + ".huddleguard" }

// takeOut takes out a whole key.
func takeOut(root registry.Key, path string) error {
	parent, name := split(path)
	k, err := open(root, parent, registry.READ|registry.WRITE)
	if err != nil {
		return fmt.Errorf("opening the key above: %w", err)
	}
	defer k.Close()
	if err := remove(k, aside(name), 0); err != nil {
		return err
	}
	if err := rename(k, name, aside(name)); err != nil {
		return err
	}
	return errors.Join(remove(k, aside(name), 0), flush(k))
}

// putBack puts a whole key back where nothing stands now.
func putBack(root registry.Key, path string, raw []byte) error {
	var t tree
	parent, name := split(path)
	if err := json.Unmarshal(raw, &t); err != nil || !strings.EqualFold(t.Name, name) {
		return errStep
	}
	k, _, err := registry.CreateKey(root, parent, registry.READ|registry.WRITE|view)
	if err != nil {
		return fmt.Errorf("opening the key above: %w", err)
	}
	defer k.Close()
	if err := remove(k, aside(name), 0); err != nil {
		return err
	}
	t.Name = aside(name)
	err = build(k, t)
	if err == nil {
		err = rename(k, t.Name, name)
	}
	if err != nil {
		return errors.Join(err, remove(k, t.Name, 0))
	}
	return flush(k)
}

// build makes a key with everything beneath it.
func build(parent registry.Key, t tree) error {
	k, _, err := registry.CreateKey(parent, t.Name, registry.READ|registry.WRITE|writeRights|view)
	if err != nil {
		return fmt.Errorf("making the key: %w", err)
	}
	defer k.Close()
	for _, v := range t.Values {
		if err := set(k, v.Name, v.Value); err != nil {
			return err
		}
	}
	for _, child := range t.Keys {
		if err := build(k, child); err != nil {
			return err
		}
	}
	if t.Rights != "" {
		return giveRights(k, t.Rights)
	}
	return nil
}

// writeRights is the right to change a key's rights (WRITE_DAC).
const writeRights = 0x40000

// remove takes a key apart. One that is not there is no error; a link is not
// followed, and is one.
func remove(parent registry.Key, name string, depth int) error {
	k, err := open(parent, name, registry.READ|registry.WRITE)
	switch {
	case gone(err):
		return nil
	case err != nil:
		return fmt.Errorf("opening a key to take it out: %w", err)
	case depth > 2*maxDepth:
		k.Close()
		return errLarge
	}
	names, err := k.ReadSubKeyNames(-1)
	for _, n := range names {
		err = errors.Join(err, remove(k, n, depth+1))
	}
	k.Close()
	if err != nil {
		return err
	}
	if err := registry.DeleteKey(parent, name); err != nil && !gone(err) {
		return fmt.Errorf("taking out a key: %w", err)
	}
	return nil
}
