package advisory

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// cve5 is a CVE record, as far as it is read (CVE record format 5.x,
// https://github.com/CVEProject/cve-schema, seen 2026-11-23).
type cve5 struct {
	Meta struct {
		ID        string `json:"cveId"`
		State     string `json:"state"`
		Assigner  string `json:"assignerShortName"`
		Published string `json:"datePublished"`
		Updated   string `json:"dateUpdated"`
	} `json:"cveMetadata"`
	Containers struct {
		CNA container   `json:"cna"`
		ADP []container `json:"adp"`
	} `json:"containers"`
}

// container is what one organisation says in a CVE record.
type container struct {
	Provider struct {
		ShortName string `json:"shortName"`
		Updated   string `json:"dateUpdated"`
	} `json:"providerMetadata"`
	Affected   []cve5Product `json:"affected"`
	References []struct {
		URL string `json:"url"`
	} `json:"references"`
	Descriptions []struct {
		Lang  string `json:"lang"`
		Value string `json:"value"`
	} `json:"descriptions"`
	Metrics      []cve5Metric `json:"metrics"`
	ProblemTypes []struct {
		Descriptions []struct {
			CWE string `json:"cweId"`
		} `json:"descriptions"`
	} `json:"problemTypes"`
}

type cve5Metric struct {
	V40 *cvssFields `json:"cvssV4_0"`
	V31 *cvssFields `json:"cvssV3_1"`
	V30 *cvssFields `json:"cvssV3_0"`
	V20 *cvssFields `json:"cvssV2_0"`
}

type cvssFields struct {
	Vector string  `json:"vectorString"`
	Base   float64 `json:"baseScore"`
}

type cve5Product struct {
	Vendor        string        `json:"vendor"`
	Product       string        `json:"product"`
	PackageName   string        `json:"packageName"`
	Platforms     []string      `json:"platforms"`
	CPEs          []string      `json:"cpes"`
	DefaultStatus string        `json:"defaultStatus"`
	Versions      []cve5Version `json:"versions"`
}

type cve5Version struct {
	Version         string       `json:"version"`
	Status          string       `json:"status"`
	LessThan        end          `json:"lessThan"`
	LessThanOrEqual end          `json:"lessThanOrEqual"`
	Type            string       `json:"versionType"`
	Changes         []cve5Change `json:"changes"`
}

// end is the end of a range. One that is there and empty is not the same as
// none: without an end, an entry is one version only.
type end struct {
	there bool
	text  string
}

// UnmarshalJSON notes that the end is there, whatever it says.
func (e *end) UnmarshalJSON(data []byte) error {
	e.there = true
	return json.Unmarshal(data, &e.text)
}

type cve5Change struct {
	At     string `json:"at"`
	Status string `json:"status"`
}

// adpNames are how the ones who add to CVE records are called here; others'
// additions are not read.
var adpNames = map[string]string{"CISA-ADP": "CISA"}

