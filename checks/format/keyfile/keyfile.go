// Package keyfile reads and changes GLib key files: desktop entries, and flatpak's
// metadata, overrides and repository configuration.
//
// The rules are those of the Desktop Entry Specification 1.5 and of
// g_key_file_get_string. Where GLib gives up on one value (an unknown escape,
// bytes that are not UTF-8), this reader keeps what can be kept: the file may
// still start a program under another desktop.
package keyfile

import (
	"bytes"
	"slices"
	"strings"

	"huddleguard/checks/format/internal/textline"
)

// File is a parsed key file. It keeps every line as it was.
type File struct {
	lines   []line
	numbers textline.Names // of groups
	groups  []string
	keys    map[int][]string
	last    map[name]int // the last line of that name
}

// line is one line, read. Only an entry has a key.
type line struct {
	textline.Line
	group  int // the number of the one it stands in, 0 before the first
	key    string
	header bool // it begins a group
	value  int  // where the value begins: the space before it is none of it
}

// name is what an entry is found by: a group's number and a key.
type name struct {
	group int
	key   string
}

// Parse reads a file of at most textline.MaxSize bytes. A line that is neither
// blank, nor a comment, nor a group, nor key=value within a group is an error
// that gives the line's number.
func Parse(data []byte) (*File, error) {
	lines, err := textline.Split(data)
	if err != nil {
		return nil, err
	}
	f := &File{lines: make([]line, 0, len(lines)), numbers: textline.Names{}, keys: map[int][]string{}, last: map[name]int{}}
	group := 0
	for _, l := range lines {
		read, err := f.read(l, group)
		if err != nil {
			return nil, err
		}
		group = read.group
		f.add(read)
	}
	return f, nil
}

// read reads a line that stands in a group, or begins one.
func (f *File) read(l textline.Line, group int) (line, error) {
	text := string(bytes.TrimLeft(l.Text, " \t"))
	read := line{Line: l, group: group}
	var err error
	switch {
	case text == "" || text[0] == '#':
	case text[0] == '[':
		read.header = true
		read.group, err = f.beginGroup(l, text)
	case group == 0:
		err = l.Errorf("stands before the first group")
	default:
		read.key, read.value, err = entry(l, text)
	}
	return read, err
}

// beginGroup is the number of the group that a line begins.
func (f *File) beginGroup(l textline.Line, text string) (int, error) {
	group, err := groupName(l, text)
	if err != nil {
		return 0, err
	}
	if _, known := f.numbers[group]; !known {
		f.groups = append(f.groups, group)
	}
	return f.numbers.Number(group), nil
}

func groupName(l textline.Line, text string) (string, error) {
	group, closed := strings.CutSuffix(strings.TrimRight(text[1:], " \t"), "]")
	if !closed || group == "" || strings.ContainsAny(group, "[]") {
		return "", l.Errorf("is not a whole group name")
	}
	return group, nil
}

// entry reads key=value: the key, and where in the line the value begins.
func entry(l textline.Line, text string) (key string, value int, err error) {
	key, written, found := strings.Cut(text, "=")
	key = strings.TrimRight(key, " \t")
	switch {
	case !found:
		return "", 0, l.Errorf("is neither blank, comment, group nor key=value")
	case key == "":
		return "", 0, l.Errorf("has no key")
	}
	return key, len(l.Text) - len(strings.TrimLeft(written, " \t")), nil
}

// add takes a line into the file and its indexes.
func (f *File) add(l line) {
	f.lines = append(f.lines, l)
	if l.key == "" {
		return
	}
	n := name{l.group, l.key}
	if _, again := f.last[n]; !again {
		f.keys[l.group] = append(f.keys[l.group], l.key)
	}
	f.last[n] = len(f.lines) - 1
}

// Groups are the groups in order of appearance, each once.
func (f *File) Groups() []string { return slices.Clone(f.groups) }

// Keys are a group's keys in order of appearance, each once.
func (f *File) Keys(group string) []string { return slices.Clone(f.keys[f.numbers[group]]) }

// Get is the value of a key with its escapes decoded. Of a key that occurs
// again, also in a later group of that name, the last counts. A translated key
// is named with its language: "Name[de]".
func (f *File) Get(group, key string) (value string, ok bool) {
	written, ok := f.Raw(group, key)
	return Decode(written), ok
}

// Raw is the value of a key as written, without the space before it.
func (f *File) Raw(group, key string) (raw string, ok bool) {
	i, ok := f.last[name{f.numbers[group], key}]
	if !ok {
		return "", false
	}
	return string(f.lines[i].Text[f.lines[i].value:]), true
}

// List is the value of a key as a list: items end with ";", and "\;" is a
// semicolon within one. Items are not judged: flatpak's "!x" (denied) and
// "if:x:condition" (conditional, since 1.17) come as they are.
func (f *File) List(group, key string) (items []string, ok bool) {
	written, ok := f.Raw(group, key)
	for _, it := range split(written) {
		items = append(items, Decode(it.text))
	}
	return items, ok
}

// item is one item of a list, as written.
type item struct {
	text  string
	ended bool // a semicolon stands behind it; the last may have none
}

func split(written string) (items []item) {
	start := 0
	for i := 0; i < len(written); i++ {
		switch written[i] {
		case '\\':
			i++
		case ';':
			items = append(items, item{written[start:i], true})
			start = i + 1
		}
	}
	if start < len(written) {
		items = append(items, item{written[start:], false})
	}
	return items
}

var escapes = map[byte]byte{'s': ' ', 'n': '\n', 't': '\t', 'r': '\r', '\\': '\\', ';': ';'}

// Decode decodes the escapes of a value; an unknown one stays as it is, and
// bytes that are not UTF-8 become the replacement character.
func Decode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if c, ok := escapes[s[i+1]]; ok {
				b.WriteByte(c)
				i++
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\ufffd")
}
