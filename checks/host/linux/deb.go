package linux

import (
	"errors"
	"io/fs"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/dpkg"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

const dpkgStatus = "/var/lib/dpkg/status"

// findDeb reads dpkg's database of installed packages.
func findDeb(l *look.Look) {
	known := byID(l, fact.Deb)
	f, err := l.System.Machine().Open(dpkgStatus, system.MaxHive)
	if errors.Is(err, fs.ErrNotExist) {
		return // not a Debian; a Debian without its database is a broken one
	}
	if err == nil {
		defer f.Close()
		want := func(name string) bool { return known[name] != nil }
		_, err = dpkg.Status(f, want, func(p dpkg.Package) error {
			foundDeb(l, known[p.Name], p)
			return nil
		})
	}
	if err == nil && f.Size() == 0 {
		err = errors.New("is empty")
	}
	if err != nil {
		l.Unreadable("", "", dpkgStatus, err)
	}
}

func foundDeb(l *look.Look, entries []entry, p dpkg.Package) {
	words := strings.Fields(p.Status)
	if len(words) != 3 || words[2] == "config-files" || words[2] == "not-installed" {
		return
	}
	for _, e := range entries {
		c := look.Copy{Page: e.page, Install: e.install, Dir: folderOf(e.install)}
		c.Path = pathOf(l, e.install, "package "+p.Name)
		c.Arch = archOf(p.Architecture)
		c.Held = fact.No
		if words[0] == "hold" {
			c.Held = fact.Yes
		}
		c.Origin = fact.Origin{Kind: fact.OriginDistribution, Name: p.Maintainer, Detail: "as the package itself says"}
		c.AddVersion(p.Version, dpkgStatus)
		l.Found(c, instanceOf(e, p.Name))
	}
}

// archOf reads the architecture names of Debian, rpm and flatpak.
func archOf(name string) fact.Arch {
	switch name {
	case "amd64", "x86_64":
		return fact.X64
	case "i386", "i686":
		return fact.X86
	case "arm64", "aarch64":
		return fact.ARM64
	}
	return ""
}
