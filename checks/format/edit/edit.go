// Package edit changes one entry of a settings file and leaves every other
// byte as it is: bytes in, bytes out. The names it finds are those that
// checks/host reads, because both rest on the same readers.
//
// A file that its reader refuses is refused here too and never mended, and
// what cannot be changed safely is left alone with a reason. After each change
// the result is read again before it is given out. No error quotes a file.
package edit

import (
	"bytes"
	"errors"
	"fmt"

	"huddleguard/checks/fact"
)

// Format edits files of one form. Nothing here keeps or changes the bytes it
// is given.
type Format interface {
	// Find gives the entry at a place: raw as it is written, and the value the
	// collector would read. An entry that is written and stands for nothing
	// (JSON's null) has a raw and is not present.
	Find(data []byte, at fact.At) (raw []byte, value any, present bool, err error)
	// Set replaces the entry, or adds it, together with the section or the
	// objects it belongs in.
	Set(data []byte, at fact.At, raw []byte) ([]byte, error)
	// Cut takes the entry out, each time it occurs. What it stood in stays.
	Cut(data []byte, at fact.At) ([]byte, error)
	// Encode writes a value (bool, number, string, list of strings) in the
	// notation of like, which is what stands there now or nil.
	Encode(value any, at fact.At, like []byte) ([]byte, error)
	// Blank is what a new file starts with.
	Blank() []byte
}

// For is the format of a store's files.
func For(store string) (Format, bool) {
	f, ok := formats[store]
	return checked{f}, ok
}

var formats = map[string]Format{
	"ini":     iniFiles{},
	"keyfile": keyFiles{},
	"flatpak": keyFiles{},
	"json":    jsonFiles{},
	"plist":   plistFiles{},
	"yaml":    yamlFiles{},
}

// ErrUnsafe means that a file can be read, and not changed without a risk to
// the rest of it or to the way back.
var ErrUnsafe = errors.New("cannot be edited safely")

// unsafe is ErrUnsafe with the reason. It must not quote the file.
func unsafe(why string) error { return fmt.Errorf("%w: %s", ErrUnsafe, why) }

// checked reads each result again.
type checked struct{ Format }

func (c checked) Set(data []byte, at fact.At, raw []byte) ([]byte, error) {
	before, _, _, err := c.Find(data, at)
	if err != nil {
		return nil, err
	}
	if before != nil && bytes.Equal(before, raw) {
		return bytes.Clone(data), nil
	}
	out, err := c.Format.Set(data, at, raw)
	if err != nil {
		return nil, err
	}
	if got, _, _, err := c.Find(out, at); err != nil || got == nil || !c.same(got, raw) {
		return nil, unsafe("what was to be written does not read back")
	}
	return out, nil
}

// same tells whether two entries are written alike, or alike enough for their
// format.
func (c checked) same(a, b []byte) bool {
	f, ok := c.Format.(interface{ same(a, b []byte) bool })
	return bytes.Equal(a, b) || ok && f.same(a, b)
}

func (c checked) Cut(data []byte, at fact.At) ([]byte, error) {
	before, _, _, err := c.Find(data, at)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return bytes.Clone(data), nil
	}
	out, err := c.Format.Cut(data, at)
	if err != nil {
		return nil, err
	}
	if got, _, _, err := c.Find(out, at); err != nil || got != nil {
		return nil, unsafe("what was to be taken out still reads")
	}
	return out, nil
}
