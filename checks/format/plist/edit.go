package plist

import (
	"bytes"
	"errors"
	"fmt"

	"huddleguard/checks/format/keypath"
)

// Entry names a value below a list's top. Fold takes names that differ in case
// only where none is the same.
type Entry struct {
	Path []string // at least one name
	Fold bool
}

// errBack means that a change could not be taken back to the byte.
func errBack(why string) error { return fmt.Errorf("cannot be put back exactly: %s", why) }

var (
	errNoDictionary = errors.New("stands below a value that is no dictionary")
	errNoText       = errors.New("a value that has no form as XML of its own")
)

// Raw is a value as an XML element: in the XML form as it stands there, in the
// binary form as it would. So it can be put back after a program wrote the list
// in the other form. A dictionary of a binary list has none.
func Raw(data []byte, e Entry) (raw []byte, ok bool, err error) {
	top, err := Parse(data)
	if err != nil {
		return nil, false, err
	}
	v, ok := keypath.Lookup(top, e.Path, e.Fold)
	if !ok {
		return nil, false, nil
	}
	if isBinary(data) {
		raw, err = EncodeXML(v)
		return raw, err == nil, err
	}
	x, err := parseText(data)
	if err != nil {
		return nil, false, err
	}
	raw, ok = x.raw(e)
	return raw, ok, nil
}

// Set gives the list with a value, an XML element, in the place of another or
// behind its neighbours. In the XML form all else stays as it is. A binary list
// is written anew, with the order and the sizes it has; what is not written as
// known programs do is refused. The caller has to read the value again: what is
// not one element gives another list.
func Set(data []byte, e Entry, raw []byte) ([]byte, error) {
	if _, err := Parse(data); err != nil {
		return nil, err
	}
	if isBinary(data) {
		return setBinary(data, e, raw)
	}
	x, err := parseText(data)
	if err != nil {
		return nil, err
	}
	return x.set(e, raw)
}

// Cut gives the list without a key and its value.
func Cut(data []byte, e Entry) ([]byte, error) {
	if _, err := Parse(data); err != nil {
		return nil, err
	}
	if isBinary(data) {
		return cutBinary(data, e)
	}
	x, err := parseText(data)
	if err != nil {
		return nil, err
	}
	return x.cut(e), nil
}

func isBinary(data []byte) bool { return bytes.HasPrefix(data, []byte("bplist0")) }

// index is the number of the name that stands for the wanted one.
func index(names []string, wanted string, fold bool) (i int, ok bool) {
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name] = i
	}
	name, ok := keypath.Member(at, wanted, fold)
	return at[name], ok
}
