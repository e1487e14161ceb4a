package plist

import (
	"encoding/binary"
	"math"
	"unicode/utf16"
)

// binaryList reads the binary form, as CoreFoundation's CFBinaryPList.c
// describes it: objects, a table of their offsets, and a trailer of 32 bytes
// that says where all that is.
type binaryList struct {
	objects []byte // the file up to the offset table
	offsets []byte
	offSize int
	refSize int
	count   uint64

	// Scalars are made once and shared, and an honest file holds each only
	// once, so all of them together are no larger than the file.
	scalars map[uint64]any
	room    uint64 // bytes that may still be copied
	values  int
}

const trailerSize = 32

func parseBinary(data []byte) (any, error) {
	p, top, err := openBinary(data)
	if err != nil {
		return nil, err
	}
	return p.object(top, 0)
}

// openBinary reads the trailer: where the objects are, and which is on top.
func openBinary(data []byte) (p *binaryList, top uint64, err error) {
	if len(data) < 8+1+trailerSize {
		return nil, 0, malformed("it is cut short")
	}
	t := data[len(data)-trailerSize:]
	end := uint64(len(data) - trailerSize)
	top, table := binary.BigEndian.Uint64(t[16:]), binary.BigEndian.Uint64(t[24:])
	p = &binaryList{offSize: int(t[6]), refSize: int(t[7]), count: binary.BigEndian.Uint64(t[8:]),
		scalars: map[uint64]any{}, room: end}
	switch {
	case !isSize(p.offSize) || !isSize(p.refSize):
		return nil, 0, malformed("its trailer is none")
	case table < 9 || table > end || p.count > end || p.count*uint64(p.offSize) != end-table:
		return nil, 0, malformed("its table of offsets is not where it should be")
	}
	p.objects, p.offsets = data[:table], data[table:end]
	return p, top, nil
}

func isSize(n int) bool { return n >= 1 && n <= 8 }

func bigEndian(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// object reads an object by its number. A container within itself ends at
// MaxDepth.
func (p *binaryList) object(number uint64, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errDeep
	}
	if v, ok := p.scalars[number]; ok {
		return v, nil
	}
	kind, info, rest, err := p.marker(number)
	if err != nil {
		return nil, err
	}
	if kind == 0xa || kind == 0xd {
		return p.container(kind, info, rest, depth)
	}
	v, err := p.scalar(kind, info, rest)
	if err == nil {
		p.scalars[number] = v
	}
	return v, err
}

// marker is how an object begins, and what follows.
func (p *binaryList) marker(number uint64) (kind, info byte, rest []byte, err error) {
	if number >= p.count {
		return 0, 0, nil, malformed("it refers to an object it does not hold")
	}
	at := bigEndian(p.offsets[number*uint64(p.offSize):][:p.offSize])
	if at < 8 || at >= uint64(len(p.objects)) {
		return 0, 0, nil, malformed("an object lies outside")
	}
	return p.objects[at] >> 4, p.objects[at] & 0xf, p.objects[at+1:], nil
}

func (p *binaryList) scalar(kind, info byte, rest []byte) (any, error) {
	switch {
	case kind == 0x0 && (info == 8 || info == 9):
		return info == 9, nil
	case kind == 0x1:
		return integer(info, rest)
	case kind == 0x2 && info == 2 && len(rest) >= 4:
		return finite(float64(math.Float32frombits(binary.BigEndian.Uint32(rest))))
	case kind == 0x2 && info == 3 && len(rest) >= 8:
		return finite(math.Float64frombits(binary.BigEndian.Uint64(rest)))
	case kind == 0x3 && info == 3 && len(rest) >= 8:
		return dateAt(math.Float64frombits(binary.BigEndian.Uint64(rest)))
	case kind == 0x8 && info < 8 && len(rest) > int(info):
		return map[string]any{"CF$UID": int64(bigEndian(rest[:info+1]) & math.MaxInt64)}, nil
	case kind >= 0x4 && kind <= 0x6:
		return p.bytes(kind, info, rest)
	}
	return nil, malformed("an object of no known kind, or cut short")
}

