package linux

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/rpm"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// rpmDatabases are the places of rpm's database, in each of its three forms.
// A host can hold an old one beside the one in use; the first that is there is
// in use.
var rpmDatabases = []string{
	"/usr/lib/sysimage/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/Packages.db", "/usr/lib/sysimage/rpm/Packages",
	"/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages.db", "/var/lib/rpm/Packages",
}

// findRPM reads rpm's database of installed packages.
func findRPM(l *look.Look) {
	for _, name := range rpmDatabases {
		f, err := l.System.Machine().Open(name, system.MaxHive)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = readRPM(l, f, name)
			f.Close()
		}
		if err != nil {
			l.Unreadable("", "", name, err)
		}
		return
	}
}

func readRPM(l *look.Look, f system.File, name string) error {
	packages, err := rpm.Packages(f.Path())
	if err != nil {
		return err
	}
	known := byID(l, fact.RPM)
	for _, p := range packages {
		for _, e := range known[p.Name] {
			foundRPM(l, e, p, name)
		}
	}
	return nil
}

func foundRPM(l *look.Look, e entry, p rpm.Package, where string) {
	c := look.Copy{Page: e.page, Install: e.install, Dir: folderOf(e.install)}
	c.Path = pathOf(l, e.install, "package "+p.Name)
	c.Arch = archOf(p.Arch)
	c.Held = fact.Unknown // versionlock is dnf's and zypper's own, and not in the database
	c.Origin = fact.Origin{Kind: fact.OriginDistribution, Name: cmp.Or(p.Vendor, "no vendor"), Detail: "as the package itself says"}
	version := p.Version
	if p.Release != "" {
		version += "-" + p.Release
	}
	if p.Epoch > 0 {
		version = fmt.Sprintf("%d:%s", p.Epoch, version)
	}
	c.AddVersion(version, where)
	l.Found(c, instanceOf(e, p.Name))
}
