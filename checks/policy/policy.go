// Package policy is what an administrator decided, as plain values. Where it
// comes from on each system, and whether that place may be trusted, is the
// business of agent/sources; here it is only decoded.
package policy

import (
	"fmt"
	"slices"
	"strings"

	"huddleguard/checks/format/strictyaml"
)

// Profile names a list of settings that is asked for.
type Profile string

// The profiles.
const (
	Advisory Profile = "advisory" // what CyCord, CERT-In and their peers ask
	Strict   Profile = "strict"   // and what costs comfort
	Quiet    Profile = "quiet"    // telemetry only
)

// Profiles lists the profiles.
var Profiles = []Profile{Advisory, Strict, Quiet}

// Policy is what an administrator decided. The zero value, and every member
// left out, means nothing was decided.
type Policy struct {
	// Profile is the list of settings asked for; empty means Advisory.
	Profile Profile `yaml:"profile,omitempty" json:"profile,omitempty"`
	// ApprovedClients are the clients that may be used; empty means no list.
	ApprovedClients []string `yaml:"approved_clients,omitempty" json:"approved_clients,omitempty"`
	// OfficialUse marks a machine of a public office: clients that an advisory
	// rules out for official use are then not approved.
	OfficialUse bool `yaml:"official_use,omitempty" json:"official_use,omitempty"`
	// MaxClients is how many clients a machine may have; 0 means no limit.
	MaxClients int `yaml:"max_clients,omitempty" json:"max_clients,omitempty"`
	// AdvisoryDays is how many days old advisory data may be to speak for a
	// version; 0 means DefaultAdvisoryDays.
	AdvisoryDays int `yaml:"advisory_days,omitempty" json:"advisory_days,omitempty"`
	// Feed is the signed feed of advisories to follow; nil means none.
	Feed *Feed `yaml:"feed,omitempty" json:"feed,omitempty"`
}

// Feed names a signed feed of advisories.
type Feed struct {
	URL string `yaml:"url" json:"url"` // an https address
	// Root is the file that holds the publisher's root.json: an absolute path.
	Root string `yaml:"root" json:"root"`
}

// DefaultAdvisoryDays is how old advisory data may be where nobody decided:
// makers publish every month, and a quarter leaves out three of those.
const DefaultAdvisoryDays = 90

// Decode reads a policy file. clients are the known client ids. A file with a
// fault is refused whole, and the error says where the fault stands.
func Decode(name string, data []byte, clients []string) (Policy, error) {
	var p Policy
	doc, err := strictyaml.Decode(name, data, &p)
	if err != nil {
		return Policy{}, err
	}
	if p.Profile != "" && !slices.Contains(Profiles, p.Profile) {
		return Policy{}, doc.Fault("$.profile", "profile %q is none of %v", p.Profile, Profiles)
	}
	for i, id := range p.ApprovedClients {
		if !slices.Contains(clients, id) {
			return Policy{}, doc.Fault(fmt.Sprintf("$.approved_clients[%d]", i), "there is no client %q; the clients are %v", id, clients)
		}
	}
	if p.MaxClients < 0 {
		return Policy{}, doc.Fault("$.max_clients", "max_clients cannot be below 0")
	}
	if p.AdvisoryDays < 0 {
		return Policy{}, doc.Fault("$.advisory_days", "advisory_days cannot be below 0")
	}
	if p.Feed != nil && !strings.HasPrefix(p.Feed.URL, "https://") {
		return Policy{}, doc.Fault("$.feed", "feed.url %q is not an https address", p.Feed.URL)
	}
	if p.Feed != nil && p.Feed.Root == "" {
		return Policy{}, doc.Fault("$.feed", "feed.root names no file: trust begins with the publisher's root.json")
	}
	return p, nil
}
