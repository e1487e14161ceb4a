package system

import (
	"errors"
	"io/fs"
	"strings"

	"huddleguard/checks/format/regf"
)

// openHive stands between this package and the format of hives.
func openHive(data []byte) (hive, error) {
	h, err := regf.Open(data)
	if err != nil {
		return nil, because("cannot be read as a registry hive", err)
	}
	if h.Dirty {
		return nil, because("was not closed by Windows, so what is newest stands in its log", nil)
	}
	return openedHive{h}, nil
}

// openedHive is an open hive in the words of this package.
type openedHive struct{ *regf.Hive }

func (h openedHive) key(path []string) (Key, error) {
	k, err := h.Hive.Key(strings.Join(path, `\`))
	if err != nil {
		return nil, fromHive(err)
	}
	return hiveKey{k}, nil
}

func fromHive(err error) error {
	if errors.Is(err, regf.ErrNotFound) {
		return fs.ErrNotExist
	}
	return because("cannot be read as a registry hive", err)
}

// hiveKey is a key of an open hive.
type hiveKey struct{ *regf.Key }

func (k hiveKey) Subkeys() ([]string, error) {
	keys, err := k.Key.Subkeys()
	if err != nil {
		return nil, fromHive(err)
	}
	names := make([]string, len(keys))
	for i := range keys {
		names[i] = keys[i].Name
	}
	return names, nil
}

func (k hiveKey) Names() ([]string, error) {
	values, err := k.Values()
	if err != nil {
		return nil, fromHive(err)
	}
	names := make([]string, len(values))
	for i := range values {
		names[i] = values[i].Name
	}
	return names, nil
}

func (k hiveKey) Value(name string) (any, error) {
	v, err := k.Key.Value(name)
	if err != nil {
		return nil, fromHive(err)
	}
	return v.Any(), nil
}
