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
				l.Unreadable(c.Client, c.User, "the version in "+loc.Show, err)
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
		return line, nil
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
