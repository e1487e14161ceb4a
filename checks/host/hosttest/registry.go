package hosttest

import (
	"fmt"
	"slices"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/hosttest/regtext"
	"huddleguard/checks/host/system"
)

// registryKey is a key of a recorded registry. Names keep how they are
// written, and match without regard to case.
type registryKey struct {
	name   string
	keys   map[string]*registryKey // by folded name
	values map[string]registryValue
}

type registryValue struct {
	name string
	data any
}

func newKey(name string) *registryKey {
	return &registryKey{name: name, keys: map[string]*registryKey{}, values: map[string]registryValue{}}
}

// regeditHeader may be left out where the first line is a key.
const regeditHeader = "Windows Registry Editor Version 5.00\n\n"

// readRegistry takes a section of regedit's text. Its keys begin with
// HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER, or HKLM or HKCU in short.
func readRegistry(text string) (*registryKey, error) {
	if strings.HasPrefix(text, "[") {
		text = regeditHeader + text
	}
	keys, err := regtext.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	root := newKey("")
	for path, values := range keys {
		top, rest, _ := strings.Cut(path, `\`)
		if !slices.Contains([]string{"HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", system.HKLM, system.HKCU}, top) {
			return nil, fmt.Errorf("the key %s begins with no root", path)
		}
		k := root
		for _, name := range keyPath(rest) {
			k = k.make(name)
		}
		for name, v := range values {
			k.values[strings.ToUpper(name)] = registryValue{name, v.Data}
		}
	}
	return root, nil
}

func keyPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '\\' })
}

func (k *registryKey) make(name string) *registryKey {
	folded := strings.ToUpper(name)
	if k.keys[folded] == nil {
		k.keys[folded] = newKey(name)
	}
	return k.keys[folded]
}

func (k *registryKey) find(path []string) (*registryKey, error) {
	for _, name := range path {
		if k = k.keys[strings.ToUpper(name)]; k == nil {
			return nil, system.ErrNotExist
		}
	}
	return k, nil
}

func (k *registryKey) Subkeys() ([]string, error) {
	var names []string
	for _, sub := range k.keys {
		names = append(names, sub.name)
	}
	slices.Sort(names)
	return names, nil
}

func (k *registryKey) Names() ([]string, error) {
	var names []string
	for _, v := range k.values {
		names = append(names, v.name)
	}
	slices.Sort(names)
	return names, nil
}

func (k *registryKey) Value(name string) (any, error) {
	v, ok := k.values[strings.ToUpper(name)]
	if !ok {
		return nil, system.ErrNotExist
	}
	return v.data, nil
}

// Registry opens a key of the text; a root that the archive has not is empty.
func (r *recorded) Registry(root string, home *system.Home, path string) (system.Key, error) {
	section := root + ".reg"
	switch {
	case r.OS != fact.Windows:
		return nil, system.ErrNotHere
	case root == system.HKCU && home != nil:
		section = "HKCU-" + home.Name + ".reg"
	case root != system.HKLM:
		return nil, refused("is in no part of the registry that is read here")
	}
	if err := unreadable(r.sections[section]); err != nil {
		return nil, err
	}
	top, ok := r.registry[section]
	if !ok {
		return nil, system.ErrNotExist
	}
	k, err := top.find(top.controlSet(keyPath(path)))
	if err != nil {
		return nil, err // and not a nil key in an interface
	}
	return k, nil
}

// controlSet puts the control set in use where a path goes through the link
// Windows has to it, unless the text has the link itself.
func (k *registryKey) controlSet(path []string) []string {
	if len(path) < 2 || !strings.EqualFold(path[0], "SYSTEM") || !strings.EqualFold(path[1], "CurrentControlSet") {
		return path
	}
	if _, err := k.find(path[:2]); err == nil {
		return path
	}
	selected, err := k.find([]string{"SYSTEM", "Select"})
	if err != nil {
		return path
	}
	number, _ := selected.Value("Current")
	return append([]string{path[0], fmt.Sprintf("ControlSet%03d", number)}, path[2:]...)
}
