// Package report is what is shown of a look or sent of one: a plain value made
// from facts and findings, and its renderings for a terminal, as JSON, and as
// one page of HTML.
//
// A report drops nothing: what could not be looked at is in it with its reason.
// Everything that came from a host is hostile to whoever renders it; each
// renderer cleans it in its own way.
package report

import (
	"slices"
	"strings"
	"time"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/version"
)

// Schema names the JSON form. Readers ignore members they do not know.
const Schema = "huddleguard.report/1"

// Report is the result of one look.
type Report struct {
	Schema        string            `json:"schema"`
	Taken         time.Time         `json:"taken"`
	Scope         fact.Scope        `json:"scope"`
	Host          Host              `json:"host"`
	Advisories    Advisories        `json:"advisories"`
	Installations []Installation    `json:"installations"`
	Findings      []checks.Finding  `json:"findings"`
	Unreadable    []fact.Unreadable `json:"unreadable"`

	names map[string]string // client id → name
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
type Coverage struct {
	AsOf       string   `json:"as_of"`
	CompleteTo string   `json:"complete_to"`
	Sources    []string `json:"sources"`
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

// New makes a report of a look and its judgement.
func New(set fact.Set, findings []checks.Finding, cat *catalogue.Catalogue) Report {
	r := Report{
		Schema: Schema, Taken: set.Taken, Scope: set.Scope,
		Host:          Host{set.Host.OS, set.Host.OSVersion, set.Host.Name},
		Advisories:    Advisories{Clients: map[string]Coverage{}},
		Installations: make([]Installation, 0, len(set.Installations)),
		Findings:      append([]checks.Finding{}, findings...),
		Unreadable:    append([]fact.Unreadable{}, set.Unreadable...),
		names:         map[string]string{},
	}
	for _, in := range set.Installations {
		r.Installations = append(r.Installations, installation(in, cat))
	}
	for i := range cat.Pages {
		r.names[cat.Pages[i].ID] = cat.Pages[i].Name
	}
	return r
}

func installation(in fact.Installation, cat *catalogue.Catalogue) Installation {
	out := Installation{ID: in.ID, Client: in.Client, Edition: in.Edition, Name: in.Name, Packaging: in.Packaging,
		Scope: "machine", User: in.User, Path: in.Path, Running: in.Running, InCall: in.InCall}
	if in.User != "" {
		out.Scope = "user"
	}
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
		blind = blind || f.Outcome == checks.Unknown
	}
	if blind {
		return 3
	}
	return 0
}

// clients lists the clients that have something to show, the worst first.
func (r *Report) clients() []string {
	worst := map[string]int{}
	for _, in := range r.Installations {
		worst[in.Client] = max(worst[in.Client], 0)
	}
	for _, f := range r.Findings {
		if f.Outcome == checks.Pass && !r.hasCopy(f.Client) {
			continue // nothing of a client that is not there, and that is well
		}
		worst[f.Client] = max(worst[f.Client], weight(f))
	}
	ids := make([]string, 0, len(worst))
	for id := range worst {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if d := worst[b] - worst[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return ids
}

func (r *Report) hasCopy(client string) bool {
	return slices.ContainsFunc(r.Installations, func(in Installation) bool { return in.Client == client })
}

// weight orders findings: a failure by its severity, then what is unknown.
func weight(f checks.Finding) int {
	switch {
	case f.Outcome == checks.Fail && f.Severity != checks.Info:
		return 10 + f.Severity.Rank()
	case f.Outcome == checks.Unknown:
		return 5
	case f.Outcome == checks.Fail:
		return 1
	}
	return 0
}

// name is what people call a client.
func (r *Report) name(id string) string {
	if n := r.names[id]; n != "" {
		return n
	}
	return id
}

// section is what is shown of one client.
type section struct {
	id                          string
	copies                      []Installation
	fails, unknown, notes, good []checks.Finding
}

func (r *Report) section(id string) section {
	s := section{id: id}
	for _, in := range r.Installations {
		if in.Client == id {
			s.copies = append(s.copies, in)
		}
	}
	for _, f := range r.Findings {
		if f.Client != id {
			continue
		}
		switch {
		case f.Outcome == checks.Fail && f.Severity == checks.Info:
			s.notes = append(s.notes, f)
		case f.Outcome == checks.Fail:
			s.fails = append(s.fails, f)
		case f.Outcome == checks.Unknown:
			s.unknown = append(s.unknown, f)
		case f.Outcome == checks.Pass:
			s.good = append(s.good, f)
		}
	}
	return s
}

// tally counts what a verdict speaks of.
type tally struct{ fails, unknown, notes, good, unread int }

func (r *Report) tally() tally {
	t := tally{unread: len(r.Unreadable)}
	for _, f := range r.Findings {
		switch {
		case f.Outcome == checks.Fail && f.Severity == checks.Info:
			t.notes++
		case f.Outcome == checks.Fail:
			t.fails++
		case f.Outcome == checks.Unknown:
			t.unknown++
		case f.Outcome == checks.Pass:
			t.good++
		}
	}
	return t
}
