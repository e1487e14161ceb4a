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

// ParsePermissions reads a table as id → application → permissions.
func ParsePermissions(data []byte) (map[string]map[string][]string, error) {
	if len(data) < 24 || len(data) > MaxSize || string(data[:8]) != "GVariant" {
		return nil, ErrForm
	}
	f := file(data)
	root, err := f.slice(binary.LittleEndian.Uint32(data[16:]), binary.LittleEndian.Uint32(data[20:]))
	if err != nil {
		return nil, err
	}
	top, err := f.items(root)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string][]string{}
	for _, it := range top {
		if it.name != "main" || it.kind != 'H' {
			continue
		}
		entries, err := f.items(it.value)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if out[e.name], err = applications(e.value); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

type file []byte

func (f file) slice(start, end uint32) ([]byte, error) {
	if start > end || uint64(end) > uint64(len(f)) {
		return nil, ErrForm
	}
	return f[start:end], nil
}

// item is one entry of a hash table.
type item struct {
	name  string
	kind  byte // 'H' a table, 'v' a value, 'L' a list of children
	value []byte
}

const itemSize = 24

// items reads a hash table: a Bloom filter and buckets, which a reader of all
// entries need not follow, then the entries.
func (f file) items(table []byte) ([]item, error) {
	if len(table) < 8 {
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

// item reads one entry. A name below a parent is the parent's name and its
// own; permission tables have none.
func (f file) item(row []byte) (item, error) {
	if parent := binary.LittleEndian.Uint32(row[4:]); parent != 1<<32-1 {
		return item{}, ErrForm
	}
	start := binary.LittleEndian.Uint32(row[8:])
	name, err := f.slice(start, start+uint32(binary.LittleEndian.Uint16(row[12:])))
	if err != nil {
		return item{}, err
	}
	value, err := f.slice(binary.LittleEndian.Uint32(row[16:]), binary.LittleEndian.Uint32(row[20:]))
	return item{string(name), row[14], value}, err
}

