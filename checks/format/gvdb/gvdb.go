// Package gvdb reads the portal permission store's tables: GVDB files, a hash
// table on disk that GLib's dconf and flatpak share (layout seen live with
// xdg-permission-store 1.16.0, 2026-11-23; gvdb-format.h).
package gvdb

import (
	"encoding/binary"
	"errors"
)

// MaxSize bounds a table in bytes, and maxItems its entries.
const (
	MaxSize  = 8 << 20
	maxItems = 100_000
)

// ErrForm means that the bytes are not a permission table.
var ErrForm = errors.New("is not a permission table")

// ParsePermissions reads a table as id → application → permissions. The
// application "" is everything outside a sandbox.
func ParsePermissions(data []byte) (map[string]map[string][]string, error) {
	if len(data) < headerSize || len(data) > MaxSize || !isSignature(string(data[:8])) {
		return nil, ErrForm
	}
	f := &file{data: data, room: len(data)}
	tables, err := f.table(data[16:24])
	if err != nil {
		return nil, err
	}
	var found map[string]map[string][]string
	for _, t := range tables {
		values, err := f.values(t)
		if err != nil {
			return nil, err
		}
		// The other table, "apps", says the same the other way round. Its
		// values are fetched all the same, so that a cut file is noticed.
		if t.name != "main" {
			continue
		}
		if found, err = permissions(values); err != nil {
			return nil, err
		}
	}
	if found == nil {
		return nil, ErrForm
	}
	return found, nil
}

const headerSize = 24 // signature, version, options, and where the root is

// isSignature knows the signature of either byte order. Only numbers within
// values are swapped in the other order, and of those none is read here: the
// file's own fields and the offsets within values are always little-endian.
func isSignature(s string) bool { return s == "GVariant" || s == "raVGtnai" }

func permissions(values map[string][]byte) (found map[string]map[string][]string, err error) {
	found = map[string]map[string][]string{}
	for id, v := range values {
		if found[id], err = applications(v); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// file is a whole file. No two parts of an honest one overlap, so together
// they are no larger than it is; room is what is left of that.
type file struct {
	data []byte
	room int
}

// slice is the part of the file that a pointer, two offsets, shows.
func (f *file) slice(pointer []byte) ([]byte, error) {
	start, end := binary.LittleEndian.Uint32(pointer), binary.LittleEndian.Uint32(pointer[4:])
	if start > end || uint64(end) > uint64(len(f.data)) || int(end-start) > f.room {
		return nil, ErrForm
	}
	f.room -= int(end - start)
	return f.data[start:end], nil
}

// item is one entry of a hash table.
type item struct {
	name  string
	kind  byte   // 'H' a table, 'v' a value, 'L' a list of children
	value []byte // a pointer to it
}

const itemSize = 24

// table reads a hash table: a Bloom filter and buckets, which a reader of all
// entries need not follow, then the entries.
func (f *file) table(pointer []byte) ([]item, error) {
	table, err := f.slice(pointer)
	if err != nil || len(table) < 8 {
		return nil, ErrForm
	}
	bloom := uint64(binary.LittleEndian.Uint32(table)&(1<<27-1)) * 4
	buckets := uint64(binary.LittleEndian.Uint32(table[4:])) * 4
	head := 8 + bloom + buckets
	if head > uint64(len(table)) || (uint64(len(table))-head)%itemSize != 0 {
		return nil, ErrForm
	}
	rows := table[head:]
	if len(rows)/itemSize > maxItems {
		return nil, ErrForm
	}
	var out []item
	for ; len(rows) > 0; rows = rows[itemSize:] {
		it, err := f.item(rows[:itemSize])
		if err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, nil
}

// values are the values of a table within the root table, by name.
func (f *file) values(t item) (map[string][]byte, error) {
	if t.kind != 'H' {
		return nil, ErrForm
	}
	entries, err := f.table(t.value)
	if err != nil {
		return nil, err
	}
	values := map[string][]byte{}
	for _, e := range entries {
		v, err := f.slice(e.value)
		if _, again := values[e.name]; err != nil || again || e.kind != 'v' {
			return nil, ErrForm
		}
		values[e.name] = v
	}
	return values, nil
}

// item reads one entry. A name below a parent is the parent's name and its
// own; permission tables have none.
func (f *file) item(row []byte) (item, error) {
	if parent := binary.LittleEndian.Uint32(row[4:]); parent != 1<<32-1 {
		return item{}, ErrForm
	}
	start, size := binary.LittleEndian.Uint32(row[8:]), binary.LittleEndian.Uint16(row[12:])
	end := uint64(start) + uint64(size)
	if end > uint64(len(f.data)) || int(size) > f.room {
		return item{}, ErrForm
	}
	f.room -= int(size)
	return item{string(f.data[start:end]), row[14], row[16:24]}, nil
}
