package ini

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"huddleguard/checks/format/internal/textline"
)

// Place names an entry of a file as Get and GetFold do.
type Place struct {
	Section, Key string
	Fold         bool
}

// Raw is the value at a place as written, without the space around it.
func (f *File) Raw(p Place) (raw string, ok bool) {
	i, ok := f.find(p)
	if !ok {
		return "", false
	}
	return f.lines[i].value, true
}

func (f *File) find(p Place) (i int, ok bool) {
	if n := f.name(p); p.Fold {
		i, ok = f.folded[n]
	} else {
		i, ok = f.exact[n]
	}
	return i, ok
}

// name is what a place is found by. A section that is nowhere is number 0.
func (f *File) name(p Place) name {
	if p.Fold {
		return name{f.numbers[strings.ToLower(p.Section)], strings.ToLower(p.Key)}
	}
	return name{f.numbers[p.Section], p.Key}
}

// Set gives the file with a value, as written, at a place. Of a key that occurs
// again the last is changed, for that one counts. A new one comes behind the
// last entry of its section, a new section at the end. A name or a value that
// no line can hold gives a file that reads otherwise: the caller has to look.
func (f *File) Set(p Place, raw string) []byte {
	lines := f.texts()
	if i, ok := f.find(p); ok {
		lines[i].Text = f.lines[i].withValue(raw)
		return f.join(lines)
	}
	entry := p.Key + "=" + raw
	i, ok := f.end(p)
	switch {
	case ok:
		lines = textline.Insert(lines, i, entry)
	case len(lines) == 0 || len(bytes.TrimSpace(lines[len(lines)-1].Text)) == 0:
		lines = textline.Insert(lines, len(lines), "["+p.Section+"]", entry)
	default:
		lines = textline.Insert(lines, len(lines), "", "["+p.Section+"]", entry)
	}
	return f.join(lines)
}

// withValue is an entry's line with another value in it.
func (l line) withValue(raw string) []byte {
	rest := l.Text[bytes.IndexByte(l.Text, '=')+1:]
	start := len(l.Text) - len(rest)
	if l.value != "" { // else everything behind the sign is space
		start = len(l.Text) - len(bytes.TrimLeftFunc(rest, unicode.IsSpace))
	}
	return slices.Concat(l.Text[:start], []byte(raw), l.Text[start+len(l.value):])
}

// end is where a new entry of a section belongs.
func (f *File) end(p Place) (i int, ok bool) {
	wanted := f.name(p).section
	for i := len(f.lines) - 1; i >= 0; i-- {
		l := f.lines[i]
		numbers := l.section.exact
		if p.Fold {
			numbers = l.section.folded
		}
		if (l.entry || l.header) && slices.Contains(numbers[:], wanted) {
			return i + 1, true
		}
	}
	if p.Section != "" {
		return 0, false
	}
	i = slices.IndexFunc(f.lines, func(l line) bool { return l.header })
	if i < 0 {
		i = len(f.lines)
	}
	return i, true
}

// Cut gives the file without any line of that name.
func (f *File) Cut(p Place) []byte {
	wanted := f.name(p)
	return f.join(textline.Delete(f.texts(), func(i int) bool {
		return f.lines[i].entry && f.lines[i].isNamed(wanted, p.Fold)
	}))
}

func (l line) isNamed(wanted name, fold bool) bool {
	names := l.names()
	if fold {
		names = l.foldedNames()
	}
	return slices.Contains(names[:], wanted)
}

func (f *File) texts() []textline.Line {
	lines := make([]textline.Line, len(f.lines))
	for i, l := range f.lines {
		lines[i] = l.Line
	}
	return lines
}

func (f *File) join(lines []textline.Line) []byte {
	data := textline.Join(lines)
	if f.bom {
		data = append(slices.Clone(byteOrderMark), data...)
	}
	return data
}
