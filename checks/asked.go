package checks

import (
	"cmp"
	"errors"
	"slices"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/policy"
)

// Asked is a setting as a policy asks for it, or nil where it does not: it is
// in the profile, nobody whom the policy prefers asks for the opposite, and where
// a rule chose a value, that is what is wanted.
func Asked(p *policy.Policy, cat *catalogue.Catalogue, page *catalogue.Page, s *catalogue.Setting) *catalogue.Setting {
	if !slices.Contains(s.Profiles, string(cmp.Or(p.Profile, policy.Advisory))) || !cat.Preferred(s, p.Prefer) {
		return nil
	}
	value := p.Value(page.ID + "/" + s.ID)
	if value == nil {
		return s
	}
	if chosen, err := s.With(value); err == nil { // decoding the policy has seen to that
		return chosen
	}
	return s
}

// Known is what a policy can speak of.
func Known(cat *catalogue.Catalogue) policy.Known {
	return policy.Known{Clients: cat.Clients(), Checks: cat.IDs(), Bodies: cat.Bodies(), Value: func(check string, value any) error {
		found, ok := cat.Find(check)
		if !ok || found.Setting == nil {
			return errors.New("only a setting takes a value")
		}
		_, err := found.Setting.With(value)
		return err
	}}
}
