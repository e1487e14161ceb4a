package report

import (
	"cmp"
	"slices"

	"huddleguard/checks"
)

// part is what there is to show of one client.
type part struct {
	client                      string
	copies                      []Installation
	mend, unknown, notes        []entry
	waived, fine, notApplicable []entry
}

// entry is one thing said of a client: findings of one check that say the same
// of several people or copies stand together.
type entry struct {
	checks.Finding
	same []checks.Finding // all of them, the first among them
}

// anyClient is the client of checks that are about the host as a whole.
const anyClient = "any"

// parts arranges a report for people: by client, the worst first. A client that
// is not there, and of which there is nothing but good to say, has no part.
func (r *Report) parts() []part {
	at := map[string]int{}
	var all []part
	of := func(client string) *part {
		i, ok := at[client]
		if !ok {
			i, at[client] = len(all), len(all)
			all = append(all, part{client: client})
		}
		return &all[i]
	}
	for _, in := range r.Installations {
		p := of(in.Client)
		p.copies = append(p.copies, in)
	}
	for _, e := range entries(r.Findings) {
		of(e.Client).add(e)
	}
	shown := slices.DeleteFunc(all, func(p part) bool { return len(p.copies) == 0 && p.weight() == 0 })
	slices.SortStableFunc(shown, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.client, b.client))
	})
	for i := range shown {
		shown[i].sort()
	}
	return shown
}

// entries puts findings together that say the same.
func entries(findings []checks.Finding) []entry {
	type key struct {
		id, title, waiver string
		outcome           checks.Outcome
		severity          checks.Severity
	}
	at := map[key]int{}
	var out []entry
	for _, f := range findings {
		k := key{id: f.ID, title: f.Title, outcome: f.Outcome, severity: f.Severity}
		if f.Waiver != nil {
			k.waiver = f.Waiver.Text
		}
		i, ok := at[k]
		if !ok {
			i, at[k] = len(out), len(out)
			out = append(out, entry{Finding: f})
		}
		out[i].same = append(out[i].same, f)
	}
	return out
}

// add puts an entry in its place. An outcome of a later version is unknown: it
// is never taken for a good one.
func (p *part) add(e entry) {
	switch {
	case e.Outcome == checks.Fail && e.Severity == checks.Info:
		p.notes = append(p.notes, e)
	case e.Outcome == checks.Fail:
		p.mend = append(p.mend, e)
	case e.Outcome == checks.Pass:
		p.fine = append(p.fine, e)
	case e.Outcome == checks.Waived:
		p.waived = append(p.waived, e)
	case e.Outcome == checks.NotApplicable:
		p.notApplicable = append(p.notApplicable, e)
	default:
		p.unknown = append(p.unknown, e)
	}
}

func (p *part) sort() {
	for _, list := range [][]entry{p.mend, p.unknown, p.notes, p.waived, p.fine} {
		slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	}
}

// weight orders clients: by the worst to mend, then by what is not known, then
// by what is worth knowing.
func (p *part) weight() int {
	w := 0
	if len(p.notes)+len(p.waived) > 0 {
		w = 1
	}
	if len(p.unknown) > 0 {
		w = 2
	}
	for _, e := range p.mend {
		w = max(w, 3+e.Severity.Rank())
	}
	return w
}

// number is the place of a copy in its client's list, from 1, or 0 where the
// client has one copy only or the finding is about none.
func (p *part) number(installation string) int {
	if len(p.copies) < 2 {
		return 0
	}
	return 1 + slices.IndexFunc(p.copies, func(in Installation) bool { return in.ID == installation })
}

// tally counts what a verdict speaks of.
type tally struct{ mend, unknown, notes, waived, unread int }

func (r *Report) tally(parts []part) tally {
	t := tally{unread: len(r.Unreadable)}
	for i := range parts {
		t.mend += len(parts[i].mend)
		t.unknown += len(parts[i].unknown)
		t.notes += len(parts[i].notes)
		t.waived += len(parts[i].waived)
	}
	return t
}

// mood is the colour of a verdict or a client. What was waived is not good.
func (t tally) mood() string {
	switch {
	case t.mend > 0:
		return "bad"
	case t.unknown+t.unread+t.waived > 0:
		return "unsure"
	}
	return "good"
}

func (p *part) mood() string {
	return tally{mend: len(p.mend), unknown: len(p.unknown), waived: len(p.waived)}.mood()
}
