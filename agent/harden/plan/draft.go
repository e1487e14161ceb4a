package plan

import (
	"slices"
	"strings"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

// Input is all a plan rests on.
type Input struct {
	Facts     fact.Set
	Findings  []checks.Finding
	Catalogue *catalogue.Catalogue
	Policy    policy.Policy
	// IDs are ids of checks or keys of findings; none means every failed finding
	// of at least low severity.
	IDs []string
	// Enforced draws up only what policy enforces, what a person waived with it;
	// Left then is what could not be looked at.
	Enforced bool
}

// Draft draws up a plan. The changes are in the order of the findings; what is
// asked for and cannot be changed is in Left, with why.
func Draft(in Input) Plan {
	d := drafting{Input: in, english: message.NewPrinter("en", in.Catalogue.Texts())}
	p := Plan{Schema: Schema, Changes: []Change{}, Left: []Left{}}
	for i := range in.Findings {
		f := &in.Findings[i]
		if d.Enforced && d.hidden(f) {
			p.Left = append(p.Left, Left{Finding: f.Key, Check: f.ID, User: f.User, Message: f.Message, Text: f.Title})
			continue
		}
		if !d.asked(f) {
			continue
		}
		if why, ok := d.mendable(f); !ok {
			p.Left = append(p.Left, Left{Finding: f.Key, Check: f.ID, User: f.User, Message: why, Text: d.english.Text(why)})
			continue
		}
		for _, c := range d.changes(f) {
			if !slices.ContainsFunc(p.Changes, func(o Change) bool { return o.User == c.User && o.At == c.At }) {
				p.Changes = append(p.Changes, c) // two copies of a client can share a file
			}
		}
	}
	p.Digest = DigestOf(p.Changes)
	return p
}

// drafting is one run of Draft.
type drafting struct {
	Input
	english *message.Printer
}

// asked says whether a finding is to be in the plan.
func (d *drafting) asked(f *checks.Finding) bool {
	switch {
	case d.Enforced:
		return d.Policy.Mode(f.ID) == policy.Enforce && f.Judged() == checks.Fail && len(mends(f)) > 0
	case len(d.IDs) > 0:
		return slices.Contains(d.IDs, f.ID) || slices.Contains(d.IDs, f.Key)
	}
	return f.Outcome == checks.Fail && f.Severity.Rank() >= checks.Low.Rank()
}

// hidden says whether policy enforces what a finding is about, and nobody knows
// how that stands. Of versions and the like nothing is enforced.
func (d *drafting) hidden(f *checks.Finding) bool {
	if f.Judged() != checks.Unknown || d.Policy.Mode(f.ID) != policy.Enforce {
		return false
	}
	found, _ := d.Catalogue.Find(f.ID)
	return found.Setting != nil || found.Permission != nil || strings.Contains(f.ID, "/exposure/")
}

// mends are the places that the first remedy that can be carried out changes.
func mends(f *checks.Finding) []checks.Mend {
	for _, r := range f.Remedies {
		if r.Applicable && len(r.Mends) > 0 {
			return r.Mends
		}
	}
	return nil
}

// mendable says whether a change mends a finding, or why none does.
func (d *drafting) mendable(f *checks.Finding) (message.Message, bool) {
	switch {
	case f.Outcome == checks.Pass || f.Outcome == checks.NotApplicable:
		return message.New("plan.good"), false
	case f.Outcome == checks.Unknown:
		return message.New("plan.unknown"), false
	case f.Outcome == checks.Waived && !d.Enforced:
		return message.New("plan.waived"), false
	case f.Managed:
		return message.New("plan.managed"), false
	case d.Policy.Mode(f.ID) == policy.Audit:
		return message.New("plan.audit"), false
	case len(mends(f)) > 0:
		return message.Message{}, true
	case len(f.Remedies) > 0 && f.Remedies[0].Kind == checks.RemedyUpdate:
		return message.New("plan.update", "says", f.Remedies[0].Message), false
	case len(f.Remedies) > 0:
		return message.New("plan.by-hand", "says", f.Remedies[0].Message), false
	}
	return message.New("plan.by-hand", "says", f.Message), false
}

func (d *drafting) changes(f *checks.Finding) []Change {
	title, loses := d.words(f.ID)
	var out []Change
	for _, m := range mends(f) {
		c := Change{
			ID: idOf(f.Key, m.At), Finding: f.Key, Check: f.ID, Client: f.Client, Installation: f.Installation, User: m.User,
			Severity: f.Severity, Message: title, Title: d.english.Text(title), At: m.At, Type: m.Type, Before: m.Before, After: m.After,
			Advisories: f.Advisories, Loses: loses, EffectSeen: m.EffectSeen, NeedsRoot: m.User == "", Mode: string(d.Policy.Mode(f.ID)),
		}
		c.Waits = Waits(d.Facts, c)
		out = append(out, c)
	}
	return out
}

// words are what a check wants, in a few words, and what the person gives up.
func (d *drafting) words(id string) (title message.Message, loses *message.Message) {
	found, _ := d.Catalogue.Find(id)
	base, lost := "catalogue/"+id, ""
	switch {
	case found.Setting != nil:
		lost = found.Setting.Loses
	case found.Permission != nil:
		base, lost = "catalogue/permission/"+found.Permission.ID, found.Permission.Loses
	case found.Check != nil:
		base, lost = "catalogue/check/"+found.Check.ID, found.Check.Loses
	}
	title = message.New(base + "/title")
	if found.Permission != nil {
		title = message.New("plan.take-away", "title", title)
	}
	if lost != "" {
		m := message.New(base + "/loses")
		loses = &m
	}
	return title, loses
}

// Waits says what a change has to wait for as the facts stand: nothing is
// written during a call, nor while the program runs that keeps the place in its
// memory and writes it at its end. What cannot be known counts as so.
func Waits(set fact.Set, c Change) []Wait {
	waits := []Wait{}
	for i := range set.Installations {
		in := &set.Installations[i]
		if in.InCall != fact.No {
			waits = append(waits, Wait{Kind: WaitCall, Name: in.Name, Sure: in.InCall == fact.Yes, PIDs: processes(in, "")})
		}
		if in.ID == c.Installation && runs(in, c.User) && keeps(c.At) {
			waits = append(waits, Wait{Kind: WaitRunning, Name: in.Name, Sure: in.Running == fact.Yes, PIDs: processes(in, c.User)})
		}
	}
	for _, b := range set.Browsers {
		if b.User == c.User && b.Running != fact.No && strings.HasPrefix(c.At.Path, b.Folder+"/") {
			waits = append(waits, Wait{Kind: WaitRunning, Name: b.Name, Sure: b.Running == fact.Yes, PIDs: b.PIDs})
		}
	}
	return waits
}

// runs says whether a copy runs, or may, for a person: many can share a copy,
// and another's process keeps the other's settings in its memory.
func runs(in *fact.Installation, user string) bool {
	return in.Running != fact.No && (len(in.Runs) == 0 || len(processes(in, user)) > 0)
}

// processes are a person's of a copy, or everybody's where user is empty. One
// that is not known to be somebody's may be anybody's.
func processes(in *fact.Installation, user string) []int {
	var pids []int
	for _, r := range in.Runs {
		if user == "" || r.User == "" || r.User == user {
			pids = append(pids, r.PID)
		}
	}
	return pids
}

// keeps says whether a client that runs holds the place in its memory: its
// settings files. Grants of the system and rights of files are not its own.
func keeps(at fact.At) bool {
	return slices.Contains([]string{"ini", "json", "yaml", "plist", "registry"}, at.Store) && !strings.HasPrefix(at.Path, "/etc/")
}
