package sqlite

import "encoding/binary"

// The write-ahead log (fileformat2.html, 4): a header of 32 bytes, then frames
// of 24 bytes and a page. A frame counts when its salts and its running
// checksum agree with the header's, and a commit follows.
const (
	walHeader   = 32
	frameHeader = 24
)

// replay lays the committed pages of a write-ahead log over a database. It
// checks that the database is as long as it says, so that a cut one is noticed.
func replay(main, wal []byte) ([]byte, error) {
	if len(main) > MaxSize || len(wal) > MaxSize {
		return nil, ErrForm
	}
	h, err := readHeader(main)
	if err != nil {
		return nil, err
	}
	image := main
	if len(wal) > 0 {
		if image, err = overlay(main, wal, h.pageSize); err != nil {
			return nil, err
		}
		if h, err = readHeader(image); err != nil {
			return nil, err
		}
	}
	if len(image)%h.pageSize != 0 || h.pages > 0 && len(image) != h.pages*h.pageSize {
		return nil, ErrForm
	}
	// A database in memory has no log: 2 in these bytes would ask for one.
	image[18], image[19] = 1, 1
	return image, nil
}

// overlay reads the frames up to the last commit. What follows it was never
// committed, and belongs to nobody.
func overlay(main, wal []byte, pageSize int) ([]byte, error) {
	if len(wal) < walHeader {
		return main, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(wal) {
	case 0x377f0683:
		order = binary.BigEndian
	case 0x377f0682:
	default:
		return nil, ErrForm
	}
	if int(binary.BigEndian.Uint32(wal[8:])) != pageSize {
		return nil, ErrForm
	}
	sum := checksum{order: order}
	sum.add(wal[:24])
	if !sum.is(wal[24:32]) {
		return main, nil // a log that was never begun
	}
	image := append([]byte(nil), main...)
	pending := map[int][]byte{}
	for at := walHeader; at+frameHeader+pageSize <= len(wal); at += frameHeader + pageSize {
		frame, page := wal[at:at+frameHeader], wal[at+frameHeader:at+frameHeader+pageSize]
		sum.add(frame[:8])
		sum.add(page)
		if string(frame[8:16]) != string(wal[16:24]) || !sum.is(frame[16:24]) {
			break
		}
		number, size := int(binary.BigEndian.Uint32(frame)), int(binary.BigEndian.Uint32(frame[4:]))
		if number < 1 || number > MaxSize/pageSize || size > MaxSize/pageSize {
			return nil, ErrForm
		}
		pending[number] = page
		if size > 0 {
			image = commit(image, pending, pageSize, size)
			clear(pending)
		}
	}
	return image, nil
}

// commit writes pages into an image and makes it as many pages long as the
// commit says.
func commit(image []byte, pages map[int][]byte, pageSize, size int) []byte {
	if want := size * pageSize; len(image) < want {
		image = append(image, make([]byte, want-len(image))...)
	} else {
		image = image[:want]
	}
	for number, page := range pages {
		if number <= size {
			copy(image[(number-1)*pageSize:], page)
		}
	}
	return image
}

// checksum is the log's running checksum over pairs of 32-bit words.
type checksum struct {
	order binary.ByteOrder
	a, b  uint32
}

func (c *checksum) add(data []byte) {
	for ; len(data) >= 8; data = data[8:] {
		c.a += c.order.Uint32(data) + c.b
		c.b += c.order.Uint32(data[4:]) + c.a
	}
}

func (c *checksum) is(stored []byte) bool {
	return binary.BigEndian.Uint32(stored) == c.a && binary.BigEndian.Uint32(stored[4:]) == c.b
}
