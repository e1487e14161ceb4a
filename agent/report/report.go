// Package report is what is shown of a look or sent of one: a plain value made
// from facts and findings, and its renderings for a terminal, as JSON, and as
// one page of HTML.
//
// A report drops nothing: what could not be looked at is in it with its reason.
// Everything that came from a host is hostile to whoever renders it; each
// renderer cleans it in its own way.
package report

import (
	"cmp"
	"slices"
	"time"

	"huddleguard/checks"
	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/version"
)

// Schema names the JSON form. Readers ignore members they do not know.
const Schema = "huddleguard.report/1"

// Report is the result of one look.
type Report struct {
	Schema        string            `json:"schema"`
	Taken         time.Time         `json:"taken"` // RFC 3339, UTC
	Scope         fact.Scope        `json:"scope"`
	Host          Host              `json:"host"`
	Advisories    Advisories        `json:"advisories"`
	Installations []Installation    `json:"installations"`
	Findings      []checks.Finding  `json:"findings"`
	Unreadable    []fact.Unreadable `json:"unreadable"`

	// lookedFor are the ids of the clients the catalogue knows. A report that
	// was read back does not have them, and does not say what was looked for.
	lookedFor []string
}

// Host is the machine the report is about.
type Host struct {
	OS        fact.OS `json:"os"`
	OSVersion string  `json:"os_version"`
	Name      string  `json:"name"`
}

// Advisories says how far the advisory data reaches, client by client.
type Advisories struct {
	Clients map[string]Coverage `json:"clients"`
}

// Coverage is the state of the advisory data for one client.
type Coverage = advisory.Coverage

// Cover says how far the advisory data reaches that the judgement rests on.
func (r *Report) Cover(clients map[string]Coverage) {
	for id, c := range clients {
		c.Sources = append([]string{}, c.Sources...)
		r.Advisories.Clients[id] = c
	}
}

// Installation is one copy of a client.
type Installation struct {
	ID        string          `json:"id"`
	Client    string          `json:"client"`
	Edition   string          `json:"edition"`
	Name      string          `json:"name"`
	Version   version.Version `json:"version"`
	Packaging fact.Packaging  `json:"packaging"`
	Scope     string          `json:"scope"` // "machine" or "user"
	User      string          `json:"user"`
	Path      string          `json:"path"`
	Running   fact.Tri        `json:"running"`
	InCall    fact.Tri        `json:"in_call"`
}

// New makes a report of a look and its judgement. The findings keep their
// order; copies and what was unreadable are put in order of client.
func New(set fact.Set, findings []checks.Finding, cat *catalogue.Catalogue) Report {
	r := Report{
		Schema: Schema, Taken: set.Taken.UTC(), Scope: set.Scope,
		Host:          Host{set.Host.OS, set.Host.OSVersion, set.Host.Name},
		Advisories:    Advisories{Clients: map[string]Coverage{}},
		Installations: make([]Installation, 0, len(set.Installations)),
		Findings:      make([]checks.Finding, 0, len(findings)),
		Unreadable:    append([]fact.Unreadable{}, set.Unreadable...),
		lookedFor:     cat.Clients(),
	}
	for _, in := range set.Installations {
		r.Installations = append(r.Installations, installation(in, cat))
	}
	for _, f := range findings {
		r.Findings = append(r.Findings, whole(f))
	}
	slices.SortStableFunc(r.Installations, func(a, b Installation) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.ID, b.ID))
	})
	slices.SortStableFunc(r.Unreadable, func(a, b fact.Unreadable) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.User, b.User), cmp.Compare(a.What, b.What))
	})
	return r
}

// whole gives a finding its lists where they are missing: [] and not null.
func whole(f checks.Finding) checks.Finding {
	if f.Because == nil {
		f.Because = []checks.Because{}
	}
	if f.Advisories == nil {
		f.Advisories = []string{}
	}
	if f.Remedies == nil {
		f.Remedies = []checks.Remedy{}
	}
	return f
}

func installation(in fact.Installation, cat *catalogue.Catalogue) Installation {
	out := Installation{ID: in.ID, Client: in.Client, Edition: in.Edition, Name: in.Name, Packaging: in.Packaging,
		Scope: "machine", User: in.User, Path: in.Path,
		Running: cmp.Or(in.Running, fact.Unknown), InCall: cmp.Or(in.InCall, fact.Unknown)}
	if in.User != "" {
		out.Scope = "user"
	}
	// A version that cannot be read stays empty; a finding says so.
	out.Version, _ = checks.VersionOf(in, cat)
	return out
}

// ExitCode is what a look ends with: 1 where something failed at or above
// failOn, which outranks 3; 3 where something could not be looked at or judged;
// 0 otherwise.
func ExitCode(r Report, failOn checks.Severity) int {
	blind := len(r.Unreadable) > 0
	for _, f := range r.Findings {
		if f.Outcome == checks.Fail && f.Severity.Rank() >= failOn.Rank() {
			return 1
		}
		blind = blind || !judged(f.Outcome)
	}
	if blind {
		return 3
	}
	return 0
}

// judged says whether an outcome is a judgement. Unknown is none, and neither
// is an outcome of a later version.
func judged(o checks.Outcome) bool {
	return o == checks.Pass || o == checks.Fail || o == checks.Waived || o == checks.NotApplicable
}
