package plist

import (
	"bytes"
	"slices"
	"strings"

	"huddleguard/checks/format/internal/xmlread"
)

// text is a list in XML that keeps every byte.
type text struct {
	data []byte
	root *element
}

// element is where a value stands.
type element struct {
	kind       string
	start, end int // from its first "<" to behind its last ">"
	open       int // behind its first tag
	names      []string
	keys       []span // of the names
	values     []*element
}

type span struct{ start, end int }

// parseText goes through a list that Parse has taken.
func parseText(data []byte) (*text, error) {
	r, err := xmlread.New(data)
	if err != nil {
		return nil, err
	}
	r.Doctype = true
	p := &xmlList{Reader: r}
	if _, err := p.element(); err != nil { // <plist>
		return nil, err
	}
	top, err := p.element()
	if err != nil || top == nil {
		return nil, ErrForm
	}
	root, err := p.where(top.Name.Local)
	return &text{data, root}, err
}

// where goes through the element just begun.
func (p *xmlList) where(kind string) (*element, error) {
	e := &element{kind: kind, start: p.Start(), open: p.End()}
	var err error
	if kind == "dict" || kind == "array" {
		err = p.parts(e)
	} else {
		_, err = p.Text()
	}
	e.end = p.End()
	return e, err
}

func (p *xmlList) parts(e *element) error {
	for {
		next, err := p.element()
		if err != nil || next == nil {
			return err
		}
		if e.kind == "dict" {
			start := p.Start()
			name, err := p.Text()
			if err != nil {
				return err
			}
			e.names, e.keys = append(e.names, name), append(e.keys, span{start, p.End()})
			if next, err = p.element(); err != nil || next == nil {
				return ErrForm
			}
		}
		v, err := p.where(next.Name.Local)
		if err != nil {
			return err
		}
		e.values = append(e.values, v)
	}
}

// walk follows a path to the innermost dictionary that is there. It is whole if
// nothing is missing, and then i is the number of the entry.
func (x *text) walk(e Entry) (dicts []*element, i int, missing []string, err error) {
	at := x.root
	for n, name := range e.Path {
		if at.kind != "dict" {
			return nil, 0, nil, errNoDictionary
		}
		dicts = append(dicts, at)
		found, ok := index(at.names, name, e.Fold)
		if !ok {
			return dicts, 0, e.Path[n:], nil
		}
		i, at = found, at.values[found]
	}
	return dicts, i, nil, nil
}

func (x *text) raw(e Entry) (raw []byte, ok bool) {
	dicts, i, missing, err := x.walk(e)
	if err != nil || len(missing) > 0 {
		return nil, false
	}
	v := dicts[len(dicts)-1].values[i]
	return bytes.Clone(x.data[v.start:v.end]), true
}

func (x *text) splice(from, to int, text string) []byte {
	return slices.Concat(x.data[:from], []byte(text), x.data[to:])
}

func (x *text) set(e Entry, raw []byte) ([]byte, error) {
	dicts, i, missing, err := x.walk(e)
	if err != nil {
		return nil, err
	}
	d := dicts[len(dicts)-1]
	if len(missing) == 0 {
		return x.splice(d.values[i].start, d.values[i].end, string(raw)), nil
	}
	gap, unit := x.gap(dicts)
	entry := nested(missing, string(raw), gap, unit)
	switch {
	case len(d.values) > 0:
		end := d.values[len(d.values)-1].end
		return x.splice(end, end, entry), nil
	case d.open == d.end: // <dict/>
		return x.splice(d.start, d.end, "<dict>"+entry+strings.TrimSuffix(gap, unit)+"</dict>"), nil
	case len(bytes.TrimSpace(x.data[d.open:d.end])) == len("</dict>"):
		return x.splice(d.open, d.end, entry+strings.TrimSuffix(gap, unit)+"</dict>"), nil
	}
	return x.splice(d.open, d.open, entry), nil // a comment stands in it
}

// nested writes a key and its value; of a longer path, all dictionaries.
func nested(path []string, raw, gap, unit string) string {
	key := gap + "<key>" + escapeXML.Replace(path[0]) + "</key>" + gap
	if len(path) == 1 {
		return key + raw
	}
	return key + "<dict>" + nested(path[1:], raw, gap+unit, unit) + gap + "</dict>"
}

// gap is the white space before each key of the innermost of some dictionaries,
// and what a level adds to it: as its last key shows, or the next one around it.
func (x *text) gap(dicts []*element) (gap, unit string) {
	gap, unit = "\n", "\t"
	if bytes.Contains(x.data, []byte("\r\n")) {
		gap = "\r\n"
	}
	for i := len(dicts) - 1; i >= 0; i-- {
		d := dicts[i]
		if len(d.keys) == 0 {
			continue
		}
		last := d.keys[len(d.keys)-1].start
		gap = string(x.data[x.spaceBefore(last):last])
		if !strings.Contains(gap, "\n") {
			return gap, ""
		}
		return gap + strings.Repeat(unit, len(dicts)-1-i), unit
	}
	return gap + strings.Repeat(unit, len(dicts)), unit
}

// spaceBefore is where the white space in front of a place begins.
func (x *text) spaceBefore(at int) int { return len(bytes.TrimRight(x.data[:at], " \t\r\n")) }

// cut takes out an entry with the white space before its key.
func (x *text) cut(e Entry) []byte {
	dicts, i, missing, err := x.walk(e)
	if err != nil || len(missing) > 0 {
		return bytes.Clone(x.data)
	}
	d := dicts[len(dicts)-1]
	return x.splice(x.spaceBefore(d.keys[i].start), d.values[i].end, "")
}
