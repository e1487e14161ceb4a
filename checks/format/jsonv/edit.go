package jsonv

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Set gives the document with a value, as written, at a path of at least one
// name. What is not there comes behind the other members of its object, laid
// out as they are. A value that is not one whole value gives a document that
// reads otherwise: the caller has to look.
func (t *Text) Set(raw []byte, path ...string) ([]byte, error) {
	p, err := t.walk(path)
	if err != nil {
		return nil, err
	}
	if len(p.missing) == 0 {
		m := p.last()
		return t.splice(m.value, m.end, string(raw)), nil
	}
	if len(p.members) == 0 {
		l := t.layout(p.depth)
		text := l.deeper().line() + l.deeper().member(p.missing, string(raw)) + l.line()
		return t.splice(p.open+1, p.close, text), nil
	}
	l, gap := t.layoutOf(p.object)
	last := p.members[len(p.members)-1]
	return t.splice(last.end, last.end, gap+l.member(p.missing, string(raw))), nil
}

func (t *Text) splice(from, to int, text string) []byte {
	return slices.Concat(t.data[:from], []byte(text), t.data[to:])
}

// Cut gives the document without any member of the name at a path.
func (t *Text) Cut(path ...string) []byte {
	p, err := t.walk(path)
	if err != nil || len(p.missing) > 0 {
		return slices.Clone(t.data)
	}
	if len(p.hits) == len(p.members) {
		return t.splice(p.open+1, p.close, "")
	}
	var out []byte
	from := 0
	for n, i := range p.hits {
		start, end := p.members[i].start, p.members[i].end
		if n == i { // none before it is kept: it goes with what stands behind
			end = p.members[i+1].start
		} else {
			start = p.members[i-1].end
		}
		out = append(out, t.data[from:start]...)
		from = end
	}
	return append(out, t.data[from:]...)
}

// layout is how the members of an object are written.
type layout struct {
	eol    string // nothing where all stands on one line
	indent string // before each member
	unit   string // what a level adds to it
	colon  string
}

func (l layout) line() string { return l.eol + l.indent }

func (l layout) deeper() layout {
	l.indent += l.unit
	return l
}

// member writes a member that is a path of its own.
func (l layout) member(path []string, raw string) string {
	text := EncodeText(path[0]) + l.colon
	if len(path) == 1 {
		return text + raw
	}
	in := l.deeper()
	return text + "{" + in.line() + in.member(path[1:], raw) + l.line() + "}"
}

// EncodeText writes a string, with no more escapes than JSON asks for.
func EncodeText(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // any string can be written, and into memory
	return strings.TrimSuffix(b.String(), "\n")
}

// layoutOf is the layout of an object's last member, and what stands between
// it and the member before.
func (t *Text) layoutOf(o object) (l layout, gap string) {
	last := o.members[len(o.members)-1]
	gap = "," + string(t.data[o.open+1:last.start])
	if n := len(o.members); n > 1 {
		gap = string(t.data[o.members[n-2].end:last.start])
	}
	l = t.layout(0)
	l.indent, l.colon = "", string(t.data[last.nameEnd:last.value])
	if i := strings.LastIndexByte(gap, '\n'); i >= 0 && l.eol != "" {
		l.indent, _, _ = strings.Cut(gap[i+1:], ",") // some put the comma first
	} else {
		l.eol, l.unit = "", ""
	}
	return l, gap
}

// layout is that of the document, as its first member shows it, for an object
// at a depth. A document without any is written in lines if it ends with one.
func (t *Text) layout(depth int) layout {
	l := layout{eol: "\n", unit: "  ", colon: ": "}
	if bytes.Contains(t.data, []byte("\r\n")) {
		l.eol = "\r\n"
	}
	root, _ := t.object(t.root)
	first, lines := t.data[root.open:root.close], bytes.HasSuffix(t.data, []byte("\n"))
	if len(root.members) > 0 {
		m := root.members[0]
		first, l.colon = t.data[root.open+1:m.start], string(t.data[m.nameEnd:m.value])
		lines = false
	}
	if i := bytes.LastIndexByte(first, '\n'); i >= 0 {
		lines = true
		if len(root.members) > 0 {
			l.unit = string(first[i+1:])
		}
	}
	if !lines {
		return layout{colon: l.colon}
	}
	l.indent = strings.Repeat(l.unit, depth)
	return l
}
