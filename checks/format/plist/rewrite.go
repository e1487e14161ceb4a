package plist

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// binaryFile is a binary list that can be written again as it was. Objects are
// written as CoreFoundation and Python do: a container, its keys, then its
// values, each with all below it; equal scalars once.
type binaryFile struct {
	header, trailer  []byte // the first 8 bytes, and the last 32
	top              *object
	refSize, offSize int // at least so many bytes, where the file takes more than it needs
	bools            reuse
	scalars          reuse
}

// reuse says which object refers to one that was written before.
type reuse int

const (
	shared   reuse = iota // an equal one is written once
	repeated              // it is written each time, and the first is referred to
	apart                 // it is written and referred to each time
)

// manners are the ways of writers: CoreFoundation's (CFBinaryPList.c: "Uniquing
// bools is unnecessary"), that of Python and howett.net/plist, and one that
// shares nothing. Where a file fits several the first is taken.
var manners = []struct{ bools, scalars reuse }{{repeated, shared}, {shared, shared}, {apart, apart}}

// openFile reads a list that Parse has taken, and proves that it can be written
// again to the byte.
func openFile(data []byte) (*binaryFile, error) {
	p, top, err := openBinary(data)
	if err != nil {
		return nil, err
	}
	root, err := p.tree(top, 0, map[uint64]*object{})
	if err != nil {
		return nil, err
	}
	for _, m := range manners {
		f := &binaryFile{header: data[:8], trailer: data[len(data)-trailerSize:], top: root, bools: m.bools, scalars: m.scalars}
		if p.refSize > byteCount(p.count) {
			f.refSize = p.refSize
		}
		if p.offSize > byteCount(uint64(len(p.objects))) {
			f.offSize = p.offSize
		}
		if out, err := f.write(len(data)); err == nil && bytes.Equal(out, data) {
			return f, nil
		}
	}
	return nil, errBack("it is not written as known programs write it")
}

// row is an object as it will be written, with the numbers of its parts.
type row struct {
	*object
	refs []int
}

// writer numbers the objects of a file.
type writer struct {
	*binaryFile
	rows   []row
	number map[*object]int // of scalars, by themselves
	equal  map[string]int  // and by their bytes
	size   int             // of all rows, without references
	limit  int
}

// write writes the file, unless it would be larger than limit.
func (f *binaryFile) write(limit int) ([]byte, error) {
	w := &writer{binaryFile: f, number: map[*object]int{}, equal: map[string]int{}, limit: limit}
	if _, err := w.add(f.top); err != nil {
		return nil, err
	}
	refSize := max(f.refSize, byteCount(uint64(len(w.rows))))
	out := slices.Clone(f.header)
	offsets := make([]int, len(w.rows))
	for i, r := range w.rows {
		offsets[i] = len(out)
		if out = r.append(out, refSize); len(out) > limit {
			return nil, errBack("it would be too large")
		}
	}
	table := len(out)
	offSize := max(f.offSize, byteCount(uint64(table)))
	for _, offset := range offsets {
		out = appendSized(out, uint64(offset), offSize)
	}
	out = append(out, f.trailer[:6]...)
	out = append(out, byte(offSize), byte(refSize))
	out = binary.BigEndian.AppendUint64(out, uint64(len(w.rows)))
	out = binary.BigEndian.AppendUint64(out, 0) // the top is the first
	return binary.BigEndian.AppendUint64(out, uint64(table)), nil
}

// add numbers an object and all below it.
func (w *writer) add(o *object) (number int, err error) {
	if o.kind != 0xa && o.kind != 0xd {
		return w.addScalar(o)
	}
	number = len(w.rows)
	w.rows = append(w.rows, row{object: o})
	refs := make([]int, 0, len(o.keys)+len(o.parts))
	for _, part := range slices.Concat(o.keys, o.parts) {
		ref, err := w.add(part)
		if err != nil {
			return 0, err
		}
		refs = append(refs, ref)
	}
	w.rows[number].refs = refs
	return number, nil
}

func (w *writer) addScalar(o *object) (number int, err error) {
	how := w.scalars
	if o.kind == 0 {
		how = w.bools
	}
	number, known := w.number[o]
	if !known && how != apart {
		number, known = w.equal[string(o.raw)]
	}
	if !known || how == apart {
		number = len(w.rows)
		w.equal[string(o.raw)] = number
	}
	w.number[o] = number
	if known && how == shared {
		return number, nil
	}
	w.rows = append(w.rows, row{object: o})
	if w.size += len(o.raw); w.size > w.limit {
		return 0, errBack("it would be too large")
	}
	return number, nil
}

// append writes one object.
func (r row) append(out []byte, refSize int) []byte {
	if r.kind != 0xa && r.kind != 0xd {
		return append(out, r.raw...)
	}
	out = appendMarker(out, r.kind<<4, len(r.parts))
	for _, ref := range r.refs {
		out = appendSized(out, uint64(ref), refSize)
	}
	return out
}

func appendSized(out []byte, n uint64, size int) []byte {
	b := binary.BigEndian.AppendUint64(nil, n)
	return append(out, b[8-size:]...)
}

// byteCount is how many bytes a number takes: 1, 2, 4 or 8.
func byteCount(n uint64) int {
	size := 1
	for size < 8 && n >= 1<<(8*size) {
		size *= 2
	}
	return size
}
