package jsonv

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Text is a document that keeps every byte. Libraries that change JSON were
// looked at first (2026-11): of a member that occurs again sjson 1.2.9 and
// hujson change the first, though the last counts; both put a new member on the
// line of the one before it; sjson takes what is no JSON, and hujson no byte
// order mark, and its stack overflows on deep nesting.
type Text struct {
	data []byte
	root int // where the outermost value begins
}

// ParseText takes what Parse takes.
func ParseText(data []byte) (*Text, error) {
	body, err := check(data)
	if err != nil {
		return nil, err
	}
	root := len(data) - len(bytes.TrimLeft(body, space))
	return &Text{data, root}, nil
}

const space = " \t\r\n"

// object is one object as it stands in a text.
type object struct {
	open, close int // its braces
	members     []member
}

// member is where a member stands: its name begins at start and ends before
// nameEnd, its value begins at value and ends before end.
type member struct{ start, nameEnd, value, end int }

// object takes apart the object that begins at a place, if one does.
func (t *Text) object(at int) (o object, ok bool) {
	if t.data[at] != '{' {
		return o, false
	}
	o.open = at
	i := t.skip(at + 1)
	for t.data[i] != '}' {
		m := member{start: i, nameEnd: t.end(i)}
		m.value = t.skip(t.skip(m.nameEnd) + 1) // behind the colon
		m.end = t.end(m.value)
		o.members = append(o.members, m)
		if i = t.skip(m.end); t.data[i] == ',' {
			i = t.skip(i + 1)
		}
	}
	o.close = i
	return o, true
}

// skip passes over white space.
func (t *Text) skip(i int) int {
	for i < len(t.data) && isSpace(t.data[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// end is where the value that begins at a place ends.
func (t *Text) end(i int) int {
	for level := 0; ; i++ {
		switch c := t.data[i]; {
		case c == '"':
			if i = t.stringEnd(i); level == 0 {
				return i + 1
			}
		case c == '{' || c == '[':
			level++
		case c == '}' || c == ']':
			if level--; level == 0 {
				return i + 1
			}
		case level == 0 && t.endsWord(i+1):
			return i + 1
		}
	}
}

// stringEnd is where the closing quote of a string stands.
func (t *Text) stringEnd(i int) int {
	for i++; t.data[i] != '"'; i++ {
		if t.data[i] == '\\' {
			i++
		}
	}
	return i
}

// endsWord tells whether a number or a word ends before a place.
func (t *Text) endsWord(i int) bool {
	return i == len(t.data) || isSpace(t.data[i]) || bytes.IndexByte([]byte(",]}"), t.data[i]) >= 0
}

// named are the members of a name, by their numbers.
func (t *Text) named(o object, name string) (hits []int) {
	for i, m := range o.members {
		var got string
		if json.Unmarshal(t.data[m.start:m.nameEnd], &got) == nil && got == name {
			hits = append(hits, i)
		}
	}
	return hits
}

// place is as far as a path leads.
type place struct {
	object        // the innermost object that is there
	hits    []int // its members of the path's name at that depth
	missing []string
	depth   int // of the object: how many others it stands in
}

var errNoObject = errors.New("stands below a value that is no object")

// walk follows a path. It is there if nothing of it is missing.
func (t *Text) walk(path []string) (p place, err error) {
	at := t.root
	for i, name := range path {
		o, ok := t.object(at)
		if !ok {
			return place{}, errNoObject
		}
		p = place{object: o, hits: t.named(o, name), depth: i}
		if len(p.hits) == 0 {
			p.missing = path[i:]
			return p, nil
		}
		at = p.last().value
	}
	return p, nil
}

// last is the member that counts.
func (p place) last() member { return p.members[p.hits[len(p.hits)-1]] }

// Raw is the value at a path of at least one name, as written.
func (t *Text) Raw(path ...string) (raw []byte, ok bool) {
	p, err := t.walk(path)
	if err != nil || len(p.missing) > 0 {
		return nil, false
	}
	m := p.last()
	return t.data[m.value:m.end], true
}
