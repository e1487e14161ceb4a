package catalogue

import (
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"

	"huddleguard/checks/format/strictyaml"
)

// Parse reads a whole catalogue from YAML: pages/*.yaml and the common pages
// checks.yaml, permissions.yaml, items.yaml, browsers.yaml, support.yaml and
// calls.yaml beside them.
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
		{"support.yaml", &c.Support}, {"calls.yaml", &c.Signals},
	}
	docs := map[string]*strictyaml.Document{}
	for _, p := range common {
		d, err := read(fsys, p.name, p.into)
		docs[p.name] = d
		faults = append(faults, err)
	}
	names, err := fs.Glob(fsys, "pages/*.yaml")
	faults = append(faults, err)
	for _, name := range names {
		var page Page
		d, err := read(fsys, name, &page)
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
		d, err := read(fsys, name, &page)
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

// read decodes one YAML file of fsys strictly.
func read(fsys fs.FS, name string, into any) (*strictyaml.Document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return strictyaml.Decode(name, data, into)
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
