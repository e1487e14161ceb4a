package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes the report as its schema says.
func JSON(w io.Writer, r Report) error { return EncodeJSON(w, r) }

// EncodeJSON writes a value as indented JSON that is safe to show: characters
// that act on a terminal or hide are written as \u escapes, which read back as
// exactly the same text. What is not UTF-8 becomes U+FFFD.
func EncodeJSON(w io.Writer, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	_, err = w.Write(append(escaped(data), '\n'))
	return err
}

// escaped replaces characters that hide. Outside of strings JSON has none.
func escaped(data []byte) []byte {
	if !bytes.ContainsFunc(data, func(r rune) bool { return r >= 0x7f }) {
		return data
	}
	var out bytes.Buffer
	out.Grow(len(data))
	before := ' '
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r < 0x7f || !hides(r, before): // JSON has escaped what hides below
			out.Write(data[:n])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		before, data = r, data[n:]
	}
	return out.Bytes()
}
