package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// listed is one row of a list of releases.
type listed struct {
	product, platform, version string
	seen                       time.Time
	repository                 string
}

// names are what the lists call a field.
var names = map[string][]string{
	"product":  {"product", "winget_id"},
	"platform": {"platform"},
	"version":  {"version_string", "version"},
	"date":     {"date", "first_seen_utc"},
	"source":   {"source"},
}

// readList reads a list from the first folder that has it. A row without a
// date says nothing and is passed over; one whose date cannot be read is noted.
func readList(folders []string, file string) (rows []listed, notes []string, err error) {
	data, err := find(folders, file)
	if err != nil {
		return nil, nil, err
	}
	var column map[string]int
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if column == nil {
			column = columns(f)
			continue
		}
		get := func(name string) string {
			if i, ok := column[name]; ok && i < len(f) {
				return f[i]
			}
			return ""
		}
		r := listed{product: get("product"), platform: get("platform"), version: get("version")}
		r.repository, _, _ = strings.Cut(get("source"), "@")
		if get("date") == "" {
			continue
		}
		if r.seen, err = time.Parse("2006-1-2", get("date")); err != nil {
			notes = append(notes, fmt.Sprintf("%s: %s %s: %q is no date", file, r.product, r.version, get("date")))
			continue
		}
		rows = append(rows, r)
	}
	return rows, notes, nil
}

func find(folders []string, file string) ([]byte, error) {
	for _, folder := range folders {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
	}
	return nil, fmt.Errorf("%s is in none of %v", file, folders)
}

// columns finds the fields in the first line of a list.
func columns(head []string) map[string]int {
	out := map[string]int{}
	for field, words := range names {
		for _, w := range words {
			for i, h := range head {
				if h == w {
					out[field] = i
				}
			}
		}
	}
	return out
}
