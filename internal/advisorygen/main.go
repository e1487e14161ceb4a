// Command advisorygen makes the advisory database that the program embeds:
// checks/advisory/builtin.tsv. It reads a folder of records of any format that
// checks/advisory reads, the reviewed records and the coverage beside the
// package, and writes nothing that depends on when or where it runs.
//
// Without a folder the machine-made records are taken from the database that
// is there, so that a change of the reviewed ones needs nothing else.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huddleguard/checks/advisory"
	"huddleguard/checks/format/strictyaml"
)

func main() {
	data := flag.String("data", "", "folder of CVE, CSAF, CVRF, NVD and KEV records; none: keep those of the database that is there")
	pkg := flag.String("package", "checks/advisory", "folder of the package")
	flag.Parse()
	if err := run(*data, *pkg); err != nil {
		fmt.Fprintln(os.Stderr, "advisorygen:", err)
		os.Exit(1)
	}
}

func run(data, pkg string) error {
	var records []*advisory.Record
	var err error
	if data == "" {
		records, err = kept(filepath.Join(pkg, "builtin.tsv"))
	} else {
		records, err = read(data)
	}
	if err != nil {
		return err
	}
	people, err := reviewed(filepath.Join(pkg, "reviewed"))
	if err != nil {
		return err
	}
	coverage, err := coverage(filepath.Join(pkg, "coverage.yaml"))
	if err != nil {
		return err
	}
	out, err := advisory.Encode(useful(append(records, people...)), coverage)
	if err != nil {
		return err
	}
	if err := advisory.Check(out); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(pkg, "builtin.tsv"), out, 0o644)
}

// kept are the machine-made records of the database that is there.
func kept(name string) ([]*advisory.Record, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	db, err := (&advisory.Database{}).Layered(data)
	if err != nil {
		return nil, err
	}
	var out []*advisory.Record
	for _, id := range db.IDs("") {
		rs, err := db.Records(id)
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			if r.Source != advisory.Reviewed {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// read reads every record below a folder. Files that are no records, such as
// notes, are passed over; a record that cannot be read is an error.
func read(dir string) ([]*advisory.Record, error) {
	var out []*advisory.Record
	var bad []error
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".json") {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rs, _, err := advisory.Read(filepath.Base(p), data)
		switch {
		case errors.Is(err, advisory.ErrFormat):
		case err != nil:
			bad = append(bad, fmt.Errorf("%s: %w", p, err))
		}
		out = append(out, rs...)
		return nil
	})
	return out, errors.Join(err, errors.Join(bad...))
}

func reviewed(dir string) ([]*advisory.Record, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var out []*advisory.Record
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		rs, err := advisory.ReadReviewed(filepath.Base(f), data)
		if err != nil {
			return nil, err
		}
		out = append(out, rs...)
	}
	return out, nil
}

// coverageFile is coverage.yaml: what the database claims to know.
type coverageFile struct {
	Client     string   `yaml:"client"`
	AsOf       string   `yaml:"as_of"`
	CompleteTo string   `yaml:"complete_to"`
	Sources    []string `yaml:"sources"`
	Why        string   `yaml:"why"`
}

func coverage(name string) (map[string]advisory.Coverage, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []coverageFile
	doc, err := strictyaml.Decode(filepath.Base(name), data, &list)
	if err != nil {
		return nil, err
	}
	out := map[string]advisory.Coverage{}
	for i, c := range list {
		if !slices.Contains(advisory.Clients, c.Client) || c.Why == "" {
			return nil, doc.Fault(fmt.Sprintf("$[%d].client", i), "names no client, or not why")
		}
		out[c.Client] = advisory.Coverage{AsOf: c.AsOf, CompleteTo: c.CompleteTo, Sources: c.Sources}
	}
	return out, nil
}

// useful leaves out what KEV says of advisories nobody else here speaks of, and
// what is rejected and was never held.
func useful(in []*advisory.Record) []*advisory.Record {
	held := map[string]bool{}
	for _, r := range in {
		held[r.ID] = held[r.ID] || len(r.Concerns) > 0 || r.Source == advisory.Reviewed
	}
	return slices.DeleteFunc(in, func(r *advisory.Record) bool { return !held[r.ID] })
}
