package strictyaml

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"huddleguard/checks/format/internal/textline"
)

// Set gives the document with a scalar, as written, at a path. What is not
// there comes behind the last entry of its mapping. Only mappings in block
// style take new entries. A change that would mean more than that one value is
// refused.
func (t *Text) Set(path []string, fold bool, raw []byte) ([]byte, error) {
	value, err := Scalar(raw)
	if err != nil {
		return nil, err
	}
	p, err := t.walk(path, fold)
	if err != nil {
		return nil, err
	}
	lines, err := t.set(p, string(raw))
	if err != nil {
		return nil, err
	}
	return meaning(lines, with(t.values, slices.Concat(p.path, p.missing), value))
}

// Scalar is the value of a scalar as written.
func Scalar(raw []byte) (any, error) {
	var m map[string]any
	if _, err := Decode("value", slices.Concat([]byte("v: "), raw, []byte("\n")), &m); err != nil || len(m) != 1 {
		return nil, errScalar
	}
	return m["v"], nil
}

func (t *Text) set(p place, raw string) ([]textline.Line, error) {
	if len(p.missing) == 0 {
		s, ok := t.scalar(p.entry.Value)
		if !ok {
			return nil, errScalar
		}
		return t.replace(s, raw), nil
	}
	if s, ok := t.empty(p.node); ok {
		texts := entryLines(p.missing, raw, s.start, 2)
		lines := t.replace(s, texts[0][s.start:])
		if len(texts) > 1 {
			lines = textline.Insert(lines, s.line+1, texts[1:]...)
		}
		return lines, nil
	}
	entries, _ := mapping(p.node)
	if isFlow(p.node) || len(entries) == 0 {
		return nil, errBlock
	}
	first, ok := t.scalar(entries[0].Key)
	if !ok || indented(t.lines[first.line].Text) != first.start {
		return nil, errShape
	}
	return textline.Insert(t.lines, t.behind(first), entryLines(p.missing, raw, first.start, t.unit())...), nil
}

// empty is where a mapping without entries stands, if it has its line for
// itself.
func (t *Text) empty(n ast.Node) (s span, ok bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok || len(m.Values) > 0 || m.Start == nil {
		return span{}, false
	}
	if s, ok = t.position(m.Start); !ok {
		return span{}, false
	}
	text := t.lines[s.line].Text
	s.end = s.start + len("{}")
	return s, indented(text) == s.start && bytes.HasPrefix(text[s.start:], []byte("{}"))
}

// behind is the line behind a block mapping that begins at a key: comments at
// the end of it that are not indented further belong to what follows.
func (t *Text) behind(first span) int {
	end := first.line + 1
	for i := end; i < len(t.lines); i++ {
		text := t.lines[i].Text
		switch {
		case isBlank(text), isComment(text) && indented(text) <= first.start:
		case indented(text) < first.start, bytes.HasPrefix(text, []byte("...")), bytes.HasPrefix(text, []byte("---")):
			return end
		default:
			end = i + 1
		}
	}
	return end
}

// unit is how far the first mapping within the outermost is indented.
func (t *Text) unit() int {
	entries, _ := mapping(t.body)
	for _, e := range entries {
		inner, ok := mapping(e.Value)
		if !ok || isFlow(e.Value) || len(inner) == 0 {
			continue
		}
		outside, ok1 := t.scalar(e.Key)
		inside, ok2 := t.scalar(inner[0].Key)
		if ok1 && ok2 && inside.start > outside.start {
			return inside.start - outside.start
		}
	}
	return 2
}

// entryLines writes an entry that is a path of its own.
func entryLines(path []string, raw string, indent, unit int) []string {
	if len(path) == 1 {
		return []string{spaces(indent) + key(path[0]) + ": " + raw}
	}
	return append([]string{spaces(indent) + key(path[0]) + ":"}, entryLines(path[1:], raw, indent+unit, unit)...)
}

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// key writes a key, in quotes unless it is a plain word.
func key(name string) string {
	if v, err := Scalar([]byte(name)); plainKey.MatchString(name) && err == nil && v == name {
		return name
	}
	quoted, _ := json.Marshal(name) // any string can be written
	return string(quoted)
}

// Cut gives the document without an entry. A mapping that held nothing else
// becomes "{}".
func (t *Text) Cut(path []string, fold bool) ([]byte, error) {
	p, err := t.walk(path, fold)
	if err != nil || len(p.missing) > 0 {
		return textline.Join(t.lines), nil
	}
	k, ok1 := t.scalar(p.entry.Key)
	v, ok2 := t.scalar(p.entry.Value)
	if !ok1 || !ok2 {
		return nil, errScalar
	}
	if isFlow(p.node) || k.line != v.line || v.start < k.end {
		return nil, errBlock
	}
	text := t.lines[k.line].Text
	if rest := text[v.end:]; indented(text) != k.start || !isBlank(rest) && !isComment(rest) {
		return nil, errBlock
	}
	lines := textline.Delete(t.lines, func(i int) bool { return i == k.line })
	if entries, _ := mapping(p.node); len(entries) == 1 {
		lines = t.replace(span{k.line, k.start, v.end}, "{}")
	}
	return meaning(lines, without(t.values, p.path))
}

func (t *Text) replace(s span, text string) []textline.Line {
	lines := slices.Clone(t.lines)
	old := lines[s.line].Text
	lines[s.line].Text = slices.Concat(old[:s.start], []byte(text), old[s.end:])
	return lines
}

// meaning puts lines together and sees that they hold the values they should.
func meaning(lines []textline.Line, want map[string]any) ([]byte, error) {
	data := textline.Join(lines)
	var got map[string]any
	if _, err := Decode("text", data, &got); err != nil || !reflect.DeepEqual(got, want) {
		return nil, errMeans
	}
	return data, nil
}

// with is a mapping with a value at a path.
func with(m map[string]any, path []string, value any) map[string]any {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]any{}
	}
	if len(path) == 1 {
		out[path[0]] = value
		return out
	}
	inner, _ := m[path[0]].(map[string]any)
	out[path[0]] = with(inner, path[1:], value)
	return out
}

// without is a mapping without what stands at a path.
func without(m map[string]any, path []string) map[string]any {
	out := maps.Clone(m)
	if len(path) == 1 {
		delete(out, path[0])
		return out
	}
	inner, _ := m[path[0]].(map[string]any)
	out[path[0]] = without(inner, path[1:])
	return out
}