// integer reads 1, 2 or 4 bytes without a sign, 8 with one, and 16, which are
// written for what is beyond 8 and hold no more than 64 bits.
func integer(info byte, rest []byte) (any, error) {
	if info > 4 || len(rest) < 1<<info {
		return nil, malformed("an integer is cut short")
	}
	if info < 4 {
		return int64(bigEndian(rest[:1<<info])), nil
	}
	high, low := binary.BigEndian.Uint64(rest), binary.BigEndian.Uint64(rest[8:])
	switch {
	case high == 0 && low >= 1<<63:
		return float64(low), nil
	case high == 0 || high == math.MaxUint64 && low >= 1<<63:
		return int64(low), nil
	}
	return nil, malformed("an integer is too large")
}

// length reads how many elements an object has, and gives what follows.
func length(info byte, rest []byte) (n uint64, after []byte, err error) {
	if info != 0xf {
		return uint64(info), rest, nil
	}
	if len(rest) == 0 || rest[0]>>4 != 1 || rest[0]&0xf > 3 || len(rest) < 1+1<<(rest[0]&0xf) {
		return 0, nil, malformed("a length is cut short")
	}
	size := 1 << (rest[0] & 0xf)
	return bigEndian(rest[1 : 1+size]), rest[1+size:], nil
}

// bytes reads data and the two kinds of text.
func (p *binaryList) bytes(kind, info byte, rest []byte) (any, error) {
	n, rest, err := length(info, rest)
	if err != nil {
		return nil, err
	}
	width := uint64(1)
	if kind == 0x6 {
		width = 2
	}
	if n > uint64(len(rest))/width || n*width > p.room {
		return nil, malformed("text or data is longer than the file")
	}
	p.room -= n * width
	b := rest[:n*width]
	switch kind {
	case 0x4:
		return append([]byte{}, b...), nil
	case 0x5:
		return ascii(b)
	}
	units := make([]uint16, n)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

func ascii(b []byte) (any, error) {
	for _, c := range b {
		if c >= 0x80 {
			return nil, malformed("ASCII text that is not")
		}
	}
	return string(b), nil
}

// container reads an array, or a dictionary: its keys, then its values.
func (p *binaryList) container(kind, info byte, rest []byte, depth int) (any, error) {
	refs, err := p.references(kind, info, rest)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(refs))
	for i, number := range refs {
		if items[i], err = p.object(number, depth+1); err != nil {
			return nil, err
		}
	}
	if kind == 0xa {
		return items, nil
	}
	return dictionary(items[:len(items)/2], items[len(items)/2:])
}

// references are the numbers of a container's parts. They count each time they
// are read, so that shared parts cannot unfold without bound.
func (p *binaryList) references(kind, info byte, rest []byte) ([]uint64, error) {
	n, rest, err := length(info, rest)
	if err != nil {
		return nil, err
	}
	parts := n
	if kind == 0xd {
		parts = 2 * n
	}
	switch {
	case n > uint64(len(rest)) || parts*uint64(p.refSize) > uint64(len(rest)):
		return nil, malformed("an array or dictionary is cut short")
	case parts > uint64(MaxValues-p.values):
		return nil, errMany
	}
	p.values += int(parts)
	refs := make([]uint64, parts)
	for i := range refs {
		refs[i] = bigEndian(rest[i*p.refSize:][:p.refSize])
	}
	return refs, nil
}

func dictionary(keys, values []any) (any, error) {
	m := make(map[string]any, len(keys))
	for i, k := range keys {
		key, ok := k.(string)
		if _, again := m[key]; !ok || again {
			return nil, errKey
		}
		m[key] = values[i]
	}
	return m, nil
}
