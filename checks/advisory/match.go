package advisory

import (
	"cmp"
	"slices"
	"strings"

	"huddleguard/checks/message"
	"huddleguard/checks/version"
)

// Subject is the copy that is asked about.
type Subject struct {
	Client  string
	Edition string
	System  string // windows, macos or linux
	Arch    string // x64, x86 or arm64; "" where it is not known
	Version version.Version
	// Backports: a distribution made the package, and can have put a fix in
	// without a new number of the maker's.
	Backports bool
}

// Verdict is the answer about one advisory and one copy.
type Verdict string

// The verdicts.
const (
	Affected     Verdict = "affected"
	NotAffected  Verdict = "not-affected"
	CannotDecide Verdict = "cannot-decide"
)

// Match is the verdict about one advisory that speaks of a copy.
type Match struct {
	ID      string
	Verdict Verdict
	// Fixed are the first releases that are not affected any more, one for each
	// track; none where nobody says.
	Fixed []string
	// Score is the one of the most trusted source that gives one.
	Score     *Score
	Exploited string // the day CISA listed it as attacked
	Severity  string // low, medium, high or critical
	Weakness  string // the first one named
	Published string
	// Record is the one the verdict rests on.
	Record *Record
	// Disagree are the less trusted records that decide otherwise.
	Disagree []*Record

	why, version string
	bound        version.Range
}

// Why says in a sentence how the verdict came about.
func (m *Match) Why() message.Message {
	return message.New(m.why, "by", m.Record.By, "version", m.version, "range", m.bound.String())
}

// Published is everything a database holds about one client, read once.
type Published struct {
	client  string
	entries []*entry
}

// About reads what is published about a client.
func (db *Database) About(client string) (*Published, error) {
	entries, err := db.about(client)
	return &Published{client, entries}, err
}

