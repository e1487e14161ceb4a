// Package lines splits settings files into lines the way every INI dialect
// does: a byte order mark, CRLF and blank lines are of no account, a section is
// a name in brackets, an entry is a name, "=" and a value.
package lines

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSize bounds a file in bytes, and MaxLines its lines.
const (
	MaxSize  = 8 << 20
	MaxLines = 200_000
)

// Error is a line that is none of blank, comment, section and entry. It does
// not say what the line holds.
type Error struct {
	Line int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d %s", e.Line, e.What) }

// Entry is a name and its value, as they stand in the file.
type Entry struct {
	Section, Name, Value string
	Line                 int
}

// Scan calls section for every section and each for every entry, in order.
// comments are the characters that begin a comment line.
func Scan(data []byte, comments string, section func(name string), each func(Entry)) error {
	if len(data) > MaxSize {
		return fmt.Errorf("is larger than %d bytes", MaxSize)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	current := ""
	for n := 1; len(data) > 0; n++ {
		if n > MaxLines {
			return &Error{n, "is one line too many"}
		}
		var raw []byte
		raw, data, _ = bytes.Cut(data, []byte("\n"))
		line := strings.TrimSpace(string(raw))
		switch {
		case strings.IndexByte(line, 0) >= 0 || !utf8.ValidString(line):
			return &Error{n, "is not text"}
		case line == "" || strings.IndexByte(comments, line[0]) >= 0:
		case line[0] == '[':
			end := strings.LastIndexByte(line, ']')
			if end < 0 {
				return &Error{n, "begins a section and does not end it"}
			}
			current = line[1:end]
			section(current)
		default:
			name, value, ok := strings.Cut(line, "=")
			if name = strings.TrimSpace(name); !ok || name == "" {
				return &Error{n, "is neither a section nor an entry"}
			}
			each(Entry{current, name, strings.TrimSpace(value), n})
		}
	}
	return nil
}
