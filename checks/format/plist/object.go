package plist

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf16"
)

// object is a value of a binary list with its own form.
type object struct {
	kind  byte
	raw   []byte    // of a scalar, as it stands in the file
	value any       // of a scalar
	keys  []*object // of a dictionary
	parts []*object // of a container
}

// tree reads an object by its number. A scalar that is shared is one object.
func (p *binaryList) tree(number uint64, depth int, known map[uint64]*object) (*object, error) {
	if depth > MaxDepth {
		return nil, errDeep
	}
	if o, ok := known[number]; ok {
		return o, nil
	}
	kind, info, rest, err := p.marker(number)
	if err != nil {
		return nil, err
	}
	if kind != 0xa && kind != 0xd {
		o, err := p.leaf(kind, info, rest)
		known[number] = o
		return o, err
	}
	refs, err := p.references(kind, info, rest)
	if err != nil {
		return nil, err
	}
	o := &object{kind: kind, parts: make([]*object, len(refs))}
	for i, ref := range refs {
		if o.parts[i], err = p.tree(ref, depth+1, known); err != nil {
			return nil, err
		}
	}
	if kind == 0xd {
		n := len(refs) / 2
		o.keys, o.parts = o.parts[:n:n], o.parts[n:]
	}
	return o, nil
}

// leaf reads a scalar together with its bytes.
func (p *binaryList) leaf(kind, info byte, rest []byte) (*object, error) {
	v, err := p.scalar(kind, info, rest)
	if err != nil {
		return nil, err
	}
	size := 0
	switch kind {
	case 0x1, 0x2, 0x3:
		size = 1 << info
	case 0x8:
		size = int(info) + 1
	case 0x4, 0x5, 0x6:
		n, after, err := length(info, rest)
		if err != nil {
			return nil, err
		}
		size = len(rest) - len(after) + int(n)
		if kind == 0x6 {
			size += int(n)
		}
	}
	start := len(p.objects) - len(rest) - 1
	return &object{kind: kind, raw: p.objects[start : start+1+size], value: v}, nil
}

// written is a value that is no dictionary as CoreFoundation writes it.
func written(v any) (*object, error) {
	scalar := func(raw ...byte) (*object, error) { return &object{kind: raw[0] >> 4, raw: raw, value: v}, nil }
	switch v := v.(type) {
	case bool:
		if v {
			return scalar(0x09)
		}
		return scalar(0x08)
	case int64:
		return scalar(appendInteger(nil, v)...)
	case float64:
		return scalar(binary.BigEndian.AppendUint64([]byte{0x23}, math.Float64bits(v))...)
	case time.Time:
		seconds := float64(v.Unix() - appleEpoch)
		return scalar(binary.BigEndian.AppendUint64([]byte{0x33}, math.Float64bits(seconds))...)
	case []byte:
		return scalar(append(appendMarker(nil, 0x40, len(v)), v...)...)
	case string:
		return scalar(appendText(v)...)
	case []any:
		o := &object{kind: 0xa}
		for _, item := range v {
			part, err := written(item)
			if err != nil {
				return nil, err
			}
			o.parts = append(o.parts, part)
		}
		return o, nil
	}
	return nil, errNoText
}

func appendInteger(b []byte, v int64) []byte {
	switch {
	case v >= 0 && v <= math.MaxUint8:
		return append(b, 0x10, byte(v))
	case v >= 0 && v <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, 0x11), uint16(v))
	case v >= 0 && v <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, 0x12), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(b, 0x13), uint64(v))
}

// appendMarker writes an object's kind with its length.
func appendMarker(b []byte, kind byte, n int) []byte {
	if n < 0xf {
		return append(b, kind|byte(n))
	}
	return appendInteger(append(b, kind|0xf), int64(n))
}

// appendText writes ASCII as it is, and anything else as UTF-16.
func appendText(s string) []byte {
	isASCII := true
	for i := range len(s) {
		isASCII = isASCII && s[i] < 0x80
	}
	if isASCII {
		return append(appendMarker(nil, 0x50, len(s)), s...)
	}
	units := utf16.Encode([]rune(s))
	b := appendMarker(nil, 0x60, len(units))
	for _, u := range units {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return b
}