// Matches judges every advisory that speaks of the copy, the worst first.
// Advisories that do not concern it are left out.
func (p *Published) Matches(s Subject) []Match {
	var out []Match
	for _, e := range p.entries {
		if m, ok := e.judge(s); ok {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, ByUrgency)
	return out
}

// Matches is Published.Matches for one question only.
func (db *Database) Matches(s Subject) ([]Match, error) {
	p, err := db.About(s.Client)
	if err != nil {
		return nil, err
	}
	return p.Matches(s), nil
}

// MendsAll is the first release that no advisory affects, as far as the matches
// and those about later releases name one: the one to update to. It is "" where
// there is none.
func (p *Published) MendsAll(s Subject, matches []Match) string {
	at := s
	for range 8 { // a release that mends one can have a hole of its own
		newest := at.newestFixed(matches)
		if newest == "" {
			return ""
		}
		at.Version = s.Version.Like(newest)
		matches = slices.DeleteFunc(p.Matches(at), func(m Match) bool { return m.Verdict != Affected })
		if len(matches) == 0 {
			return newest
		}
	}
	return ""
}

// newestFixed is the newest of the releases that mend what affects the copy, if
// it is newer than the copy.
func (s Subject) newestFixed(matches []Match) string {
	newest, at := "", s.Version
	for i := range matches {
		if matches[i].Verdict != Affected {
			continue
		}
		for _, fixed := range matches[i].Fixed {
			if v := s.Version.Like(fixed); v.Newer(at) {
				newest, at = fixed, v
			}
		}
	}
	return newest
}

// ByUrgency orders matches: the affected first, then the undecided; the attacked,
// then the severest, then the newest before the others.
func ByUrgency(a, b Match) int {
	return cmp.Or(
		cmp.Compare(a.Verdict.order(), b.Verdict.order()),
		cmp.Compare(min(len(b.Exploited), 1), min(len(a.Exploited), 1)),
		cmp.Compare(b.base(), a.base()),
		strings.Compare(b.Published, a.Published),
		strings.Compare(a.ID, b.ID),
	)
}

func (v Verdict) order() int {
	switch v {
	case Affected:
		return 0
	case CannotDecide:
		return 1
	}
	return 2
}

func (m *Match) base() float64 {
	if m.Score == nil {
		return -1
	}
	return m.Score.Base
}

// entry is all the records of one advisory, the most trusted first.
type entry struct {
	id      string
	records []*Record
}

// opinion is what one record says of a copy.
type opinion struct {
	record *Record
	answer version.Answer
	fixed  []string
	why    string // a message's id
	bound  version.Range
	// out: the record is about something else, and says so for certain.
	out bool
	// silent: the record says nothing about the copy.
	silent bool
	// leaves: the answer is open because the record gives no version, so that
	// another source may.
	leaves bool
	// perhaps: it is open because the record may not mean the copy at all. One
	// that names the copy outright may decide; one that leaves it out may not.
	perhaps bool
}

// judge asks the records in the order of their trust.
func (e *entry) judge(s Subject) (Match, bool) {
	m := Match{ID: e.id}
	var open, decided *opinion
	for _, r := range e.records {
		if r.Rejected {
			return m, false
		}
		m.describe(r)
		o := r.opinion(s)
		switch {
		case o.silent:
		case decided != nil:
			if !o.out && o.answer != version.Unclear && o.answer != decided.answer {
				m.Disagree = append(m.Disagree, r)
			}
		case o.out:
			if open == nil {
				return m, false
			}
			if open.perhaps {
				continue
			}
			// A more trusted record names the copy and cannot decide; one that
			// does decide leaves it out.
			decided = &opinion{record: r, answer: version.No, why: "advisory.why-left-out"}
		case o.answer == version.Unclear:
			if open == nil {
				open = &o
			}
			if !o.leaves || r.Source == Reviewed && !e.newerThan(r) {
				decided = open
			}
		default:
			decided = &o
		}
	}
	if decided == nil {
		decided = open
	}
	if decided == nil {
		return m, false
	}
	m.conclude(decided, s)
	return m, true
}

// newerThan says whether a source was changed after people read it, and so may
// know what they did not find.
func (e *entry) newerThan(reviewed *Record) bool {
	return slices.ContainsFunc(e.records, func(r *Record) bool {
		return r.Source != Reviewed && r.Source != KEV && day.FindString(r.Updated) > reviewed.Updated
	})
}

// Describe says of an advisory what does not depend on a copy: score, severity,
// weakness and days. The records are one advisory's, the most trusted first.
func Describe(id string, records []*Record) Match {
	m := Match{ID: id}
	for _, r := range records {
		m.describe(r)
	}
	return m
}

// describe fills in what a record says about the advisory itself, unless a more
// trusted one did.
func (m *Match) describe(r *Record) {
	if m.Score == nil && len(r.Scores) > 0 {
		m.Score = &r.Scores[0]
	}
	if m.Weakness == "" && len(r.Weaknesses) > 0 {
		m.Weakness = r.Weaknesses[0]
	}
	m.Published = cmp.Or(m.Published, r.Published)
	m.Exploited = cmp.Or(m.Exploited, r.Exploited)
	m.Severity = severity(m.Score, m.Exploited)
}

// severity is CVSS's own scale; what is attacked is critical whatever its score.
// An advisory nobody scored counts as medium.
func severity(s *Score, exploited string) string {
	switch {
	case exploited != "":
		return "critical"
	case s == nil:
		return "medium"
	case s.Base >= 9:
		return "critical"
	case s.Base >= 7:
		return "high"
	case s.Base >= 4:
		return "medium"
	}
	return "low"
}

// conclude turns an opinion into the verdict.
func (m *Match) conclude(o *opinion, s Subject) {
	m.Record, m.Fixed = o.record, o.fixed
	switch o.answer {
	case version.Yes:
		m.Verdict = Affected
	case version.No:
		m.Verdict = NotAffected
	default:
		m.Verdict = CannotDecide
	}
	if m.Verdict == Affected && s.Backports {
		m.Verdict, o.why = CannotDecide, "advisory.why-distribution"
	}
	m.why, m.bound, m.version = o.why, o.bound, s.Version.Raw
}

// opinion is what the record says of the copy.
func (r *Record) opinion(s Subject) opinion {
	o := opinion{record: r}
	if r.Source == KEV {
		o.silent = true
		return o
	}
	var named []*Concern
	for i := range r.Concerns {
		if r.Concerns[i].names(s) {
			named = append(named, &r.Concerns[i])
		}
	}
	if len(named) == 0 {
		// CISA's additions, and sentences, often name fewer products than the record they are
		// added to, so what they leave out says nothing.
		o.out = r.Source != ADP && r.Source != Text && !r.Partial && r.leavesOut(s)
		o.silent = !o.out
		return o
	}
	o.answer = version.No
	for _, c := range named {
		answer, at := c.holds(s.Version)
		if c.Perhaps || answer == version.Yes && s.Arch == "" && len(c.Arches) > 0 {
			answer = version.Unclear
		}
		if o.why != "" && stronger(o.answer, answer) {
			continue
		}
		o.answer, o.bound, o.why, o.leaves = answer, at, reason(c, answer, s), c.Perhaps && !c.Unread || c.silent()
		o.perhaps = c.Perhaps
		o.fixed = c.firstFixed()
	}
	if r.Partial && o.answer == version.No {
		o.answer, o.why = version.Unclear, "advisory.why-open"
	}
	o.leaves = o.leaves && !r.Partial
	return o
}

// stronger says whether an answer stands against another of the same record:
// one product that is affected is enough, and one that is open keeps it open.
func stronger(a, b version.Answer) bool {
	return a == version.Yes && b != version.Yes || a == version.Unclear && b == version.No
}

func reason(c *Concern, a version.Answer, s Subject) string {
	switch {
	case a == version.Yes:
		return "advisory.why-affected"
	case a == version.No:
		return "advisory.why-outside"
	case c.Perhaps, s.Arch == "" && len(c.Arches) > 0:
		return "advisory.why-perhaps"
	case !c.Decides():
		return "advisory.why-unsaid"
	case c.Listed:
		return "advisory.why-unlisted"
	case !s.Version.Exact():
		return "advisory.why-interval"
	}
	return "advisory.why-open"
}

// leavesOut says whether a record that does not name the copy is surely about
// something else: it names the client's other editions or systems.
func (r *Record) leavesOut(s Subject) bool {
	if len(r.Concerns) == 0 {
		return r.Source == Reviewed
	}
	for i := range r.Concerns {
		c := &r.Concerns[i]
		if c.Client != s.Client {
			continue
		}
		if c.about(s) || !c.Loose || c.Decides() {
			return true
		}
	}
	return false
}

// firstFixed are the releases that end the concern.
func (c *Concern) firstFixed() []string {
	if len(c.Fixed) > 0 {
		return c.Fixed
	}
	var out []string
	for _, text := range c.Affected {
		r, err := version.ParseRange(text)
		if err != nil {
			continue
		}
		if after := r.After(); after != "" && !slices.Contains(out, after) {
			out = append(out, after)
		}
	}
	return out
}
