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
	sections []string            // as written, each once
	keys     map[string][]string // of a section as written, each once
	exact    map[name]int        // the last line of that name
	folded   map[name]int        // the same, in lower case
}

// line is one line, read. Only an entry has a key.
type line struct {
	textline.Line
	entry      bool
	header     bool   // it begins a section
	section    string // the section it stands in, as written
	key, value string // as written, without the space around them
}

type name struct{ section, key string }

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
	f := &File{bom: bom, lines: make([]line, 0, len(lines)),
		keys: map[string][]string{}, exact: map[name]int{}, folded: map[name]int{}}
	section := ""
	for _, l := range lines {
		read, err := parseLine(l, section)
		if err != nil {
			return nil, err
		}
		section = read.section
		f.add(read)
	}
	return f, nil
}

// add takes a line into the file and its indexes, under each of its names.
func (f *File) add(l line) {
	_, known := f.keys[l.section]
	if !known && (l.entry || l.section != "") {
		f.sections = append(f.sections, l.section)
		f.keys[l.section] = nil
	}
	f.lines = append(f.lines, l)
	if !l.entry {
		return
	}
	if _, again := f.exact[name{l.section, l.key}]; !again {
		f.keys[l.section] = append(f.keys[l.section], l.key)
	}
	for _, n := range l.names() {
		f.exact[n] = len(f.lines) - 1
		f.folded[n.fold()] = len(f.lines) - 1
	}
}

// names are what an entry is found by.
func (l line) names() (out [4]name) {
	section, key := decodeKey(l.section), decodeKey(l.key)
	return [4]name{{l.section, l.key}, {l.section, key}, {section, l.key}, {section, key}}
}

func (n name) fold() name { return name{strings.ToLower(n.section), strings.ToLower(n.key)} }

func parseLine(l textline.Line, section string) (line, error) {
	text := string(bytes.TrimSpace(l.Text))
	read := line{Line: l, section: section}
	switch {
	case text == "" || isComment(text):
		return read, nil
	case text[0] == '[':
		name, rest, closed := strings.Cut(text[1:], "]")
		if rest = strings.TrimSpace(rest); !closed || rest != "" && !isComment(rest) {
			return read, l.Errorf("is not a whole section name")
		}
		read.section, read.header = strings.Clone(name), true
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
	i, ok := f.exact[name{section, key}]
	if !ok {
		return "", false
	}
	return decodeValue(f.lines[i].value), true
}

// GetFold is Get without regard to case, for programs that have none.
func (f *File) GetFold(section, key string) (value string, ok bool) {
	i, ok := f.folded[name{section, key}.fold()]
	if !ok {
		return "", false
	}
	return decodeValue(f.lines[i].value), true
}

// Sections are the sections as written, each once, in order of appearance;
// "" is among them only where keys stand before the first.
func (f *File) Sections() []string { return slices.Clone(f.sections) }

// Keys are the keys of a section, both as written, each once, in order of
// appearance.
func (f *File) Keys(section string) []string { return slices.Clone(f.keys[section]) }
