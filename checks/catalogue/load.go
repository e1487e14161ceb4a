package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxPage bounds one page in bytes: an administrator's page is a few
// kilobytes, and a file that is not one must not cost a look.
const maxPage = 1 << 20

// Fault is what is wrong with a page, and where.
type Fault struct {
	File         string
	Line, Column int
	Msg          string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Msg)
}

// Parse reads a whole catalogue from YAML: pages/*.yaml and the common pages
// checks.yaml, permissions.yaml, items.yaml and browsers.yaml beside them.
// Every fault of every page is reported at once.
func Parse(fsys fs.FS) (*Catalogue, error) {
	c := &Catalogue{}
	var faults []error
	common := []struct {
		name string
		into any
	}{
		{"checks.yaml", &c.Checks}, {"permissions.yaml", &c.Permissions},
		{"items.yaml", &c.Items}, {"browsers.yaml", &c.Browsers},
	}
	docs := map[string]*document{}
	for _, p := range common {
		d, err := readDocument(fsys, p.name, p.into)
		docs[p.name] = d
		faults = append(faults, err)
	}
	names, err := fs.Glob(fsys, "pages/*.yaml")
	faults = append(faults, err)
	for _, name := range names {
		var page Page
		d, err := readDocument(fsys, name, &page)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		docs[page.ID] = d
		c.Pages = append(c.Pages, page)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	sort.Slice(c.Pages, func(i, j int) bool { return c.Pages[i].ID < c.Pages[j].ID })
	return c, c.validate(docs)
}

// Add reads the administrator's own pages from a folder (catalogue.d) into a
// copy of c. A page may add a client but not change one that is built in. A
// page with a fault is left out and its fault returned beside the result.
func (c *Catalogue) Add(fsys fs.FS) (*Catalogue, error) {
	sum := *c
	sum.Pages = append([]Page(nil), c.Pages...)
	names, err := fs.Glob(fsys, "*.yaml")
	faults := []error{err}
	for _, name := range names {
		var page Page
		d, err := readDocument(fsys, name, &page)
		if err == nil {
			next := sum
			next.Pages = append(append([]Page(nil), sum.Pages...), page)
			if err = next.validatePage(&next.Pages[len(next.Pages)-1], d); err == nil {
				sum = next
				sum.Added = append(append([]string(nil), sum.Added...), page.ID)
			}
		}
		faults = append(faults, err)
	}
	sort.Slice(sum.Pages, func(i, j int) bool { return sum.Pages[i].ID < sum.Pages[j].ID })
	return &sum, errors.Join(faults...)
}

// document is a parsed page kept beside its file, so that a fault found later
// can still say where it stands.
type document struct {
	file string
	root *ast.File
}

func readDocument(fsys fs.FS, name string, into any) (*document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	if len(data) > maxPage {
		return nil, &Fault{name, 1, 1, fmt.Sprintf("larger than %d bytes, so it is not a page", maxPage)}
	}
	root, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlFault(name, err)
	}
	if err := noAliases(name, root); err != nil {
		return nil, err
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into); err != nil {
		return nil, yamlFault(name, err)
	}
	return &document{name, root}, nil
}

// noAliases refuses anchors and aliases: a page needs none, and a few lines of
// them can unfold to gigabytes.
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
	return &Fault{name, pos.Line, pos.Column, "anchors and aliases are not used in pages"}
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
	msg, _, _ := strings.Cut(err.Error(), "\n")
	return &Fault{name, 1, 1, msg}
}

// fault makes an error at a YAML path such as "$.settings[2].id"; where the
// path is not in the file, its nearest parent is named.
func (d *document) fault(at, format string, args ...any) error {
	f := &Fault{d.file, 1, 1, fmt.Sprintf(format, args...)}
	for p := at; p != ""; p = parentPath(p) {
		yp, err := yaml.PathString(p)
		if err != nil {
			continue
		}
		if n, err := yp.FilterFile(d.root); err == nil && n != nil {
			pos := n.GetToken().Position
			f.Line, f.Column = pos.Line, pos.Column
			break
		}
	}
	return f
}

func parentPath(p string) string {
	if i := strings.LastIndexAny(p, ".["); i > 0 {
		return p[:i]
	}
	return ""
}

// Page finds a client's page.
func (c *Catalogue) Page(id string) (*Page, bool) {
	i := sort.Search(len(c.Pages), func(i int) bool { return c.Pages[i].ID >= id })
	if i < len(c.Pages) && c.Pages[i].ID == id {
		return &c.Pages[i], true
	}
	return nil, false
}

// IsAdded says whether a client's page is the administrator's own.
func (c *Catalogue) IsAdded(id string) bool {
	for _, a := range c.Added {
		if a == id {
			return true
		}
	}
	return false
}

// baseName is the id a page's file name promises.
func baseName(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }
