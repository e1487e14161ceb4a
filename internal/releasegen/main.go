// Command releasegen makes checks/release/table.txt from lists of releases:
// files of fields between tabs, with a first line that names the fields, in the
// folders that -from or HUDDLEGUARD_RELEASES names. Which rows of which file
// belong to which client stands in series.tsv.
//
// Without a folder it leaves the table that is committed as it is, and says so.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"huddleguard/checks/release"
)

//go:embed series.tsv
var seriesFile string

func main() {
	from := flag.String("from", os.Getenv("HUDDLEGUARD_RELEASES"), "folders with lists of releases, as PATH lists folders")
	out := flag.String("out", "table.txt", "the file to write")
	check := flag.Bool("check", false, "write nothing, fail if the table is stale")
	flag.Parse()
	if *from == "" {
		fmt.Fprintln(os.Stderr, "releasegen: no folder is named, the table stays as it is")
		return
	}
	if err := run(filepath.SplitList(*from), *out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "releasegen:", err)
		os.Exit(1)
	}
}

func run(folders []string, out string, check bool) error {
	recipes, err := readRecipes(seriesFile)
	if err != nil {
		return err
	}
	table, notes, err := compile(recipes, folders)
	if err != nil {
		return err
	}
	for _, n := range notes {
		fmt.Fprintln(os.Stderr, "releasegen: left out:", n)
	}
	if _, err := release.Parse(string(table)); err != nil {
		return err
	}
	old, err := os.ReadFile(out)
	if err == nil && bytes.Equal(old, table) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is stale", out)
	}
	return os.WriteFile(out, table, 0o644)
}
