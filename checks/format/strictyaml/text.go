package strictyaml

import (
	"bytes"
	"errors"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"huddleguard/checks/format/internal/textline"
	"huddleguard/checks/format/keypath"
)

// Text is a document that keeps every byte. The library's own printing does not
// (1.19.2 sets "[]" on a line of its own elsewhere, and drops returns), so it
// only says where things stand, and each place is compared with the text.
type Text struct {
	lines  []textline.Line
	body   ast.Node
	values map[string]any
}

// ParseText takes what Decode takes for a mapping of any values. An error that
// is no Fault means a text that could be read and cannot be edited.
func ParseText(data []byte) (*Text, error) {
	lines, err := textline.Split(data)
	if err != nil {
		return nil, err
	}
	t := &Text{lines: lines}
	doc, err := Decode("text", data, &t.values)
	if err != nil {
		return nil, err
	}
	if unix := bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")); len(unix) < len(data) {
		var same map[string]any // the library counts some lines that end in CRLF twice
		if doc, err = Decode("text", unix, &same); err != nil || !reflect.DeepEqual(same, t.values) {
			return nil, errShape
		}
	}
	if len(doc.root.Docs) != 1 {
		return nil, errShape
	}
	t.body = doc.root.Docs[0].Body
	return t, nil
}

// What cannot be edited. The text around it stays as it is.
var (
	errShape  = errors.New("written in a form that is not understood well enough")
	errScalar = errors.New("no single value on one line")
	errBlock  = errors.New("stands in a mapping in flow style, or below a value that is no mapping")
	errMeans  = errors.New("the change would mean something else too")
)

// span is a piece of one line.
type span struct{ line, start, end int }

func (t *Text) piece(s span) string { return string(t.lines[s.line].Text[s.start:s.end]) }

// scalar is where a plain or quoted value or key stands, if it is all on one
// line and that is where the library says.
func (t *Text) scalar(n ast.Node) (s span, ok bool) {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
	default:
		return span{}, false
	}
	tok := n.GetToken()
	s, ok = t.position(tok)
	if !ok {
		return span{}, false
	}
	size := length(t.lines[s.line].Text[s.start:], tok)
	s.end = s.start + size
	return s, size > 0
}

// position is where a token begins.
func (t *Text) position(tok *token.Token) (s span, ok bool) {
	s.line = tok.Position.Line - 1
	if s.line < 0 || s.line >= len(t.lines) {
		return span{}, false
	}
	column := 1
	for i := range string(t.lines[s.line].Text) {
		if column == tok.Position.Column {
			s.start = i
			return s, true
		}
		column++
	}
	return span{}, false
}

// length is how many bytes of a line a token takes, 0 if it is not there.
func length(text []byte, tok *token.Token) int {
	quote := byte(0)
	switch tok.Type {
	case token.SingleQuoteType:
		quote = '\''
	case token.DoubleQuoteType:
		quote = '"'
	default:
		if !bytes.HasPrefix(text, []byte(tok.Value)) {
			return 0
		}
		return len(tok.Value)
	}
	if text[0] != quote {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"', text[i] == '\'' && quote == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return 0
}

// place is as far as a path leads.
type place struct {
	node    ast.Node // the innermost mapping that is there
	entry   *ast.MappingValueNode
	path    []string // as the file spells it, as far as it is there
	missing []string
}

// walk follows a path. It is there if nothing of it is missing.
func (t *Text) walk(path []string, fold bool) (place, error) {
	p := place{node: t.body}
	for i, wanted := range path {
		entries, ok := mapping(p.node)
		if !ok {
			return place{}, errBlock
		}
		names := map[string]*ast.MappingValueNode{}
		for _, e := range entries {
			names[keyName(e)] = e
		}
		name, ok := keypath.Member(names, wanted, fold)
		if !ok {
			p.entry, p.missing = nil, path[i:]
			return p, nil
		}
		p.entry, p.path = names[name], append(p.path, name)
		if i < len(path)-1 {
			p.node = p.entry.Value
		}
	}
	return p, nil
}

func mapping(n ast.Node) (entries []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func isFlow(n ast.Node) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

func keyName(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return e.Key.GetToken().Value
}

// Value is the value at a path.
func (t *Text) Value(path []string, fold bool) (any, bool) {
	return keypath.Lookup(t.values, path, fold)
}

// Raw is the value at a path as written. A value that is no scalar on one line
// is an error, for it cannot be edited.
func (t *Text) Raw(path []string, fold bool) (raw []byte, ok bool, err error) {
	_, there := t.Value(path, fold)
	p, err := t.walk(path, fold)
	if !there && (err != nil || len(p.missing) > 0) {
		return nil, false, nil
	}
	if err != nil || !there || len(p.missing) > 0 {
		return nil, false, errShape
	}
	s, ok := t.scalar(p.entry.Value)
	if !ok {
		return nil, false, errScalar
	}
	return []byte(t.piece(s)), true, nil
}

// indented is how far a line's text is indented, with spaces only.
func indented(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " ")) }

func isBlank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

func isComment(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("#")) }

func spaces(n int) string { return strings.Repeat(" ", n) }
