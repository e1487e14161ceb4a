// Package policy is what an administrator decided, as plain values: a profile,
// a mode for each check, waivers, and how often is looked. Where it comes from
// on each system, and whether that place may be trusted, is the business of
// agent/sources; here it is only decoded, merged and asked.
package policy

import (
	"cmp"
	"slices"
	"time"
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

// Mode says what follows from a finding.
type Mode string

// The modes, the mildest first.
const (
	Audit   Mode = "audit"   // it is shown, and no change is drawn up
	Advise  Mode = "advise"  // the person decides
	Enforce Mode = "enforce" // it is mended, and put back when it drifts
)

// Modes lists the modes.
var Modes = []Mode{Audit, Advise, Enforce}

// Policy is what an administrator decided. The zero value, and every member
// left out, means nothing was decided. Numbers and times that were left out
// are zero here; the methods say what then holds.
type Policy struct {
	// Profile is the list of settings asked for; empty means Advisory.
	Profile Profile `yaml:"profile,omitempty" json:"profile,omitempty"`
	// Prefer lists bodies that speak in advisories ("cis"), the most preferred
	// first: where two of them disagree over a setting, the first one listed decides.
	Prefer []string `yaml:"prefer,omitempty" json:"prefer,omitempty"`
	// DefaultMode holds where no rule names one; empty means Advise.
	DefaultMode Mode `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Rules are kept by check id, or by a pattern of ids.
	Rules map[string]Rule `yaml:"rules,omitempty" json:"rules,omitempty"`
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
	// ScanEvery is how often is looked.
	ScanEvery Duration `yaml:"scan_every,omitempty" json:"scan_every,omitempty"`
	// Call says when a call counts as begun and as over.
	Call Call `yaml:"call,omitempty" json:"call,omitzero"`
	// Waivers are findings the administrator accepts for a time.
	Waivers []Waiver `yaml:"waivers,omitempty" json:"waivers,omitempty"`
	// PersonsMayWaive is nil where nobody decided; they may then.
	PersonsMayWaive *bool `yaml:"persons_may_waive,omitempty" json:"persons_may_waive,omitempty"`
	// MaxWaiverDays is how long a waiver may hold; 0 means MaxWaiverDays.
	MaxWaiverDays int `yaml:"max_waiver_days,omitempty" json:"max_waiver_days,omitempty"`
	// SettingsOfAddedPages are the settings of the administrator's own pages that
	// may be written; the others of such pages are only looked at.
	SettingsOfAddedPages []string `yaml:"settings_of_added_pages,omitempty" json:"settings_of_added_pages,omitempty"`
	// Feed is the signed feed of advisories to follow; nil means none.
	Feed *Feed `yaml:"feed,omitempty" json:"feed,omitempty"`
	// Exports are where reports go. Nothing exports yet: they are only decoded.
	Exports []Export `yaml:"exports,omitempty" json:"exports,omitempty"`
}

// Rule is what was decided about the checks of one pattern.
type Rule struct {
	Mode Mode `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Value is the wanted value, where the setting leaves a choice.
	Value any `yaml:"value,omitempty" json:"value,omitempty"`
}

// Call says how long signals of a call must last to count.
type Call struct {
	// Dwell is how long camera or microphone are in use before it is a call.
	Dwell Duration `yaml:"dwell,omitempty" json:"dwell,omitempty"`
	// Grace is how long after the last signal a call still counts as on.
	Grace Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
}

// Feed names a signed feed of advisories.
type Feed struct {
	URL string `yaml:"url" json:"url"` // an https address
	// Root is the file that holds the publisher's root.json: an absolute path.
	Root string `yaml:"root" json:"root"`
}

// Export names a place that reports go to.
type Export struct {
	Kind string `yaml:"kind" json:"kind"` // drop-directory, syslog, https
	// Address is an absolute path, a udp, tcp or tls address, or an https one.
	Address string `yaml:"address" json:"address"`
}

// The kinds of export.
const (
	DropDirectory = "drop-directory"
	Syslog        = "syslog"
	HTTPS         = "https"
)

// ExportKinds lists the kinds of export.
var ExportKinds = []string{DropDirectory, Syslog, HTTPS}

// What holds where nobody decided.
const (
	// DefaultAdvisoryDays: makers publish every month, and a quarter leaves out
	// three of those.
	DefaultAdvisoryDays = 90
	DefaultScanEvery    = 4 * time.Hour
	// MaxWaiverDays is a year: what nobody looked at for a year is not accepted
	// any more, it is forgotten.
	MaxWaiverDays = 366
)

// Mode is what follows from a finding of a check: the most specific rule that
// names a mode decides.
func (p *Policy) Mode(check string) Mode {
	r, _ := p.rule(check, func(r Rule) bool { return r.Mode != "" })
	return cmp.Or(r.Mode, p.DefaultMode, Advise)
}

// Value is the wanted value that a rule names for a check, or nil.
func (p *Policy) Value(check string) any {
	r, _ := p.rule(check, func(r Rule) bool { return r.Value != nil })
	return r.Value
}

// rule is the most specific rule for a check that has what is asked.
func (p *Policy) rule(check string, has func(Rule) bool) (best Rule, found bool) {
	var winner string
	for pattern, r := range p.Rules {
		if has(r) && Matches(pattern, check) && (!found || moreSpecific(pattern, winner)) {
			best, winner, found = r, pattern, true
		}
	}
	return best, found
}

// Writes says whether a setting of a page of the administrator's may be written.
func (p *Policy) Writes(check string) bool { return slices.Contains(p.SettingsOfAddedPages, check) }

// MayWaive says whether persons may waive findings.
func (p *Policy) MayWaive() bool { return p.PersonsMayWaive == nil || *p.PersonsMayWaive }

// WaiverDays is how many days a waiver may hold.
func (p *Policy) WaiverDays() int { return cmp.Or(p.MaxWaiverDays, MaxWaiverDays) }

// Every is how often is looked.
func (p *Policy) Every() time.Duration { return p.ScanEvery.or(DefaultScanEvery) }

// Dwell is how long signals of a call last before it is one; 0 where nobody
// decided, and the catalogue says so signal by signal.
func (p *Policy) Dwell() time.Duration { return p.Call.Dwell.or(0) }

// Grace is how long after its last signal a call still counts as on; 0 as above.
func (p *Policy) Grace() time.Duration { return p.Call.Grace.or(0) }

// Enforces says whether anything is enforced at all.
func (p *Policy) Enforces() bool {
	if p.DefaultMode == Enforce {
		return true
	}
	for _, r := range p.Rules {
		if r.Mode == Enforce {
			return true
		}
	}
	return false
}

// Enforced is the part of a policy that says what is enforced: all that those
// need to know who put it back.
func (p *Policy) Enforced() Policy {
	return Policy{Profile: p.Profile, Prefer: p.Prefer, DefaultMode: p.DefaultMode, Rules: p.Rules, SettingsOfAddedPages: p.SettingsOfAddedPages}
}

// Duration is a time span as people write it: "90s", "4h". Decode has seen
// that it is one.
type Duration string

// or is the span, or what holds where none was given.
func (d Duration) or(other time.Duration) time.Duration {
	if span, err := time.ParseDuration(string(d)); err == nil {
		return span
	}
	return other
}
