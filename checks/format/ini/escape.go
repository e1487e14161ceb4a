package ini

import (
	"strconv"
	"strings"
)

// The escapes are those of Qt's qsettings.cpp (iniUnescapedKey and
// iniUnescapedStringList), read in Qt 5.15.

// decodeKey decodes a key or section: %XX and %UXXXX are characters by number,
// and a backslash stands for the slash between groups. What is no whole escape
// stays as it is.
func decodeKey(written string) string {
	var b strings.Builder
	for i := 0; i < len(written); i++ {
		switch c := written[i]; c {
		case '\\':
			b.WriteByte('/')
		case '%':
			r, n := percent(written[i+1:])
			b.WriteRune(r)
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// percent reads what follows a percent sign: the character, and how many
// bytes it takes. Where none follows it is the percent sign itself.
func percent(rest string) (r rune, n int) {
	skip, digits := 0, 2
	if strings.HasPrefix(rest, "U") {
		skip, digits = 1, 4
	}
	if len(rest) < skip+digits {
		return '%', 0
	}
	v, err := strconv.ParseUint(rest[skip:skip+digits], 16, 32)
	if err != nil {
		return '%', 0
	}
	return rune(v), skip + digits
}

// decodeValue takes quotes and escapes off a value.
func decodeValue(written string) string {
	text, quoted := unquote(written)
	inner, isBytes := strings.CutPrefix(text, "@ByteArray(")
	if isBytes {
		inner, isBytes = strings.CutSuffix(inner, ")")
	}
	switch {
	case isBytes:
		return unescape(inner, func(b *strings.Builder, v uint64) { b.WriteByte(byte(v)) })
	case quoted:
		return unescape(text, func(b *strings.Builder, v uint64) { b.WriteRune(rune(v & 0xffff)) })
	}
	return written
}

// unquote takes the quotes off a value that is one quoted string. A list of
// them, or a quote that only begins ("Ann" <sip:ann@example.org>), is none.
func unquote(s string) (inner string, ok bool) {
	if len(s) < 2 || s[0] != '"' {
		return s, false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			if i == len(s)-1 {
				return s[1:i], true
			}
			return s, false
		}
	}
	return s, false
}

var simpleEscapes = map[byte]byte{
	'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
	'"': '"', '?': '?', '\'': '\'', '\\': '\\',
}

// unescape decodes backslash escapes; number writes a character given by its
// number, hexadecimal (\x41) or octal (\101). Other escapes stay as they are.
func unescape(s string, number func(*strings.Builder, uint64)) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if c, ok := simpleEscapes[s[i]]; ok {
			b.WriteByte(c)
			continue
		}
		v, n := numbered(s[i:])
		if n == 0 {
			b.WriteString(s[i-1 : i+1])
			continue
		}
		number(&b, v)
		i += n - 1
	}
	return b.String()
}

// numbered reads "x41" or "101": the number, and how many bytes it takes. As
// in Qt it takes all the digits there are.
func numbered(s string) (v uint64, n int) {
	base, digits := uint64(8), "01234567"
	if s[0] == 'x' {
		base, digits, n = 16, "0123456789abcdefABCDEF", 1
	}
	start := n
	for n < len(s) && strings.IndexByte(digits, s[n]) >= 0 {
		d, _ := strconv.ParseUint(s[n:n+1], 16, 8)
		v = v*base + d
		n++
	}
	if n == start {
		return 0, 0
	}
	return v, n
}
