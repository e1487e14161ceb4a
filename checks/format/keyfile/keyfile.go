// Package keyfile reads GLib key files: desktop entries, and flatpak's
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

// File is a parsed key file.
type File struct {
	groups []string
	keys   map[string][]string
	values map[name]string // as written, without the space before them
}

type name struct{ group, key string }

// Parse reads a file of at most textline.MaxSize bytes. A line that is neither
// blank, nor a comment, nor a group, nor key=value within a group is an error
// that gives the line's number.
func Parse(data []byte) (*File, error) {
	lines, err := textline.Split(data)
	if err != nil {
		return nil, err
	}
	f := &File{keys: map[string][]string{}, values: map[name]string{}}
	group, inGroup := "", false
	for _, l := range lines {
		text := string(bytes.TrimLeft(l.Text, " \t"))
		switch {
		case text == "" || text[0] == '#':
		case text[0] == '[':
			if group, err = groupName(l, text); err != nil {
				return nil, err
			}
			f.addGroup(group)
			inGroup = true
		case !inGroup:
			return nil, l.Errorf("stands before the first group")
		default:
			if err := f.addEntry(l, group, text); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func groupName(l textline.Line, text string) (string, error) {
	group, closed := strings.CutSuffix(strings.TrimRight(text[1:], " \t"), "]")
	if !closed || group == "" || strings.ContainsAny(group, "[]") {
		return "", l.Errorf("is not a whole group name")
	}
	return group, nil
}

func (f *File) addGroup(group string) {
	if _, known := f.keys[group]; !known {
		f.groups = append(f.groups, group)
		f.keys[group] = nil
	}
}

func (f *File) addEntry(l textline.Line, group, text string) error {
	key, value, found := strings.Cut(text, "=")
	key = strings.TrimRight(key, " \t")
	switch {
	case !found:
		return l.Errorf("is neither blank, comment, group nor key=value")
	case key == "":
		return l.Errorf("has no key")
	}
	if _, again := f.values[name{group, key}]; !again {
		f.keys[group] = append(f.keys[group], key)
	}
	f.values[name{group, key}] = strings.TrimLeft(value, " \t")
	return nil
}

// Groups are the groups in order of appearance, each once.
func (f *File) Groups() []string { return slices.Clone(f.groups) }

// Keys are a group's keys in order of appearance, each once.
func (f *File) Keys(group string) []string { return slices.Clone(f.keys[group]) }

// Get is the value of a key with its escapes decoded. Of a key that occurs
// again, also in a later group of that name, the last counts. A translated key
// is named with its language: "Name[de]".
func (f *File) Get(group, key string) (value string, ok bool) {
	written, ok := f.values[name{group, key}]
	return unescape(written), ok
}

// List is the value of a key as a list: items end with ";", and "\;" is a
// semicolon within one. Items are not judged: flatpak's "!x" (denied) and
// "if:x:condition" (conditional, since 1.17) come as they are.
func (f *File) List(group, key string) (items []string, ok bool) {
	written, ok := f.values[name{group, key}]
	start := 0
	for i := 0; i < len(written); i++ {
		switch written[i] {
		case '\\':
			i++
		case ';':
			items = append(items, unescape(written[start:i]))
			start = i + 1
		}
	}
	if start < len(written) {
		items = append(items, unescape(written[start:]))
	}
	return items, ok
}

var escapes = map[byte]byte{'s': ' ', 'n': '\n', 't': '\t', 'r': '\r', '\\': '\\', ';': ';'}

// unescape decodes the escapes of a value; an unknown one stays as it is, and
// bytes that are not UTF-8 become the replacement character.
func unescape(s string) string {
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
