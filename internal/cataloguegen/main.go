// Command cataloguegen turns the catalogue's YAML pages into the form that is
// embedded, and into the reference page, the page of profiles and the JSON Schema
// of a page.
// With -check it writes nothing and fails where what is committed is stale.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"huddleguard/checks/catalogue"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail if a generated file is stale")
	root := flag.String("root", "../..", "the module's folder, seen from where this runs")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	c, err := catalogue.Parse(os.DirFS(filepath.Join(root, "checks", "catalogue")))
	if err != nil {
		return err
	}
	compiled, err := json.Marshal(c)
	if err != nil {
		return err
	}
	schema, err := pageSchema(root)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"checks/catalogue/compiled.json":         append(compiled, '\n'),
		"docs/catalogue.md":                      reference(c),
		"docs/profiles.md":                       profilesPage(c),
		"docs/schema/catalogue-page.schema.json": schema,
	}
	for name, data := range files {
		if err := put(filepath.Join(root, name), data, check); err != nil {
			return err
		}
	}
	return nil
}

// put writes a generated file, or says that it is stale.
func put(name string, data []byte, check bool) error {
	old, err := os.ReadFile(name)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is stale: run go generate ./checks/catalogue", name)
	}
	return os.WriteFile(name, data, 0o644)
}
