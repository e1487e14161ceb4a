package regf

import (
	"encoding/binary"
	"strings"
)

// The types of values that are read as more than bytes.
const (
	typeString   = 1
	typeExpand   = 2
	typeDWord    = 4
	typeDWordBig = 5
	typeMulti    = 7
	typeQWord    = 11
)

// Value is one value of a key.
type Value struct {
	Name string
	Type uint32
	Data []byte
}

// Value finds a value by name, without regard to case. The empty name is the
// key's default value.
func (k *Key) Value(name string) (Value, error) {
	values, err := k.Values()
	if err != nil {
		return Value{}, err
	}
	for _, v := range values {
		if strings.EqualFold(v.Name, name) {
			return v, nil
		}
	}
	return Value{}, ErrNotFound
}

// Values lists the values of a key.
func (k *Key) Values() ([]Value, error) {
	count := u32(k.cell, 36)
	if count == 0 {
		return nil, nil
	}
	if count > maxValues {
		return nil, ErrForm
	}
	list, err := k.hive.cell(u32(k.cell, 40))
	if err != nil {
		return nil, err
	}
	if uint64(len(list)) < 4*uint64(count) {
		return nil, ErrForm
	}
	values := make([]Value, count)
	for i := range values {
		if values[i], err = k.hive.value(u32(list, 4*i)); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (h *Hive) value(offset uint32) (Value, error) {
	c, err := h.cell(offset)
	if err != nil {
		return Value{}, err
	}
	if len(c) < 20 || string(c[:2]) != "vk" || 20+u16(c, 2) > len(c) {
		return Value{}, ErrForm
	}
	v := Value{Name: text(c[20:20+u16(c, 2)], u16(c, 16)&valueCompressed != 0), Type: u32(c, 12)}
	v.Data, err = h.data(u32(c, 4), c[8:12])
	return v, err
}

// data reads a value's data: up to four bytes stand in the value's own cell,
// up to maxSegment in a cell of their own, more in several.
func (h *Hive) data(size uint32, where []byte) ([]byte, error) {
	const inCell = 1 << 31
	if size&inCell != 0 {
		n := size &^ inCell
		if n > 4 {
			return nil, ErrForm
		}
		return where[:n], nil
	}
	if size > maxData {
		return nil, ErrForm
	}
	if size == 0 {
		return nil, nil
	}
	c, err := h.cell(binary.LittleEndian.Uint32(where))
	if err != nil {
		return nil, err
	}
	if size > maxSegment && len(c) >= 8 && string(c[:2]) == "db" {
		return h.segments(c, size)
	}
	if uint64(len(c)) < uint64(size) {
		return nil, ErrForm
	}
	return c[:size], nil
}

// maxSegment is how much of a value one cell holds.
const maxSegment = 16344

func (h *Hive) segments(c []byte, size uint32) ([]byte, error) {
	n := u16(c, 2)
	list, err := h.cell(u32(c, 4))
	if err != nil {
		return nil, err
	}
	if len(list) < 4*n {
		return nil, ErrForm
	}
	var out []byte
	for i := 0; i < n && uint32(len(out)) < size; i++ {
		part, err := h.cell(u32(list, 4*i))
		if err != nil {
			return nil, err
		}
		out = append(out, part[:min(len(part), maxSegment, int(size)-len(out))]...)
	}
	if uint32(len(out)) != size {
		return nil, ErrForm
	}
	return out, nil
}

// Any is the value as string, uint64, []string or []byte.
func (v Value) Any() any {
	switch v.Type {
	case typeString, typeExpand:
		return strings.TrimRight(utf16Text(v.Data), "\x00")
	case typeMulti:
		return multi(v.Data)
	case typeDWord:
		if len(v.Data) == 4 {
			return uint64(binary.LittleEndian.Uint32(v.Data))
		}
	case typeDWordBig:
		if len(v.Data) == 4 {
			return uint64(binary.BigEndian.Uint32(v.Data))
		}
	case typeQWord:
		if len(v.Data) == 8 {
			return binary.LittleEndian.Uint64(v.Data)
		}
	}
	return v.Data
}

func multi(b []byte) []string {
	var out []string
	for _, s := range strings.Split(utf16Text(b), "\x00") {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
