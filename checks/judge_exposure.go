package checks

import (
	"slices"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// judgeExposures makes one finding for each thing that was looked for on one
// copy: the worst of what was seen, with every place it was seen at.
func (e *evaluation) judgeExposures() {
	groups := map[string][]*fact.Fact{}
	var order []string
	for i := range e.set.Facts {
		f := &e.set.Facts[i]
		if f.Kind != fact.Exposure || e.checks["exposure/"+f.Name] == nil {
			continue
		}
		k := strings.Join([]string{f.Client, f.Name, f.Installation, f.User}, "|")
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	for _, k := range order {
		e.add(e.exposureVerdict(groups[k]))
	}
}

func (e *evaluation) exposureVerdict(facts []*fact.Fact) verdict {
	first := facts[0]
	v := e.general(first.Client, "exposure/"+first.Name)
	v.inst, v.user = first.Installation, first.User
	seen := map[fact.State][]string{}
	for _, f := range facts {
		v.because = append(v.because, Because{What: f.Name, Where: f.Where, Value: Show(f.Value), State: f.State})
		if f.State == fact.Hidden {
			seen[f.State] = append(seen[f.State], f.Why)
		} else if text := firstOf(f.Subject, Show(f.Value), f.Where); !slices.Contains(seen[f.State], text) {
			seen[f.State] = append(seen[f.State], text)
		}
	}
	switch {
	case len(seen[fact.Present]) > 0:
		v.remedies = []Remedy{exposureRemedy(v.remedies[0], facts)}
		return v.says(Fail, "exposure."+first.Name, "what", seen[fact.Present])
	case len(seen[fact.Hidden]) > 0:
		return v.says(Unknown, "exposure.hidden", "why", seen[fact.Hidden][0],
			"title", message.New("catalogue/check/exposure/"+first.Name+"/title"))
	}
	if first.Installation == "" && e.blind() {
		// Looked for wherever the host allowed, and it did not allow everything.
		v.because = append(v.because, Because{What: first.Name, Where: "what could not be read", State: fact.Hidden})
		return v.says(Unknown, "exposure.hidden", "why", "not everything could be read",
			"title", message.New("catalogue/check/exposure/"+first.Name+"/title"))
	}
	return v.says(Pass, "exposure.none", "title", message.New("catalogue/check/exposure/"+first.Name+"/title"))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// judgeLeftovers makes one finding for each leftover a page knows and each
// person it was found with.
func (e *evaluation) judgeLeftovers() {
	for _, page := range e.cat.Pages {
		for _, l := range page.Leftovers {
			facts := e.byName[factKey{fact.Exposure, page.ID + "/" + l.ID, page.ID, ""}]
			for _, user := range everybody(facts) {
				e.leftoverFinding(page.ID, l.ID, Severity(l.Severity), l.Serves, user, facts)
			}
		}
	}
}

// everybody lists whose facts there are, the machine's "" among them.
func everybody(facts []*fact.Fact) []string {
	var users []string
	for _, f := range facts {
		if !slices.Contains(users, f.User) {
			users = append(users, f.User)
		}
	}
	return users
}

func (e *evaluation) leftoverFinding(client, thing string, sev Severity, serves []string, user string, facts []*fact.Fact) {
	v := verdict{client: client, thing: thing, user: user, severity: sev, serves: serves,
		remedies: []Remedy{{Kind: RemedyRemove, Message: message.New("remedy.remove-leftover")}}}
	title := message.New("catalogue/" + client + "/" + thing + "/title")
	var found []string
	var own []*fact.Fact
	hidden := ""
	for _, f := range facts {
		if f.User != user {
			continue
		}
		own = append(own, f)
		v.because = append(v.because, Because{What: thing, Where: f.Where, Value: Show(f.Value), State: f.State})
		switch f.State {
		case fact.Present:
			found = append(found, f.Where)
		case fact.Hidden:
			hidden = f.Why
		}
	}
	switch {
	case len(found) > 0:
		v.remedies = []Remedy{exposureRemedy(v.remedies[0], own)}
		v = v.says(Fail, "leftover.found", "title", title, "what", found)
	case hidden != "":
		v = v.says(Unknown, "leftover.hidden", "title", title, "why", hidden)
	default:
		v = v.says(Pass, "leftover.none", "title", title)
	}
	e.add(v)
}
