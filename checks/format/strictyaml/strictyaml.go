// Package strictyaml decodes YAML written by people strictly: an unknown key, a
// wrong type or a duplicate key is an error with file, line and column, and so
// is whatever a caller finds wrong later.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxSize bounds one file in bytes: what a person writes has some kilobytes,
// and a file that is not YAML at all must not cost a look.
const MaxSize = 1 << 20

// MaxLines bounds one file in lines. The library's time grows with the square
// of a mapping's entries: 40,000 of them took 13 seconds.
const MaxLines = 10_000

// Fault is what is wrong with a file, and where.
type Fault struct {
	File         string
	Line, Column int
	Msg          string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Msg)
}

// Document is a parsed file kept with its name, so that a fault found later
// can still say where it stands.
type Document struct {
	File string
	root *ast.File
}

// Decode reads data, which must hold one document, into a value.
func Decode(name string, data []byte, into any) (doc *Document, err error) {
	defer func() {
		if recover() != nil { // the library panics on some malformed documents
			doc, err = nil, &Fault{name, 1, 1, "cannot be read as YAML"}
		}
	}()
	if len(data) > MaxSize {
		return nil, &Fault{name, 1, 1, fmt.Sprintf("larger than %d bytes", MaxSize)}
	}
	if bytes.Count(data, []byte("\n")) > MaxLines {
		return nil, &Fault{name, 1, 1, fmt.Sprintf("more than %d lines", MaxLines)}
	}
	if at := tooDeep(data); at > 0 {
		return nil, &Fault{name, at, 1, fmt.Sprintf("nests brackets or lists more than %d deep", maxDepth)}
	}
	root, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlFault(name, err)
	}
	if err := noAliases(name, root); err != nil {
		return nil, err
	}
	if len(root.Docs) > 1 {
		return nil, &Fault{name, 1, 1, "holds more than one document"}
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into); err != nil {
		return nil, yamlFault(name, err)
	}
	return &Document{name, root}, nil
}

// maxDepth bounds how deep brackets nest, and lists on one line ("- - a"). The
// library's time grows with the square of their depth and its memory with it:
// 200,000 of them took minutes.
const maxDepth = 64

// tooDeep is the line where brackets or lists nest too deep, or 0. Those in
// quotes count too: nobody writes so many.
func tooDeep(data []byte) int {
	depth, dashes, line := 0, 0, 1
	for i, c := range data {
		switch c {
		case '\n':
			line++
			dashes = 0
		case ' ':
			if i > 0 && data[i-1] == '-' {
				dashes++
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > maxDepth || dashes > maxDepth {
			return line
		}
	}
	return 0
}

// noAliases refuses anchors and aliases: nobody needs them here, and a few
// lines of them can unfold to gigabytes.
func noAliases(name string, root *ast.File) error {
	v := &aliasFinder{}
	for _, d := range root.Docs {
		if d.Body != nil {
			ast.Walk(v, d.Body)
		}
	}
	if v.found == nil {
		return nil
	}
	pos := v.found.GetToken().Position
	return &Fault{name, pos.Line, pos.Column, "anchors and aliases are not taken"}
}

type aliasFinder struct{ found ast.Node }

func (v *aliasFinder) Visit(n ast.Node) ast.Visitor {
	if t := n.Type(); v.found == nil && (t == ast.AliasType || t == ast.AnchorType) {
		v.found = n
	}
	return v
}

// yamlFault turns the library's error into ours: one line, with its place.
func yamlFault(name string, err error) error {
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		pos := ye.GetToken().Position
		return &Fault{name, pos.Line, pos.Column, ye.GetMessage()}
	}
	if errors.Is(err, io.EOF) { // a file that could not be written whole is often empty
		return &Fault{name, 1, 1, "holds nothing; {} is how a file says nothing"}
	}
	msg, _, _ := strings.Cut(err.Error(), "\n")
	return &Fault{name, 1, 1, msg}
}

// Fault makes an error at a YAML path such as "$.settings[2].id"; where the
// path is not in the file, its nearest parent is named.
func (d *Document) Fault(at, format string, args ...any) error {
	f := &Fault{d.File, 1, 1, fmt.Sprintf(format, args...)}
	for p := at; p != ""; p = parentPath(p) {
		if line, column, ok := d.position(p); ok {
			f.Line, f.Column = line, column
			break
		}
	}
	return f
}

// Line is where a YAML path stands; false means that the file does not have it.
func (d *Document) Line(at string) (line int, ok bool) {
	line, _, ok = d.position(at)
	return line, ok
}

func (d *Document) position(at string) (line, column int, ok bool) {
	p, err := yaml.PathString(at)
	if err != nil {
		return 0, 0, false
	}
	n, err := p.FilterFile(d.root)
	if err != nil || n == nil {
		return 0, 0, false
	}
	pos := n.GetToken().Position
	return pos.Line, pos.Column, true
}

func parentPath(p string) string {
	if i := strings.LastIndexAny(p, ".["); i > 0 {
		return p[:i]
	}
	return ""
}
