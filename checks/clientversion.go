package checks

import (
	"slices"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/version"
)

// ParseVersion reads a version string of a client of which nothing else is
// known than what a person can say: its system and edition. The forms that the
// client's page gives for that edition there come first, then those it gives
// elsewhere, then the plain one; a distribution's last, for they take anything.
func ParseVersion(cat *catalogue.Catalogue, client, system, edition, raw string) (version.Version, error) {
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
	plain := slices.DeleteFunc(slices.Clone(schemes), distributions)
	if !slices.Contains(plain, "zoom") { // whose builds must never pass for patches
		plain = append(plain, "dotted")
	}
	first := version.Version{Raw: raw}
	var err error
	for _, s := range append(plain, slices.DeleteFunc(schemes, func(s string) bool { return !distributions(s) })...) {
		v, e := version.Parse(s, raw)
		if e == nil {
			return v, nil
		}
		if err == nil {
			first, err = v, e
		}
	}
	return first, err
}

func distributions(scheme string) bool { return scheme == "debian" || scheme == "rpm" }
