package checks

import (
	"regexp"
	"slices"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/version"
)

// ParseVersion reads a version string of a client of which nothing else is
// known than what a person can say: its system and edition. The forms that the
// client's page gives for that edition there come first, then those it gives
// elsewhere, then the plain one; those of package managers last, for they take
// anything, unless it has a package's revision. backports says that it is a
// distribution's own package.
func ParseVersion(cat *catalogue.Catalogue, client, system, edition, raw string) (v version.Version, backports bool, err error) {
	v, err = parseAny(schemesOf(cat, client, system, edition, raw), raw)
	if page, ok := cat.Page(client); ok && err == nil && v.Distribution() {
		backports = slices.ContainsFunc(page.Installs, func(in catalogue.Install) bool { return in.Backports })
	}
	return v, backports, err
}

// schemesOf are the schemes to try, the likeliest first.
func schemesOf(cat *catalogue.Catalogue, client, system, edition, raw string) []string {
	if edition == "server" { // which counts on its own, whatever the client does
		return []string{"dotted"}
	}
	var schemes []string
	if page, ok := cat.Page(client); ok {
		for _, fits := range []func(*catalogue.Install) bool{
			func(in *catalogue.Install) bool { return string(in.System) == system && in.Edition == edition },
			func(in *catalogue.Install) bool { return string(in.System) == system },
			func(*catalogue.Install) bool { return true },
		} {
			for i := range page.Installs {
				if s := page.Installs[i].Scheme; fits(&page.Installs[i]) && !slices.Contains(schemes, s) {
					schemes = append(schemes, s)
				}
			}
		}
	}
	if system == "linux" && revision.MatchString(raw) {
		return append(slices.DeleteFunc(slices.Clone(schemes), func(s string) bool { return !distributions(s) }), schemes...)
	}
	plain := slices.DeleteFunc(slices.Clone(schemes), distributions)
	if !slices.Contains(plain, "zoom") { // whose builds must never pass for patches
		plain = append(plain, "dotted")
	}
	return append(plain, slices.DeleteFunc(schemes, func(s string) bool { return !distributions(s) })...)
}

// revision ends the version of a distribution's package: "1.3.4-4".
var revision = regexp.MustCompile(`-\d[0-9A-Za-z.+~]*$`)

// parseAny reads a version by the first scheme whose form it has.
func parseAny(schemes []string, raw string) (version.Version, error) {
	first, firstErr := version.Version{Raw: raw}, version.ErrForm
	for i, s := range schemes {
		v, err := version.Parse(s, raw)
		if err == nil {
			return v, nil
		}
		if i == 0 {
			first, firstErr = v, err
		}
	}
	return first, firstErr
}

func distributions(scheme string) bool { return scheme == "debian" || scheme == "rpm" }
