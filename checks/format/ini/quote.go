package ini

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrText means that no line can hold a text.
var ErrText = errors.New("a text that cannot be written")

// Quoted tells a value, as written, that stands in quotes.
func Quoted(raw string) bool {
	_, quoted := unquote(raw)
	return quoted
}

// Decode is a value, as written, without its quotes and escapes.
func Decode(raw string) string { return decodeValue(raw) }

// Encode writes a text as a value that Get gives back: in quotes with Qt's
// escapes where like, the value that stands there now, is so or where the text
// needs it, else as it is. A semicolon or an equals sign that stands bare in
// like shows a program that knows no quotes.
func Encode(text, like string) (raw string, err error) {
	plain := !Quoted(like) && strings.ContainsAny(like, ";=")
	raw = text
	if Quoted(like) || !plain && strings.ContainsFunc(text, isSpecial) || decodeValue(text) != text || strings.TrimSpace(text) != text {
		raw = quote(text)
	}
	if strings.HasPrefix(text, "@") || strings.ContainsAny(raw, "\r\n\x00") || decodeValue(raw) != text {
		return "", ErrText
	}
	return raw, nil
}

// isSpecial tells the characters for which Qt quotes or escapes.
func isSpecial(r rune) bool {
	return r < ' ' || r >= utf8.RuneSelf || strings.ContainsRune(";,=\"\\", r)
}

// quote writes a text as Qt's iniEscapedString does. A digit behind an escape
// by number would be taken for a part of it, and is escaped as well.
func quote(text string) string {
	var b strings.Builder
	numbered := false
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r >= utf8.RuneSelf || numbered && strings.ContainsRune("0123456789abcdefABCDEF", r):
			fmt.Fprintf(&b, `\x%x`, r)
			numbered = true
			continue
		default:
			b.WriteRune(r)
		}
		numbered = false
	}
	b.WriteByte('"')
	return b.String()
}
