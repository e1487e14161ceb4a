// Package regf reads Windows registry hives from their files: SOFTWARE, SYSTEM,
// NTUSER.DAT, UsrClass.dat (layout after the public regf specification of the
// libregf project; seen 2026-11-23).
//
// A hive is a list of cells that name each other by offset. Every offset, size
// and count here comes from a file a person may have written, so each is
// checked, and a key is not followed twice on the way down.
package regf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
)

// Bounds on one hive.
const (
	maxSubkeys = 1 << 20
	maxValues  = 1 << 16
	maxData    = 8 << 20
	maxDepth   = 512
	maxLists   = 1 << 12 // lists of subkey lists
)

// ErrForm means that the bytes are not a hive, or not a whole one.
var ErrForm = errors.New("is not a whole registry hive")

// ErrNotFound means that a key or value is not there.
var ErrNotFound = errors.New("is not in the hive")

// base is where cells begin: behind the header.
const base = 4096

// Hive is an open hive.
type Hive struct {
	cells []byte
	root  uint32
	// Dirty is true where Windows had not finished writing: what is newest
	// lies in a log beside the hive, which is not read.
	Dirty bool
}

// Open opens a hive from its file's bytes, which it keeps.
func Open(data []byte) (*Hive, error) {
	if len(data) < base || string(data[:4]) != "regf" {
		return nil, ErrForm
	}
	if sum(data[:508]) != u32(data, 508) {
		return nil, fmt.Errorf("%w: its header does not add up", ErrForm)
	}
	size := u32(data, 40)
	if uint64(size)+base > uint64(len(data)) {
		return nil, fmt.Errorf("%w: it is cut off", ErrForm)
	}
	h := &Hive{cells: data[base : base+int(size)], root: u32(data, 36), Dirty: u32(data, 4) != u32(data, 8)}
	if _, err := h.key(h.root); err != nil {
		return nil, err
	}
	return h, nil
}

func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u16(b []byte, at int) int    { return int(binary.LittleEndian.Uint16(b[at:])) }

// sum is the checksum of the header: the words, one over the other.
func sum(b []byte) uint32 {
	var s uint32
	for i := 0; i < len(b); i += 4 {
		s ^= u32(b, i)
	}
	switch s {
	case 0:
		return 1
	case 1<<32 - 1:
		return 1<<32 - 2
	}
	return s
}

// cell is the content of the cell at an offset. A cell in use has a negative size.
func (h *Hive) cell(offset uint32) ([]byte, error) {
	if uint64(offset)+4 > uint64(len(h.cells)) {
		return nil, ErrForm
	}
	size := -int64(int32(u32(h.cells, int(offset))))
	if size < 4 || int64(offset)+size > int64(len(h.cells)) {
		return nil, ErrForm
	}
	return h.cells[offset+4 : int64(offset)+size], nil
}

// Key is one key.
type Key struct {
	hive      *Hive
	Name      string
	LastWrite time.Time
	cell      []byte
}

// Flags of key and value cells.
const compressed = 0x20 // a key's name is in Latin-1
const valueCompressed = 0x1

func (h *Hive) key(offset uint32) (*Key, error) {
	c, err := h.cell(offset)
	if err != nil {
		return nil, err
	}
	if len(c) < 76 || string(c[:2]) != "nk" {
		return nil, ErrForm
	}
	n := u16(c, 72)
	if 76+n > len(c) {
		return nil, ErrForm
	}
	return &Key{h, text(c[76:76+n], u16(c, 2)&compressed != 0), fileTime(binary.LittleEndian.Uint64(c[4:])), c}, nil
}

// text decodes a name: Latin-1, or UTF-16.
func text(b []byte, latin bool) string {
	if !latin {
		return utf16Text(b)
	}
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

func utf16Text(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(u16(b, 2*i))
	}
	return string(utf16.Decode(units))
}

// fileTime reads 100 ns since 1601.
func fileTime(t uint64) time.Time {
	const ticks, toUnix = 10_000_000, 11_644_473_600
	if t == 0 || t > 1<<62 {
		return time.Time{}
	}
	return time.Unix(int64(t/ticks)-toUnix, 0).UTC()
}

// Key finds a key below the root by names with backslashes between, without
// regard to case. An empty path is the root.
func (h *Hive) Key(path string) (*Key, error) {
	k, err := h.key(h.root)
	if err != nil {
		return nil, err
	}
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '\\' })
	if len(names) > maxDepth {
		return nil, ErrNotFound
	}
	for _, name := range names {
		if k, err = k.child(name); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *Key) child(name string) (*Key, error) {
	var found *Key
	err := k.each(func(c *Key) bool {
		if strings.EqualFold(c.Name, name) {
			found = c
		}
		return found == nil
	})
	if err == nil && found == nil {
		err = ErrNotFound
	}
	return found, err
}

// Subkeys lists the keys below.
func (k *Key) Subkeys() ([]*Key, error) {
	var keys []*Key
	err := k.each(func(c *Key) bool {
		keys = append(keys, c)
		return true
	})
	return keys, err
}

// each calls f for every key below until it says no.
func (k *Key) each(f func(*Key) bool) error {
	count := u32(k.cell, 20)
	if count == 0 {
		return nil
	}
	offsets, err := k.hive.list(u32(k.cell, 28), true)
	if err != nil {
		return err
	}
	if uint32(len(offsets)) != count {
		return ErrForm
	}
	for _, o := range offsets {
		c, err := k.hive.key(o)
		if err != nil {
			return err
		}
		if !f(c) {
			return nil
		}
	}
	return nil
}

// list reads a list of subkeys: lf and lh with hints, li without, and ri, a
// list of such lists, which holds no further ri.
func (h *Hive) list(offset uint32, mayNest bool) ([]uint32, error) {
	c, err := h.cell(offset)
	if err != nil {
		return nil, err
	}
	if len(c) < 4 {
		return nil, ErrForm
	}
	n, width := u16(c, 2), 4
	switch string(c[:2]) {
	case "lf", "lh":
		width = 8
	case "li":
	case "ri":
		return h.lists(c, n, mayNest)
	default:
		return nil, ErrForm
	}
	if 4+n*width > len(c) {
		return nil, ErrForm
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = u32(c, 4+i*width)
	}
	return out, nil
}

func (h *Hive) lists(c []byte, n int, mayNest bool) ([]uint32, error) {
	if !mayNest || n > maxLists || 4+n*4 > len(c) {
		return nil, ErrForm
	}
	var out []uint32
	for i := range n {
		part, err := h.list(u32(c, 4+4*i), false)
		if err != nil {
			return nil, err
		}
		if out = append(out, part...); len(out) > maxSubkeys {
			return nil, ErrForm
		}
	}
	return out, nil
}
