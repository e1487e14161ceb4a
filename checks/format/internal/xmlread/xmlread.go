// Package xmlread reads XML for the formats that are written in it: strictly,
// within bounds, and without a document type's own rules.
package xmlread

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Bounds of a document.
const (
	MaxSize   = 16 << 20 // bytes
	MaxDepth  = 100      // of elements in one another
	MaxTokens = 500_000
	MaxTag    = 64 << 10 // bytes of one tag, with its attributes
)

// Reader gives the elements and the text of one document.
type Reader struct {
	// Doctype lets a document name its type. A type with rules of its own
	// inside the document is always refused: they are where entities grow.
	Doctype bool

	dec    *xml.Decoder
	before int // bytes in front of what dec reads
	start  int // where the last token began
	depth  int
	tokens int
	closed bool // the outermost element has ended
}

// New starts reading data. A UTF-8 byte order mark is passed over; UTF-8 is
// the only encoding taken.
func New(data []byte) (*Reader, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("larger than %d bytes", MaxSize)
	}
	if hasLongTag(data) {
		return nil, fmt.Errorf("a tag is longer than %d bytes", MaxTag)
	}
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	return &Reader{dec: xml.NewDecoder(bytes.NewReader(text)), before: len(data) - len(text)}, nil
}

// hasLongTag looks for what would be read as one piece, all of its attributes
// at once. (A comment of that length, without a ">" in it, is taken for one.)
func hasLongTag(data []byte) bool {
	for {
		start := bytes.IndexByte(data, '<')
		if start < 0 {
			return false
		}
		data = data[start:]
		end := bytes.IndexByte(data, '>')
		if end > MaxTag || end < 0 && len(data) > MaxTag {
			return true
		}
		data = data[max(end, 0)+1:]
	}
}

// Next is the next xml.StartElement, xml.EndElement or xml.CharData (valid
// until the next call), and io.EOF behind a whole document. An error gives the
// line and quotes nothing.
func (r *Reader) Next() (xml.Token, error) {
	for {
		r.start = r.End()
		t, err := r.dec.Token()
		if err == io.EOF && r.closed {
			return nil, io.EOF
		}
		if err != nil {
			return nil, r.Errorf("not well-formed XML")
		}
		if r.tokens++; r.tokens > MaxTokens {
			return nil, fmt.Errorf("more than %d pieces of XML", MaxTokens)
		}
		wanted, err := r.take(t)
		if wanted || err != nil {
			return t, err
		}
	}
}

// Start is where in the document the last token that Next gave begins, and End
// where it ends. Of an element like <true/> the end is a token without bytes.
func (r *Reader) Start() int { return r.start }

// End is described at Start.
func (r *Reader) End() int { return r.before + int(r.dec.InputOffset()) }

// take counts a token and tells whether it is one that Next gives.
func (r *Reader) take(t xml.Token) (wanted bool, err error) {
	switch t := t.(type) {
	case xml.StartElement:
		if r.closed {
			return false, r.Errorf("a second outermost element")
		}
		if r.depth++; r.depth > MaxDepth {
			return false, r.Errorf("nested more than %d deep", MaxDepth)
		}
		return true, nil
	case xml.EndElement:
		r.depth--
		r.closed = r.depth == 0
		return true, nil
	case xml.CharData:
		if r.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
			return false, r.Errorf("text outside the outermost element")
		}
		return r.depth > 0, nil
	case xml.Directive:
		if !r.Doctype || !isPlainDoctype(string(t)) {
			return false, r.Errorf("a document type that is not taken")
		}
	}
	return false, nil
}

// isPlainDoctype tells a directive that only names a type.
func isPlainDoctype(directive string) bool {
	return strings.HasPrefix(directive, "DOCTYPE") && !strings.ContainsAny(directive, "[]%")
}

// Text reads to the end of the element just opened, which must hold text only.
func (r *Reader) Text() (string, error) {
	var b strings.Builder
	for {
		t, err := r.Next()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		default:
			return "", r.Errorf("an element where text should be")
		}
	}
}

// Errorf is an error with the line reached. It must not quote the document.
func (r *Reader) Errorf(format string, args ...any) error {
	line, _ := r.dec.InputPos()
	return fmt.Errorf("line %d: %w", line, fmt.Errorf(format, args...))
}
