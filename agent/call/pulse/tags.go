package pulse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
)

// The types of values in a message (pulsecore/tagstruct.h of PulseAudio 16.1).
const (
	tagString     = 't'
	tagNoString   = 'N'
	tagU32        = 'L'
	tagU8         = 'B'
	tagU64        = 'R'
	tagS64        = 'r'
	tagSampleSpec = 'a'
	tagBytes      = 'x'
	tagTrue       = '1'
	tagFalse      = '0'
	tagTime       = 'T'
	tagUsec       = 'U'
	tagChannels   = 'm'
	tagVolumes    = 'v'
	tagVolume     = 'V'
	tagProps      = 'P'
	tagFormat     = 'f'
)

// errForm means that a message is not made as the protocol says.
var errForm = errors.New("the audio server's answer is not understood")

// maxProps bounds the properties of one thing.
const maxProps = 1024

// value is one value of a message: a number, a text, or properties.
type value struct {
	tag    byte
	number uint32
	text   string
	props  map[string]string
}

// reader takes values from a message in order.
type reader struct {
	data []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.data) {
		r.err = errForm
		return nil
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *reader) u8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) text() string {
	i := bytes.IndexByte(r.data, 0)
	b := r.take(i + 1)
	if r.err != nil || i < 0 {
		r.err = errForm
		return ""
	}
	return string(b[:i])
}

// sizes are the lengths of values that are not looked into.
var sizes = map[byte]int{tagNoString: 0, tagU8: 1, tagU64: 8, tagS64: 8, tagSampleSpec: 6, tagTrue: 0, tagFalse: 0, tagTime: 8, tagUsec: 8, tagVolume: 4}

// next takes one value, whatever its type.
func (r *reader) next() value {
	v := value{tag: r.u8()}
	switch v.tag {
	case tagString:
		v.text = r.text()
	case tagU32:
		v.number = r.u32()
	case tagBytes:
		r.take(r.length())
	case tagChannels:
		r.take(int(r.u8()))
	case tagVolumes:
		r.take(4 * int(r.u8()))
	case tagProps:
		v.props = r.properties()
	case tagFormat:
		r.expect(tagU8)
		r.u8()
		r.expect(tagProps)
		r.properties()
	default:
		n, known := sizes[v.tag]
		if !known {
			r.err = errForm
		}
		r.take(n)
	}
	return v
}

func (r *reader) expect(tag byte) {
	if r.u8() != tag {
		r.err = errForm
	}
}

// number takes a value that must be a number.
func (r *reader) number() uint32 {
	v := r.next()
	if v.tag != tagU32 {
		r.err = errForm
	}
	return v.number
}

// length is a length in front of bytes, which must be there.
func (r *reader) length() int {
	n := r.u32()
	if uint64(n) > uint64(len(r.data)) {
		r.err = errForm
		return 0
	}
	return int(n)
}

// properties takes the entries of a list of properties. A value that is a text
// ends in a zero byte; others are left out.
func (r *reader) properties() map[string]string {
	props := map[string]string{}
	for range maxProps {
		switch r.u8() {
		case tagNoString:
			return props
		case tagString:
		default:
			r.err = errForm
		}
		name := r.text()
		r.expect(tagU32)
		r.u32()
		r.expect(tagBytes)
		b := r.take(r.length())
		if r.err != nil {
			return nil
		}
		if n := len(b); n > 0 && b[n-1] == 0 {
			props[name] = string(b[:n-1])
		}
	}
	r.err = errForm
	return nil
}

// writer puts values into a message.
type writer struct{ bytes.Buffer }

func (w *writer) number(n uint32) {
	w.WriteByte(tagU32)
	w.Write(binary.BigEndian.AppendUint32(nil, n))
}

func (w *writer) arbitrary(b []byte) {
	w.WriteByte(tagBytes)
	w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
	w.Write(b)
}

func (w *writer) properties(name, text string) {
	w.WriteByte(tagProps)
	w.WriteByte(tagString)
	w.WriteString(name + "\x00")
	w.number(uint32(len(text) + 1))
	w.arbitrary([]byte(text + "\x00"))
	w.WriteByte(tagNoString)
}

// Stream is a program's stream in the audio server.
type Stream struct {
	// Number names the stream among those of its direction.
	Number uint32
	// Records is false for a stream that plays.
	Records bool
	Paused  bool
	// Program is the file name of the program, Name what it calls itself, App the
	// sandbox's id of it where the server knows one. All three but App are the
	// program's own words.
	Program, Name, App string
	// PID is the process as the program says; in a sandbox it is another one.
	PID int
}

// Both kinds of stream are described by 18 values since version 22 of the
// protocol (2011); the properties stand at another place, and whether the
// stream is paused right behind them.
const (
	recordLength = 18
	recordProps  = 11
	playProps    = 13
)

// streams reads the answer to a request for a list of streams.
func streams(data []byte, records bool) ([]Stream, error) {
	at := playProps
	if records {
		at = recordProps
	}
	r := &reader{data: data}
	var all []Stream
	for len(r.data) > 0 && r.err == nil {
		s := Stream{Records: records}
		for i := range recordLength {
			switch v := r.next(); i {
			case 0:
				s.Number = v.number
			case at:
				s.describe(v.props)
			case at + 1:
				s.Paused = v.tag == tagTrue
			}
		}
		all = append(all, s)
	}
	if r.err != nil {
		return nil, r.err
	}
	return all, nil
}

// describe takes what is asked of a stream's properties; nothing else of them
// is kept: they can hold the title of a meeting.
func (s *Stream) describe(props map[string]string) {
	s.Program, s.Name = props["application.process.binary"], props["application.name"]
	s.App = props["pipewire.access.portal.app_id"]
	if pid, err := strconv.Atoi(props["application.process.id"]); err == nil && pid > 0 {
		s.PID = pid
	}
}
