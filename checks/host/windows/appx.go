package windows

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/markup"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// Where AppX packages are registered (osquery's programs table reads the same;
// seen 2026-11-23): for each person, and those provisioned for everybody.
const (
	userPackages = `Software\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages`
	allPackages  = `SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\`
)

// findPackages walks the AppX packages. A person's own registration goes before
// a provisioned one of the same family.
func findPackages(l *look.Look) {
	known := map[string]appx{}
	l.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, id := range in.IDs {
			known[strings.ToLower(id)] = appx{p, in}
		}
	}, fact.MSIX)
	for i := range l.Homes {
		walkPackages(l, known, &l.Homes[i], "HKCU", userPackages, "PackageRootFolder")
	}
	for _, store := range []string{"Applications", "InboxApplications"} {
		walkPackages(l, known, nil, "HKLM", allPackages+store, "Path")
	}
}

type appx struct {
	page    *catalogue.Page
	install *catalogue.Install
}

func walkPackages(l *look.Look, known map[string]appx, home *system.Home, root, where, value string) {
	k, err := open(l, root, home, where)
	var names []string
	if err == nil && k != nil {
		names, err = k.Subkeys()
	}
	if err != nil {
		l.Unreadable("", nameOf(home), root+`\`+where, err)
		return
	}
	for _, full := range names {
		a, ok := known[strings.ToLower(family(full))]
		if !ok {
			continue
		}
		sub, err := open(l, root, home, where+`\`+full)
		if err != nil || sub == nil {
			continue
		}
		foundPackage(l, a, home, text(sub, value), root+`\`+where)
	}
}

// family is the family name of a package's full name:
// Name_Version_Arch_Resource_Hash → Name_Hash.
func family(full string) string {
	name, _, _ := strings.Cut(full, "_")
	return name + "_" + full[strings.LastIndexByte(full, '_')+1:]
}

// stub is the version of the placeholder that Windows ships before the client
// is installed.
const stub = "1.0.0.0"

// foundPackage records a package whose manifest is there; a registration
// without one is stale.
func foundPackage(l *look.Look, a appx, home *system.Home, value, where string) {
	folder := value
	if strings.HasSuffix(strings.ToLower(value), ".xml") {
		folder = path.Dir(strings.ReplaceAll(value, `\`, "/"))
	}
	if strings.EqualFold(path.Base(folder), "AppxMetadata") {
		folder = path.Dir(folder)
	}
	at := placeOf(l, folder)
	manifest := path.Join(at.name, "AppxManifest.xml")
	data, err := at.tree(l).ReadFile(manifest, system.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var id markup.Identity
	if err == nil {
		id, err = markup.AppxIdentity(data)
	}
	if err != nil {
		l.Unreadable(a.page.ID, nameOf(home), at.show, err)
		return
	}
	if id.Version == stub {
		return
	}
	c := look.Copy{Page: a.page, Install: a.install, Dir: at.name}
	c.Path = at.show
	c.Arch = archOf(id.Architecture)
	c.AddVersion(id.Version, at.show+"/AppxManifest.xml")
	l.Found(c, "")
}

func archOf(name string) fact.Arch {
	switch strings.ToLower(name) {
	case "x64":
		return fact.X64
	case "x86":
		return fact.X86
	case "arm64":
		return fact.ARM64
	}
	return ""
}
