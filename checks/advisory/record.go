package advisory

import (
	"slices"

	"huddleguard/checks/version"
)

// Source is the kind of place a record comes from.
type Source string

// The sources, the most trusted first: people who read the others, the one that
// assigned the id, what the same says in words, the maker's own advisory, NVD, CISA. KEV only says that
// something is attacked.
const (
	Reviewed Source = "reviewed"
	CNA      Source = "cna"
	Text     Source = "text"
	Vendor   Source = "vendor"
	NVD      Source = "nvd"
	ADP      Source = "adp"
	KEV      Source = "kev"
)

var trust = []Source{Reviewed, CNA, Text, Vendor, NVD, ADP, KEV}

// rank is a source's place in the order of trust.
func (s Source) rank() int { return slices.Index(trust, s) }

// Record is what one source says about one advisory. Dates are YYYY-MM-DD.
type Record struct {
	// ID is the CVE's, or the maker's where it has none.
	ID     string `json:"id"`
	Source Source `json:"source"`
	// By is who says it: "Zoom", "NVD", and for a reviewed record whose words
	// were read.
	By string `json:"by"`
	// Ref is the name of the file that was read, without its folder.
	Ref string `json:"ref,omitempty"`
	// Bulletin is the maker's own id of it.
	Bulletin  string `json:"bulletin,omitempty"`
	Published string `json:"published,omitempty"`
	// Updated orders records of one source, so it can have a time behind the
	// day. A reviewed record's is the day its source was read.
	Updated    string   `json:"updated,omitempty"`
	Weaknesses []string `json:"weaknesses,omitempty"`
	Scores     []Score  `json:"scores,omitempty"`
	// Exploited is the day CISA listed it as attacked.
	Exploited string   `json:"exploited,omitempty"`
	Links     []string `json:"links,omitempty"`
	// Reason says why people had to read a source themselves.
	Reason   string `json:"reason,omitempty"`
	Rejected bool   `json:"rejected,omitempty"`
	// Partial: something in the record could not be read, so that what it does
	// not name may be meant all the same.
	Partial  bool      `json:"partial,omitempty"`
	Concerns []Concern `json:"concerns,omitempty"`
}

// Score is how severe somebody says a vulnerability is.
type Score struct {
	By     string  `json:"by"`
	Base   float64 `json:"base"` // 0 to 10
	Vector string  `json:"vector,omitempty"`
}

// Concern is one product that a record speaks of, and its versions. Ranges are
// written as version.ParseRange reads them; several are alternatives.
type Concern struct {
	Client   string   `json:"client"`
	Editions []string `json:"editions"`
	Systems  []string `json:"systems,omitempty"` // none: every system
	Arches   []string `json:"arches,omitempty"`  // none: every architecture
	// Perhaps: the product's name can mean this copy, and does not say so.
	Perhaps bool `json:"perhaps,omitempty"`
	// Loose: the name is a family's, so that an edition it does not name may be
	// meant all the same.
	Loose bool `json:"loose,omitempty"`

	// The strongest first: what is not affected, what nobody decides, what is
	// affected. A version in none of them is not affected either, unless the
	// record only lists versions.
	Unaffected []string `json:"unaffected,omitempty"`
	Undecided  []string `json:"undecided,omitempty"`
	Affected   []string `json:"affected,omitempty"`
	Listed     bool     `json:"listed,omitempty"` // what is not listed is not decided
	// Unread: the record gives versions, or a name, that cannot be read. That is
	// not the same as giving none, which leaves the word to other sources.
	Unread bool `json:"unread,omitempty"`
	// Fixed are the first fixed releases, one for each track, where it is said.
	Fixed []string `json:"fixed,omitempty"`
}

// unsaid is the concern of a record that names a product and no version.
var unsaid = []string{"*"}

// Decides says whether the concern decides about any version at all.
func (c *Concern) Decides() bool { return len(c.Affected) > 0 || len(c.Unaffected) > 0 }

// silent says whether the concern leaves the word about versions to others.
func (c *Concern) silent() bool { return !c.Decides() && !c.Unread }

// about says whether the concern is about a client's edition.
func (c *Concern) about(s Subject) bool {
	return c.Client == s.Client && slices.Contains(c.Editions, s.Edition)
}

// names says whether the concern names a copy: edition, system, architecture.
func (c *Concern) names(s Subject) bool {
	return c.about(s) && in(c.Systems, s.System) && (s.Arch == "" || in(c.Arches, s.Arch))
}

// in says whether a list holds a word; an empty list holds all.
func in(list []string, word string) bool { return len(list) == 0 || slices.Contains(list, word) }

// holds says what the concern says of a version: yes is affected. The range
// that decided comes with it.
func (c *Concern) holds(v version.Version) (version.Answer, version.Range) {
	if in, r := anyRange(c.Unaffected, v); in == version.Yes {
		return version.No, r
	}
	open, r := anyRange(c.Undecided, v)
	if open == version.Yes {
		return version.Unclear, r
	}
	answer, r := anyRange(c.Affected, v)
	switch {
	case answer == version.Yes && open == version.Unclear, answer == version.No && open == version.Unclear:
		return version.Unclear, r
	case answer == version.No && (c.Listed || c.Unread):
		return version.Unclear, r
	}
	if out, _ := anyRange(c.Unaffected, v); answer == version.Yes && out == version.Unclear {
		return version.Unclear, r
	}
	return answer, r
}

// anyRange says whether a version is in one of several ranges. A text that is
// no range leaves it unclear.
func anyRange(ranges []string, v version.Version) (version.Answer, version.Range) {
	answer := version.No
	var at version.Range
	for _, text := range ranges {
		r, err := version.ParseRange(text)
		if err != nil {
			answer = version.Unclear
			continue
		}
		switch r.Holds(v) {
		case version.Yes:
			return version.Yes, r
		case version.Unclear:
			answer, at = version.Unclear, r
		}
	}
	return answer, at
}

// Clients lists the clients a record speaks of, in order.
func (r *Record) Clients() []string {
	var out []string
	for i := range r.Concerns {
		if c := r.Concerns[i].Client; !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return out
}
