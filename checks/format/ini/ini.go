// Package ini reads and changes INI files: the plain ones of Windows programs, of Linphone
// and of Firefox, and those Qt programs write (QSettings).
//
// There is no one INI format, and this reader is no program's own: where
// programs differ it keeps what the file says. Qt's escapes are decoded in
// keys, in quoted values and in @ByteArray(...), and nowhere else, because in
// a plain file a backslash or a percent sign is only itself. The line ends the
// value; no writer we know continues one.
package ini

import (
	"bytes"
	"slices"
	"strings"

	"huddleguard/checks/format/internal/textline"
)

// File is a parsed file. It keeps every line as it was.
type File struct {
	bom      bool
	lines    []line
	numbers  textline.Names // of sections, in all their spellings
	sections map[string]*section
	order    []string     // of the sections, as written, each once
	exact    map[name]int // the last line of that name
	folded   map[name]int // the same, in lower case
}

// line is one line, read. Only an entry has a key; a header's is the section.
type line struct {
	textline.Line
	entry      bool
	header     bool     // it begins a section
	section    *section // the one it stands in
	key, value string   // as written, without the space around them
}

// section is the name of a section, with the numbers of its spellings: as
// written and with Qt's escapes decoded.
type section struct {
	written       string
	exact, folded [2]int
	seen          bool     // it begins somewhere, or a key stands in it
	keys          []string // as written, each once
}

// name is what an entry is found by: a section's number and a key.
type name struct {
	section int
	key     string
}

var byteOrderMark = []byte("\ufeff")

// Parse reads a file of at most textline.MaxSize bytes. A line that is neither
// blank, nor a comment (";" or "#"), nor a section, nor key=value is an error
// that gives the line's number.
func Parse(data []byte) (*File, error) {
	text, bom := bytes.CutPrefix(data, byteOrderMark)
	lines, err := textline.Split(text)
	if err != nil {
		return nil, err
	}
	f := &File{bom: bom, lines: make([]line, 0, len(lines)), numbers: textline.Names{},
		sections: map[string]*section{}, exact: map[name]int{}, folded: map[name]int{}}
	in := f.section("")
	for _, l := range lines {
		read, err := parseLine(l)
		if err != nil {
			return nil, err
		}
		if read.header {
			in = f.section(read.key)
		}
		read.section = in
		f.add(read)
	}
	return f, nil
}

// section is the section of a name as written.
func (f *File) section(written string) *section {
	s, known := f.sections[written]
	if !known {
		decoded := decodeKey(written)
		s = &section{written: written,
			exact:  [2]int{f.numbers.Number(written), f.numbers.Number(decoded)},
			folded: [2]int{f.numbers.Number(strings.ToLower(written)), f.numbers.Number(strings.ToLower(decoded))}}
		f.sections[written] = s
	}
	return s
}

// add takes a line into the file and its indexes, under each of its names.
func (f *File) add(l line) {
	if !l.section.seen && (l.entry || l.header) {
		l.section.seen = true
		f.order = append(f.order, l.section.written)
	}
	f.lines = append(f.lines, l)
	if !l.entry {
		return
	}
	if _, again := f.exact[name{l.section.exact[0], l.key}]; !again {
		l.section.keys = append(l.section.keys, l.key)
	}
	for _, n := range l.names() {
		f.exact[n] = len(f.lines) - 1
	}
	for _, n := range l.foldedNames() {
		f.folded[n] = len(f.lines) - 1
	}
}

// names are what an entry is found by.
func (l line) names() [4]name { return pairs(l.section.exact, l.key, decodeKey(l.key)) }

func (l line) foldedNames() [4]name {
	return pairs(l.section.folded, strings.ToLower(l.key), strings.ToLower(decodeKey(l.key)))
}

func pairs(sections [2]int, key, decoded string) [4]name {
	return [4]name{{sections[0], key}, {sections[0], decoded}, {sections[1], key}, {sections[1], decoded}}
}

func parseLine(l textline.Line) (line, error) {
	text := string(bytes.TrimSpace(l.Text))
	read := line{Line: l}
	switch {
	case text == "" || isComment(text):
		return read, nil
	case text[0] == '[':
		name, rest, closed := strings.Cut(text[1:], "]")
		if rest = strings.TrimSpace(rest); !closed || rest != "" && !isComment(rest) {
			return read, l.Errorf("is not a whole section name")
		}
		read.key, read.header = strings.Clone(name), true
		return read, nil
	}
	key, value, found := strings.Cut(text, "=")
	if !found {
		return read, l.Errorf("is neither blank, comment, section nor key=value")
	}
	read.entry, read.key, read.value = true, strings.TrimSpace(key), strings.TrimSpace(value)
	if read.key == "" {
		return read, l.Errorf("has no key")
	}
	return read, nil
}

func isComment(text string) bool { return text[0] == ';' || text[0] == '#' }

// Get is the value of a key, both named exactly: either as the file writes
// them or with Qt's escapes decoded ("a#b" finds "a%23b", "a/b" finds "a\b").
// Keys before the first section stand in section "". Of a key that occurs
// again, also in a later section of that name, the last counts.
//
// The value is without its quotes and escapes, and of @ByteArray(...) only
// what stands inside; any other value is as written, and so need not be UTF-8.
func (f *File) Get(section, key string) (value string, ok bool) {
	return f.decoded(Place{Section: section, Key: key})
}

// GetFold is Get without regard to case, for programs that have none.
func (f *File) GetFold(section, key string) (value string, ok bool) {
	return f.decoded(Place{Section: section, Key: key, Fold: true})
}

func (f *File) decoded(p Place) (value string, ok bool) {
	raw, ok := f.Raw(p)
	return decodeValue(raw), ok
}

// Sections are the sections as written, each once, in order of appearance;
// "" is among them only where keys stand before the first.
func (f *File) Sections() []string { return slices.Clone(f.order) }

// Keys are the keys of a section, both as written, each once, in order of
// appearance.
func (f *File) Keys(section string) []string {
	if s, ok := f.sections[section]; ok {
		return slices.Clone(s.keys)
	}
	return nil
}
