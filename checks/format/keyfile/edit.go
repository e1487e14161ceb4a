package keyfile

import (
	"bytes"
	"slices"
	"strings"

	"huddleguard/checks/format/internal/textline"
)

// Set gives the file with a value, as written, for a key. Of a key that occurs
// again the last is changed, for that one counts. A new one comes behind the
// last entry of its group, a new group at the end. A name or a value that no
// line can hold gives a file that reads otherwise: the caller has to look.
func (f *File) Set(group, key, raw string) []byte {
	lines := f.texts()
	if i, ok := f.last[name{f.numbers[group], key}]; ok {
		l := f.lines[i]
		lines[i].Text = slices.Concat(l.Text[:l.value], []byte(raw))
		return textline.Join(lines)
	}
	entry := key + "=" + raw
	i, ok := f.end(group)
	switch {
	case ok:
		lines = textline.Insert(lines, i, entry)
	case len(lines) == 0 || len(bytes.TrimSpace(lines[len(lines)-1].Text)) == 0:
		lines = textline.Insert(lines, len(lines), "["+group+"]", entry)
	default:
		lines = textline.Insert(lines, len(lines), "", "["+group+"]", entry)
	}
	return textline.Join(lines)
}

// end is where a new entry of a group belongs.
func (f *File) end(group string) (i int, ok bool) {
	wanted := f.numbers[group]
	for i := len(f.lines) - 1; i >= 0 && wanted != 0; i-- {
		if l := f.lines[i]; l.group == wanted && (l.key != "" || l.header) {
			return i + 1, true
		}
	}
	return 0, false
}

// Cut gives the file without any line of that key.
func (f *File) Cut(group, key string) []byte {
	wanted := f.numbers[group]
	return textline.Join(textline.Delete(f.texts(), func(i int) bool {
		return f.lines[i].key != "" && f.lines[i].key == key && f.lines[i].group == wanted
	}))
}

func (f *File) texts() []textline.Line {
	lines := make([]textline.Line, len(f.lines))
	for i, l := range f.lines {
		lines[i] = l.Line
	}
	return lines
}

// Item is the state of one item of a list as flatpak keeps them, as written:
// "all", "!all" (denied), and of the filesystems also "home:ro". Of an item
// that occurs again, in whatever state, the last counts.
func (f *File) Item(group, key, wanted string) (raw string, ok bool) {
	written, _ := f.Raw(group, key)
	for _, it := range split(written) {
		if it.is(key, wanted) {
			raw, ok = it.text, true
		}
	}
	return raw, ok
}

// is tells an item in any of its states. Conditional ones ("if:all:x") are
// items of their own: the plain one stands beside them.
func (it item) is(key, wanted string) bool {
	name := strings.TrimPrefix(Decode(it.text), "!")
	if name == wanted || key != "filesystems" {
		return name == wanted
	}
	for _, ending := range [...]string{":ro", ":rw", ":create"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name == wanted
}

// SetItem gives the file with one item of a list in the state raw, as written.
// A new item comes behind the others, a new list behind its group's last entry.
func (f *File) SetItem(group, key, wanted, raw string) []byte {
	written, _ := f.Raw(group, key)
	items := split(written)
	for i := len(items) - 1; i >= 0; i-- {
		if items[i].is(key, wanted) {
			items[i].text = raw
			return f.Set(group, key, join(items))
		}
	}
	ended := len(items) == 0 || items[len(items)-1].ended
	if !ended {
		items[len(items)-1].ended = true
	}
	return f.Set(group, key, join(append(items, item{raw, ended})))
}

// CutItem gives the file without that item of a list, and without the list if
// that was all of it.
func (f *File) CutItem(group, key, wanted string) []byte {
	written, _ := f.Raw(group, key)
	items := split(written)
	kept := slices.DeleteFunc(slices.Clone(items), func(it item) bool { return it.is(key, wanted) })
	switch {
	case len(kept) == len(items):
		return textline.Join(f.texts())
	case len(kept) == 0:
		return f.Cut(group, key)
	}
	if last := &kept[len(kept)-1]; last.text != "" && !items[len(items)-1].ended {
		last.ended = false // as the list ended before
	}
	return f.Set(group, key, join(kept))
}

func join(items []item) string {
	var b strings.Builder
	for _, it := range items {
		b.WriteString(it.text)
		if it.ended {
			b.WriteByte(';')
		}
	}
	return b.String()
}

// Encode writes a text as a value that Get gives back.
func Encode(text string) string {
	raw := encoder.Replace(text)
	if rest := strings.TrimLeft(raw, " "); rest != raw {
		raw = strings.Repeat(`\s`, len(raw)-len(rest)) + rest
	}
	return raw
}

var encoder = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// EncodeItem writes a text as one item of a list.
func EncodeItem(text string) string { return strings.ReplaceAll(Encode(text), ";", `\;`) }