func readCVE5(data []byte) ([]*Record, error) {
	var d cve5
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	if !cveID.MatchString(d.Meta.ID) {
		return nil, fmt.Errorf("%q is not the id of a CVE", d.Meta.ID)
	}
	if d.Meta.State == "REJECTED" {
		return []*Record{{ID: d.Meta.ID, Source: CNA, By: "CVE", Updated: d.Meta.Updated, Rejected: true}}, nil
	}
	if len(d.Containers.CNA.Affected) == 0 {
		return nil, errors.New("names no product of the one who assigned it")
	}
	by := firstWord(d.Meta.Assigner, d.Containers.CNA.Provider.ShortName, "CVE")
	out := []*Record{d.Containers.CNA.record(&d, CNA, makerName(by))}
	if text := d.Containers.CNA.inWords(out[0]); text != nil {
		out = append(out, text)
	}
	for i := range d.Containers.ADP {
		c := &d.Containers.ADP[i]
		if by := adpNames[c.Provider.ShortName]; by != "" && (len(c.Affected) > 0 || len(c.Metrics) > 0) {
			out = append(out, c.record(&d, ADP, by))
		}
	}
	if len(out[0].Concerns) == 0 && !slices.ContainsFunc(out, func(r *Record) bool { return len(r.Concerns) > 0 }) {
		return nil, nil
	}
	return out, nil
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// makerName is an assigner's short name as people write it.
func makerName(short string) string {
	switch short {
	case "microsoft":
		return "Microsoft"
	case "cisco":
		return "Cisco"
	case "mitre":
		return "MITRE"
	case "GitHub_M":
		return "GitHub"
	case "talos":
		return "Talos"
	}
	return short
}

func (c *container) record(d *cve5, s Source, by string) *Record {
	r := &Record{ID: d.Meta.ID, Source: s, By: by, Published: d.Meta.Published, Updated: firstWord(c.Provider.Updated, d.Meta.Updated)}
	for _, ref := range c.References {
		r.Links = append(r.Links, ref.URL)
	}
	for _, p := range c.ProblemTypes {
		for _, w := range p.Descriptions {
			r.Weaknesses = append(r.Weaknesses, w.CWE)
		}
	}
	for _, m := range c.Metrics {
		for _, f := range []*cvssFields{m.V40, m.V31, m.V30, m.V20} {
			if f == nil {
				continue
			}
			if s, ok := score(by, f.Vector, f.Base); ok {
				r.Scores = append(r.Scores, s)
			}
		}
	}
	for i := range c.Affected {
		r.Concerns = append(r.Concerns, c.Affected[i].concerns(s)...)
	}
	return r
}

// concerns finds what a product is to us, and puts its versions in.
func (p *cve5Product) concerns(s Source) []Concern {
	var found []Concern
	if s == ADP {
		found = p.byCPE()
	} else {
		product := p.Product
		if product == "" {
			product = p.PackageName
		}
		found, _ = names().product(p.Vendor, product, p.Platforms)
	}
	if len(found) == 0 {
		return nil
	}
	var out []Concern
	for _, group := range p.bySystem() {
		said := group.ranges(p.DefaultStatus)
		for _, c := range found {
			c.Affected, c.Unaffected, c.Undecided = said.Affected, said.Unaffected, said.Undecided
			c.Listed, c.Unread = said.Listed, c.Unread || said.Unread
			if group.system != "" {
				if !in(c.Systems, group.system) {
					continue
				}
				c.Systems = []string{group.system}
			}
			out = append(out, c)
		}
	}
	return out
}

// byCPE finds the product by its CPE names, or by vendor and product in their
// place, which is how CISA writes them.
func (p *cve5Product) byCPE() []Concern {
	var out []Concern
	for _, text := range p.CPEs {
		if c, ok := parseCPE(text); ok {
			c.version, c.update = "*", "*" // the versions are beside it
			found, _ := names().cpe(c)
			out = append(out, found...)
		}
	}
	if len(p.CPEs) == 0 {
		out, _ = names().cpe(cpeURI{part: "a", vendor: strings.ToLower(p.Vendor), product: strings.ToLower(p.Product), targetSW: "*"})
	}
	return joinConcerns(out)
}

// versionGroup is the versions of one system, or of those the product names.
type versionGroup struct {
	system   string
	versions []cve5Version
}

// bySystem parts the versions that name their system in their own text.
func (p *cve5Product) bySystem() []versionGroup {
	groups := []versionGroup{{}}
	for _, v := range p.Versions {
		at := 0
		if m := versionOf.FindStringSubmatch(v.Version); m != nil {
			if s := system(m[2]); s != "" {
				v.Version = m[1]
				at = slices.IndexFunc(groups, func(g versionGroup) bool { return g.system == s })
				if at < 0 {
					groups, at = append(groups, versionGroup{system: s}), len(groups)
				}
			}
		}
		groups[at].versions = append(groups[at].versions, v)
	}
	if len(groups) > 1 && len(groups[0].versions) == 0 {
		return groups[1:]
	}
	return groups
}

// ranges turns the entries into ranges. An entry that cannot be read leaves
// undecided what the others do not name: it may speak of any version.
func (g *versionGroup) ranges(defaultStatus string) (c Concern) {
	if joined, ok := halves(g.versions); ok {
		c.Affected = []string{joined}
		return c
	}
	single, unsaidEntries := true, 0
	for i := range g.versions {
		text, status, how := g.versions[i].read()
		switch how {
		case entrySilent:
			unsaidEntries++
			continue
		case entryUnread:
			c.Unread = true
			continue
		}
		single = single && strings.HasPrefix(text, "= ")
		switch status {
		case "affected":
			c.Affected = union(c.Affected, []string{text})
		case "unaffected":
			c.Unaffected = union(c.Unaffected, []string{text})
		default:
			c.Undecided = union(c.Undecided, []string{text})
			c.Unread = c.Unread || status != "unknown"
		}
	}
	switch {
	case len(c.Affected)+len(c.Unaffected)+len(c.Undecided) == 0:
		c.Undecided = unsaid
		c.Unread = c.Unread || len(g.versions) == 0 && defaultStatus != ""
	case c.Unread:
	case unsaidEntries > 0:
		c.Unread = true // some versions are given and others are not
	case defaultStatus == "affected":
		c.Affected = unsaid
	case len(c.Affected) == 0 && defaultStatus != "unaffected":
		c.Listed = true // only says what is not affected
	case single && defaultStatus != "unaffected":
		c.Listed = true // the format's default is "unknown"
	}
	return c
}

// halves joins two entries that are one range: "next of 5.10.6" without an end
// and "less than 5.12.0" without a beginning (Zoom, 2022).
func halves(versions []cve5Version) (string, bool) {
	var after, before string
	for _, v := range versions {
		if m := wordNextOf.FindStringSubmatch(v.Version); m != nil && noVersion.MatchString(v.LessThan.text) {
			after = m[1]
		} else if b, ok := plainVersion(v.LessThan.text); ok && fromStart.MatchString(v.Version) {
			before = b
		}
	}
	if len(versions) != 2 || after == "" || before == "" {
		return "", false
	}
	return "> " + after + ", < " + before, true
}

// How an entry was read: it gives a range, no version, or something else.
type howRead int

const (
	entryRange howRead = iota
	entrySilent
	entryUnread
)

// read makes a range of one entry.
func (v *cve5Version) read() (text, status string, how howRead) {
	upper, isRange := v.upper()
	if !isRange {
		text, how = v.alone()
		return text, v.Status, how
	}
	if upper == "" {
		if noVersion.MatchString(v.end()) {
			return "", v.Status, entrySilent
		}
		return "", v.Status, entryUnread
	}
	lower, bounded := plainVersion(v.Version)
	switch {
	case fromStart.MatchString(v.Version):
		lower = ""
	case !bounded:
		return "", v.Status, entryUnread
	}
	if len(v.Changes) > 0 {
		at, ok := v.fixedAt()
		if !ok {
			return "", v.Status, entryUnread
		}
		upper = "< " + at
	}
	switch {
	case lower == "" && upper == "*":
		return "*", v.Status, entryRange
	case lower == "":
		return upper, v.Status, entryRange
	case upper == "*":
		return ">= " + lower, v.Status, entryRange
	}
	return ">= " + lower + ", " + upper, v.Status, entryRange
}

// end is the text of the end of a range.
func (v *cve5Version) end() string {
	if v.LessThan.there {
		return v.LessThan.text
	}
	return v.LessThanOrEqual.text
}

// upper is the end of a range: "" where it is words, "*" where there is none.
func (v *cve5Version) upper() (string, bool) {
	op, e := "< ", v.LessThan
	if !e.there {
		op, e = "<= ", v.LessThanOrEqual
	}
	if !e.there {
		return "", false
	}
	if e.text == "*" {
		return "*", true
	}
	if b, ok := plainVersion(e.text); ok {
		return op + b, true
	}
	if r, ok := rangeOfWords(e.text); ok && strings.HasPrefix(r, "<") {
		return r, true
	}
	return "", true
}

// fixedAt is the first version inside a range from which on it is not affected.
func (v *cve5Version) fixedAt() (string, bool) {
	if len(v.Changes) != 1 || v.Changes[0].Status != "unaffected" {
		return "", false
	}
	return plainVersion(v.Changes[0].At)
}

// alone reads an entry without an end: one version, or a range in words.
func (v *cve5Version) alone() (string, howRead) {
	if r, ok := rangeOfWords(v.Version); ok {
		return r, entryRange
	}
	if b, ok := plainVersion(v.Version); ok && !fromStart.MatchString(v.Version) {
		return "= " + b, entryRange
	}
	if noVersion.MatchString(strings.TrimSpace(v.Version)) {
		return "", entrySilent
	}
	return "", entryUnread
}
