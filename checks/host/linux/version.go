package linux

import (
	"errors"
	"io/fs"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/host/look"
)

// maxVersionFile bounds a file that holds a version, in bytes.
const maxVersionFile = 4 << 20

// ownVersion puts what a copy's own files say before what its package manager
// does: a file beside the program goes with the program.
func ownVersion(l *look.Look, c *look.Copy) {
	registered := c.Versions
	c.Versions = nil
	for _, from := range c.Install.VersionFrom {
		for _, loc := range l.Locate(from.Path, c) {
			raw, err := readVersion(from, loc)
			switch {
			case err == nil:
				c.AddVersion(raw, loc.Show)
			case !errors.Is(err, fs.ErrNotExist):
				c.HideVersion(loc.Show, err)
			}
		}
	}
	c.Versions = append(c.Versions, registered...)
}

func readVersion(from catalogue.VersionFrom, loc look.Location) (string, error) {
	data, err := loc.Tree.ReadFile(loc.Name, maxVersionFile)
	if err != nil {
		return "", err
	}
	switch from.Format {
	case "text":
		line, _, _ := strings.Cut(string(data), "\n")
		return firstLine(strings.TrimSpace(line))
	case "json":
		doc, err := jsonv.Parse(data)
		if err != nil {
			return "", err
		}
		v, _ := doc.Lookup(strings.Split(from.Key, ".")...)
		s, _ := v.(string)
		return s, nil
	}
	return "", fs.ErrNotExist
}

// maxVersion bounds a version in bytes; the longest seen have some thirty.
const maxVersion = 128

// firstLine refuses what cannot be a version: an empty line, noise, a novel.
func firstLine(line string) (string, error) {
	if line == "" || len(line) > maxVersion || strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		return "", errors.New("does not begin with a version")
	}
	return line, nil
}
