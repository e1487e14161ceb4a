package checks

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

// Input is all a judgement rests on.
type Input struct {
	Facts     fact.Set
	Catalogue *catalogue.Catalogue
	Policy    policy.Policy
	// Person is who asks, and Waivers are theirs. Those of the policy come with it.
	Person  string
	Waivers []policy.Waiver
	// Now is the time judged at: ages and expiries are counted to it.
	Now time.Time
	// Advisories are what is published about vulnerabilities. Nil means that no
	// data is at hand, and every copy is then unknown.
	Advisories *advisory.Database
}

// Evaluate judges the facts. The findings are in a stable order: by client,
// the worst first, then by id and key. It never fails: what cannot be judged
// is a finding that says so.
func Evaluate(in Input) []Finding {
	e := newEvaluation(in)
	for i := range e.set.Installations {
		e.judgeInstallation(&e.set.Installations[i])
	}
	e.judgePermissions()
	e.judgeExposures()
	e.judgeLeftovers()
	e.judgeCopies()
	e.judgeApproval()
	e.waive()
	sortFindings(e.findings)
	return e.findings
}

// judgeInstallation makes the findings that concern one copy only.
func (e *evaluation) judgeInstallation(inst *fact.Installation) {
	page, known := e.cat.Page(inst.Client)
	if !known {
		return // facts of a newer or an administrator's catalogue
	}
	c := copyOf{inst: inst, page: page, install: findInstall(page, inst)}
	e.judgeVersion(c)
	e.judgeRetired(c)
	e.judgeRelease(c)
	e.judgeVulnerabilities(c)
	e.judgeUpdates(c)
	e.judgeOrigin(c)
	for i := range page.Settings {
		if s := Asked(&e.Policy, e.cat, page, &page.Settings[i]); s != nil {
			e.judgeSetting(c, s)
		}
	}
}

// copyOf is an installation beside what is known of it. install is nil where
// the catalogue has no entry for its packaging and edition any more.
type copyOf struct {
	inst    *fact.Installation
	page    *catalogue.Page
	install *catalogue.Install
}

func findInstall(page *catalogue.Page, inst *fact.Installation) *catalogue.Install {
	return page.InstallFor(systemOf(inst), inst.Packaging, inst.Edition)
}

// systemOf is the system of an installation, which its id begins with.
func systemOf(inst *fact.Installation) fact.OS {
	os, _, _ := strings.Cut(inst.ID, ":")
	return fact.OS(os)
}

// evaluation is one run of Evaluate.
type evaluation struct {
	Input
	set      fact.Set
	cat      *catalogue.Catalogue
	checks   map[string]*catalogue.Check
	perms    map[string]*catalogue.Permission
	items    map[string]*catalogue.Item
	byName   map[factKey][]*fact.Fact
	findings []Finding
	english  *message.Printer
	// published holds, for each client asked about, its advisories.
	published map[string]*advisory.Published
}

// factKey finds the facts of one thing of one copy.
type factKey struct {
	kind         fact.Kind
	name         string
	client       string
	installation string
}

func newEvaluation(in Input) *evaluation {
	e := &evaluation{
		Input: in, set: in.Facts, cat: in.Catalogue,
		checks:    map[string]*catalogue.Check{},
		perms:     map[string]*catalogue.Permission{},
		items:     map[string]*catalogue.Item{},
		byName:    map[factKey][]*fact.Fact{},
		published: map[string]*advisory.Published{},
		english:   message.NewPrinter("en", in.Catalogue.Texts()),
	}
	for i := range e.cat.Checks {
		e.checks[e.cat.Checks[i].ID] = &e.cat.Checks[i]
	}
	for i := range e.cat.Permissions {
		e.perms[e.cat.Permissions[i].ID] = &e.cat.Permissions[i]
	}
	for i := range e.cat.Items {
		e.items[e.cat.Items[i].ID] = &e.cat.Items[i]
	}
	for i := range e.set.Facts {
		f := &e.set.Facts[i]
		k := factKey{f.Kind, f.Name, f.Client, f.Installation}
		e.byName[k] = append(e.byName[k], f)
	}
	return e
}

// verdict is what a judge says; add completes it into a Finding.
type verdict struct {
	client, thing string // thing is kind/thing
	inst, user    string
	subject       string // tells apart findings of one check on one copy
	outcome       Outcome
	severity      Severity
	managed       bool
	basis         Basis // empty means Measured
	msg           message.Message
	because       []Because
	serves        []string
	remedies      []Remedy
}

func (e *evaluation) add(v verdict) {
	id := v.client + "/" + v.thing
	f := Finding{
		Key: strings.Join([]string{id, v.inst, v.user}, "|"), ID: id, Client: v.client,
		Installation: v.inst, User: v.user, Outcome: v.outcome,
		Basis: cmp.Or(v.basis, Measured), Managed: v.managed, Severity: v.severity,
		Message: v.msg, Title: e.english.Text(v.msg),
		Because:    append([]Because{}, v.because...),
		Advisories: e.advisories(v.client, v.serves),
		Remedies:   []Remedy{},
	}
	if v.subject != "" {
		f.Key += "|" + v.subject
	}
	if v.outcome == Fail {
		for _, r := range v.remedies {
			r.Text = e.english.Text(r.Message)
			f.Remedies = append(f.Remedies, r)
		}
	}
	e.findings = append(e.findings, f)
}

// advisories names the items served, and says where one speaks of another client.
func (e *evaluation) advisories(client string, ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if it := e.items[id]; it != nil && len(it.About) > 0 && !slices.Contains(it.About, client) {
			id += " (by analogy)"
		}
		out = append(out, id)
	}
	return out
}

// general fills a verdict from a check every client gets.
func (e *evaluation) general(client, thing string) verdict {
	v := verdict{client: client, thing: thing, severity: Info}
	if ch := e.checks[thing]; ch != nil {
		v.severity, v.serves = Severity(ch.Severity), ch.Serves
		v.remedies = []Remedy{{Kind: RemedyKind(ch.Remedy), Message: message.New("catalogue/check/" + thing + "/advice")}}
	}
	return v
}

// about fills in the copy a verdict is about.
func (v verdict) about(inst *fact.Installation) verdict {
	v.inst, v.user = inst.ID, inst.User
	return v
}

// says sets outcome and sentence.
func (v verdict) says(o Outcome, id string, pairs ...any) verdict {
	v.outcome, v.msg = o, message.New(id, pairs...)
	return v
}

func sortFindings(fs []Finding) {
	order := map[Outcome]int{Fail: 0, Unknown: 1, Waived: 2, Pass: 3, NotApplicable: 4}
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			strings.Compare(a.Client, b.Client),
			cmp.Compare(order[a.Outcome], order[b.Outcome]),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			strings.Compare(a.ID, b.ID),
			strings.Compare(a.Key, b.Key),
		)
	})
}
