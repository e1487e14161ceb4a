package plist

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf16"
)

// reader reads the binary form, as CoreFoundation's CFBinaryPList.c describes
// it: a table of objects, a table of their offsets, and a trailer of 32 bytes
// that says where both are.
type reader struct {
	data    []byte
	offsets []uint64
	refSize int
	values  int
}

const trailerSize = 32

func parseBinary(data []byte) (map[string]any, error) {
	if len(data) < 8+trailerSize {
		return nil, ErrForm
	}
	t := data[len(data)-trailerSize:]
	offsetSize, refSize := int(t[6]), int(t[7])
	count, top, table := binary.BigEndian.Uint64(t[8:]), binary.BigEndian.Uint64(t[16:]), binary.BigEndian.Uint64(t[24:])
	room := uint64(len(data) - trailerSize)
	if !wordSize(offsetSize) || !wordSize(refSize) || count == 0 || count > MaxValues ||
		top >= count || table > room || count*uint64(offsetSize) > room-table {
		return nil, ErrForm
	}
	r := &reader{data: data[:table], refSize: refSize, offsets: make([]uint64, count)}
	for i := range r.offsets {
		at := int(table) + i*offsetSize
		r.offsets[i] = bigEndian(data[at : at+offsetSize])
	}
	v, err := r.object(top, 0)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, ErrForm
	}
	return m, nil
}

func wordSize(n int) bool { return n == 1 || n == 2 || n == 4 || n == 8 }

func bigEndian(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// object reads an object by its number. Every reading counts, so that lists
// that share a value cannot unfold without bound, and a loop ends at MaxDepth.
func (r *reader) object(number uint64, depth int) (any, error) {
	if r.values++; r.values > MaxValues || depth > MaxDepth || number >= uint64(len(r.offsets)) {
		return nil, ErrForm
	}
	at := r.offsets[number]
	if at >= uint64(len(r.data)) {
		return nil, ErrForm
	}
	kind, info := r.data[at]>>4, r.data[at]&0xf
	rest := r.data[at+1:]
	switch kind {
	case 0x0:
		return simple(info)
	case 0x1:
		return integer(rest, info)
	case 0x2:
		return real(rest, info)
	case 0x3:
		return date(rest)
	case 0x8:
		return integer(rest, 0)
	}
	return r.counted(kind, info, rest, depth)
}

func simple(info byte) (any, error) {
	switch info {
	case 0x8:
		return false, nil
	case 0x9:
		return true, nil
	}
	return nil, ErrForm
}

// integer reads 1, 2, 4, 8 or 16 bytes; of 16 the lower 8 hold the value.
func integer(rest []byte, info byte) (any, error) {
	n := 1 << info
	if info > 4 || n > len(rest) {
		return nil, ErrForm
	}
	b := rest[:n]
	if n == 16 {
		b = b[8:]
	}
	return int64(bigEndian(b)), nil
}

func real(rest []byte, info byte) (any, error) {
	switch {
	case info == 2 && len(rest) >= 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(rest))), nil
	case info == 3 && len(rest) >= 8:
		return math.Float64frombits(binary.BigEndian.Uint64(rest)), nil
	}
	return nil, ErrForm
}

// appleEpoch is when Apple's dates begin.
var appleEpoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

func date(rest []byte) (any, error) {
	if len(rest) < 8 {
		return nil, ErrForm
	}
	s := math.Float64frombits(binary.BigEndian.Uint64(rest))
	if math.IsNaN(s) || math.Abs(s) > 1e11 {
		return nil, ErrForm
	}
	return appleEpoch.Add(time.Duration(s) * time.Second), nil
}

// counted reads the kinds that begin with how many elements they have.
func (r *reader) counted(kind, info byte, rest []byte, depth int) (any, error) {
	n := uint64(info)
	if info == 0xf {
		if len(rest) == 0 || rest[0]>>4 != 1 {
			return nil, ErrForm
		}
		size := rest[0] & 0xf
		v, err := integer(rest[1:], size)
		if err != nil || v.(int64) < 0 {
			return nil, ErrForm
		}
		n, rest = uint64(v.(int64)), rest[1+(1<<size):]
	}
	switch kind {
	case 0x4:
		return take(rest, n, 1, func(b []byte) any { return append([]byte(nil), b...) })
	case 0x5:
		return take(rest, n, 1, func(b []byte) any { return string(b) })
	case 0x6:
		return take(rest, n, 2, utf16Text)
	case 0xa, 0xc:
		return r.list(rest, n, depth)
	case 0xd:
		return r.dictionary(rest, n, depth)
	}
	return nil, ErrForm
}

func take(rest []byte, n, width uint64, as func([]byte) any) (any, error) {
	if n > uint64(len(rest))/width {
		return nil, ErrForm
	}
	return as(rest[:n*width]), nil
}

func utf16Text(b []byte) any {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

func (r *reader) list(rest []byte, n uint64, depth int) (any, error) {
	if n > uint64(len(rest))/uint64(r.refSize) || n > MaxValues {
		return nil, ErrForm
	}
	list := make([]any, n)
	for i := range list {
		v, err := r.object(r.ref(rest, i), depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (r *reader) ref(rest []byte, i int) uint64 {
	return bigEndian(rest[i*r.refSize : (i+1)*r.refSize])
}

func (r *reader) dictionary(rest []byte, n uint64, depth int) (any, error) {
	if n > uint64(len(rest))/uint64(2*r.refSize) || n > MaxValues {
		return nil, ErrForm
	}
	m := make(map[string]any, min(n, 1024))
	for i := range int(n) {
		k, err := r.object(r.ref(rest, i), depth+1)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, ErrForm
		}
		if m[key], err = r.object(r.ref(rest, i+int(n)), depth+1); err != nil {
			return nil, err
		}
	}
	return m, nil
}
