package main

import (
	"fmt"
	"strings"
)

// recipe is a line of series.tsv: what makes one series.
type recipe struct {
	client, edition, system string
	form, line, tail        string // go into the table as they stand
	scheme                  string // how checks/version reads the numbers
	least                   string // numbers below are somebody's mistake
	origins                 []origin
}

// origin is the rows of one file that speak of one product on one platform.
type origin struct{ file, product, platform, repository string }

func readRecipes(text string) ([]recipe, error) {
	var out []recipe
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 9 {
			return nil, fmt.Errorf("series.tsv: %q has %d fields, not nine", line, len(f))
		}
		r := recipe{client: f[0], edition: f[1], system: f[2], form: f[3], line: f[4], tail: f[5], scheme: f[6], least: f[7]}
		for _, o := range strings.Fields(f[8]) {
			if p := append(strings.Split(o, ":"), ""); o != "-" && len(p) >= 4 {
				r.origins = append(r.origins, origin{p[0], p[1], p[2], p[3]})
			}
		}
		out = append(out, r)
	}
	return out, nil
}
