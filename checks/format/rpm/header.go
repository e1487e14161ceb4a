package rpm

import (
	"bytes"
	"encoding/binary"
)

// The tags that are read (rpmtag.h).
const (
	tagName    = 1000
	tagVersion = 1001
	tagRelease = 1002
	tagEpoch   = 1003
	tagVendor  = 1011
	tagArch    = 1022
)

// Types of a tag's data.
const (
	typeInt32  = 4
	typeString = 6
)

// Bounds of a header, as rpm itself has them.
const (
	maxEntries = 1 << 16
	entrySize  = 16
)

// parseHeader reads a package's header as it lies in the database: the number
// of entries and of data bytes, the entries, the data.
func parseHeader(b []byte) (Package, error) {
	var p Package
	if len(b) < 8 {
		return p, ErrForm
	}
	entries, size := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if entries > maxEntries || uint64(len(b)) < 8+uint64(entries)*entrySize+uint64(size) {
		return p, ErrForm
	}
	index, data := b[8:8+entries*entrySize], b[8+entries*entrySize:]
	for ; len(index) > 0; index = index[entrySize:] {
		if err := p.take(index, data[:size]); err != nil {
			return p, err
		}
	}
	if p.Name == "" || p.Version == "" {
		return p, ErrForm
	}
	return p, nil
}

// take reads one entry if it is of a tag that is wanted.
func (p *Package) take(entry, data []byte) error {
	into := map[uint32]*string{tagName: &p.Name, tagVersion: &p.Version, tagRelease: &p.Release, tagVendor: &p.Vendor, tagArch: &p.Arch}
	tag, kind, offset := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:])
	text := into[tag]
	if text == nil && tag != tagEpoch {
		return nil
	}
	if offset >= uint32(len(data)) {
		return ErrForm
	}
	rest := data[offset:]
	switch {
	case tag == tagEpoch && kind == typeInt32 && len(rest) >= 4:
		p.Epoch = int(binary.BigEndian.Uint32(rest))
	case text != nil && kind == typeString:
		s, _, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return ErrForm
		}
		*text = string(s)
	default:
		return ErrForm
	}
	return nil
}
