// Package textline cuts a text file into numbered lines, and refuses what no
// settings file written as text holds. The formats made of lines rest on it.
package textline

import (
	"bytes"
	"fmt"
	"slices"
)

// Bounds of a file. Settings files seen have some thousand lines.
const (
	MaxSize  = 16 << 20 // bytes
	MaxLines = 100_000
	MaxLine  = 1 << 20 // bytes; Mumble keeps a certificate in one
)

// Line is one line as it stands in the file.
type Line struct {
	Number int    // from 1
	Text   []byte // without its ending
	Ending string // "\n", "\r\n", or nothing on a last line that is not ended
}

// Split cuts data into lines. Put together again, texts and endings are data,
// so that one line can be changed and every other byte kept.
func Split(data []byte) ([]Line, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("larger than %d bytes", MaxSize)
	}
	if n := bytes.Count(data, []byte("\n")); n >= MaxLines {
		return nil, fmt.Errorf("more than %d lines", MaxLines)
	}
	var lines []Line
	for raw := range bytes.Lines(data) {
		l := cut(raw)
		l.Number = len(lines) + 1
		if err := l.check(); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func cut(raw []byte) Line {
	if text, ok := bytes.CutSuffix(raw, []byte("\r\n")); ok {
		return Line{Text: text, Ending: "\r\n"}
	}
	if text, ok := bytes.CutSuffix(raw, []byte("\n")); ok {
		return Line{Text: text, Ending: "\n"}
	}
	return Line{Text: raw}
}

// check refuses a line without end, a NUL, which is in noise and in UTF-16 but in no text, and a
// carriage return inside a line, which some programs take for a line's end.
func (l Line) check() error {
	switch {
	case len(l.Text) > MaxLine:
		return l.Errorf("is longer than %d bytes", MaxLine)
	case bytes.IndexByte(l.Text, 0) >= 0:
		return l.Errorf("holds a NUL byte")
	case bytes.IndexByte(l.Text, '\r') >= 0:
		return l.Errorf("holds a stray carriage return")
	}
	return nil
}

// Errorf is an error with the line's number. It must not quote the line.
func (l Line) Errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", l.Number, fmt.Errorf(format, args...))
}

// Join puts lines together again.
func Join(lines []Line) []byte {
	size := 0
	for _, l := range lines {
		size += len(l.Text) + len(l.Ending)
	}
	data := make([]byte, 0, size)
	for _, l := range lines {
		data = append(append(data, l.Text...), l.Ending...)
	}
	return data
}

// Insert gives the lines with new ones before the i-th, ended as their
// neighbours are. A file whose last line is not ended stays so.
func Insert(lines []Line, i int, texts ...string) []Line {
	lines = slices.Clone(lines)
	eol := ending(lines, i)
	added := make([]Line, len(texts))
	for n, text := range texts {
		added[n] = Line{Text: []byte(text), Ending: eol}
	}
	if i > 0 && lines[i-1].Ending == "" {
		lines[i-1].Ending = eol
		added[len(added)-1].Ending = ""
	}
	return slices.Insert(lines, i, added...)
}

// Delete gives the lines without some, told by their index. A file whose last
// line is not ended stays so.
func Delete(lines []Line, del func(i int) bool) []Line {
	kept := make([]Line, 0, len(lines))
	for i, l := range lines {
		if !del(i) {
			kept = append(kept, l)
		}
	}
	if len(kept) > 0 && lines[len(lines)-1].Ending == "" {
		kept[len(kept)-1].Ending = ""
	}
	return kept
}

// ending is how a new line before the i-th has to end: as the one before it,
// or as the first that is ended.
func ending(lines []Line, i int) string {
	if i > 0 && lines[i-1].Ending != "" {
		return lines[i-1].Ending
	}
	if len(lines) > 0 && lines[0].Ending != "" {
		return lines[0].Ending
	}
	return "\n"
}
