package advisory

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// nvd1Feed is a file of NVD's feeds 1.1; nvd1 is one item of it, which others
// store in a file of its own (seen 2026-11-23; NVD ended the format in 2023).
type nvd1Feed struct {
	Items []nvd1 `json:"CVE_Items"`
}

type nvd1 struct {
	CVE struct {
		Meta struct {
			ID string `json:"ID"`
		} `json:"CVE_data_meta"`
		Problems struct {
			Data []struct {
				Description []struct {
					Value string `json:"value"`
				} `json:"description"`
			} `json:"problemtype_data"`
		} `json:"problemtype"`
		References struct {
			Data []struct {
				URL string `json:"url"`
			} `json:"reference_data"`
		} `json:"references"`
	} `json:"cve"`
	Configurations struct {
		Nodes []nvdNode `json:"nodes"`
	} `json:"configurations"`
	Impact struct {
		V3 *struct {
			CVSS cvssFields `json:"cvssV3"`
		} `json:"baseMetricV3"`
		V2 *struct {
			CVSS cvssFields `json:"cvssV2"`
		} `json:"baseMetricV2"`
	} `json:"impact"`
	Published string `json:"publishedDate"`
	Modified  string `json:"lastModifiedDate"`
}

// nvdNode is a node of a configuration, of both formats.
type nvdNode struct {
	Operator string     `json:"operator"`
	Negate   bool       `json:"negate"`
	Children []nvdNode  `json:"children"`
	Nodes    []nvdNode  `json:"nodes"` // a configuration of 2.0
	Old      []nvdMatch `json:"cpe_match"`
	Matches  []nvdMatch `json:"cpeMatch"`
}

type nvdMatch struct {
	Vulnerable     *bool  `json:"vulnerable"`
	OldURI         string `json:"cpe23Uri"`
	Criteria       string `json:"criteria"`
	StartIncluding string `json:"versionStartIncluding"`
	StartExcluding string `json:"versionStartExcluding"`
	EndIncluding   string `json:"versionEndIncluding"`
	EndExcluding   string `json:"versionEndExcluding"`
}

func readNVD1(data []byte) ([]*Record, error) {
	var feed nvd1Feed
	if err := json.Unmarshal(data, &feed); err != nil {
		return nil, err
	}
	if feed.Items == nil {
		var one nvd1
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, err
		}
		feed.Items = []nvd1{one}
	}
	var out []*Record
	for i := range feed.Items {
		it := &feed.Items[i]
		if !cveID.MatchString(it.CVE.Meta.ID) {
			return nil, fmt.Errorf("%q is not the id of a CVE", it.CVE.Meta.ID)
		}
		r := &Record{ID: it.CVE.Meta.ID, Source: NVD, By: "NVD", Published: it.Published, Updated: it.Modified,
			Concerns: nvdConcerns(it.Configurations.Nodes), Partial: nvdPartial(it.Configurations.Nodes, 0)}
		if len(r.Concerns) == 0 {
			continue
		}
		it.describe(r)
		out = append(out, r)
	}
	return out, nil
}

func (it *nvd1) describe(r *Record) {
	for _, p := range it.CVE.Problems.Data {
		for _, d := range p.Description {
			r.Weaknesses = append(r.Weaknesses, d.Value)
		}
	}
	for _, ref := range it.CVE.References.Data {
		r.Links = append(r.Links, ref.URL)
	}
	if it.Impact.V3 != nil {
		if s, ok := score("NVD", it.Impact.V3.CVSS.Vector, it.Impact.V3.CVSS.Base); ok {
			r.Scores = append(r.Scores, s)
		}
	}
	if it.Impact.V2 != nil {
		if s, ok := score("NVD", it.Impact.V2.CVSS.Vector, it.Impact.V2.CVSS.Base); ok {
			r.Scores = append(r.Scores, s)
		}
	}
}

// nvd2Feed is an answer of NVD's API 2.0; nvd2 is one item of it (API schema
// 2.0.3, seen 2026-11-23).
type nvd2Feed struct {
	Items []struct {
		CVE nvd2 `json:"cve"`
	} `json:"vulnerabilities"`
	One *nvd2 `json:"cve"`
	nvd2
}

type nvd2 struct {
	ID         string `json:"id"`
	Status     string `json:"vulnStatus"`
	Published  string `json:"published"`
	Modified   string `json:"lastModified"`
	References []struct {
		URL string `json:"url"`
	} `json:"references"`
	Weaknesses []struct {
		Description []struct {
			Value string `json:"value"`
		} `json:"description"`
	} `json:"weaknesses"`
	Metrics        map[string][]nvd2Metric `json:"metrics"`
	Configurations []nvdNode               `json:"configurations"`
}

type nvd2Metric struct {
	Source string     `json:"source"`
	Data   cvssFields `json:"cvssData"`
}

func readNVD2(data []byte) ([]*Record, error) {
	var feed nvd2Feed
	if err := json.Unmarshal(data, &feed); err != nil {
		return nil, err
	}
	var items []*nvd2
	for i := range feed.Items {
		items = append(items, &feed.Items[i].CVE)
	}
	if feed.One != nil {
		items = append(items, feed.One)
	}
	if feed.ID != "" {
		items = append(items, &feed.nvd2)
	}
	if len(items) == 0 {
		return nil, errors.New("holds no item")
	}
	var out []*Record
	for _, it := range items {
		if !cveID.MatchString(it.ID) {
			return nil, fmt.Errorf("%q is not the id of a CVE", it.ID)
		}
		if r := it.record(); r != nil {
			out = append(out, r)
		}
	}
	return out, nil
}

func (it *nvd2) record() *Record {
	r := &Record{ID: it.ID, Source: NVD, By: "NVD", Published: it.Published, Updated: it.Modified}
	if it.Status == "Rejected" {
		r.Rejected = true
		return r
	}
	if r.Concerns = nvdConcerns(it.Configurations); len(r.Concerns) == 0 {
		return nil
	}
	r.Partial = nvdPartial(it.Configurations, 0)
	for _, w := range it.Weaknesses {
		for _, d := range w.Description {
			r.Weaknesses = append(r.Weaknesses, d.Value)
		}
	}
	for _, ref := range it.References {
		r.Links = append(r.Links, ref.URL)
	}
	for _, kind := range []string{"cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2"} {
		for _, m := range it.Metrics[kind] {
			by := m.Source
			if by == "nvd@nist.gov" {
				by = "NVD"
			}
			if s, ok := score(by, m.Data.Vector, m.Data.Base); ok {
				r.Scores = append(r.Scores, s)
			}
		}
	}
	return r
}

// nvdConcerns reads configurations. In an AND, what is not vulnerable itself
// says on which systems the rest is.
func nvdConcerns(nodes []nvdNode) []Concern {
	var out []Concern
	for i := range nodes {
		out = append(out, nodes[i].concerns(nil, 0)...)
	}
	return joinConcerns(out)
}

func (n *nvdNode) concerns(at []string, depth int) []Concern {
	if depth > maxDepth {
		return nil
	}
	below := slices.Concat(n.Children, n.Nodes)
	if n.Operator == "AND" {
		if s := runsOn(below); len(s) > 0 {
			at = s
		}
	}
	var out []Concern
	for i := range below {
		out = append(out, below[i].concerns(at, depth+1)...)
	}
	for _, m := range slices.Concat(n.Old, n.Matches) {
		if m.Vulnerable == nil || *m.Vulnerable {
			out = append(out, m.concerns(at, n.Negate)...)
		}
	}
	return out
}

// nvdPartial says whether a configuration names something that cannot be read.
func nvdPartial(nodes []nvdNode, depth int) bool {
	return depth > maxDepth || slices.ContainsFunc(nodes, func(n nvdNode) bool {
		return slices.ContainsFunc(slices.Concat(n.Old, n.Matches), func(m nvdMatch) bool {
			_, ok := parseCPE(m.uri())
			return !ok || m.Vulnerable == nil
		}) || nvdPartial(n.Children, depth+1) || nvdPartial(n.Nodes, depth+1)
	})
}

// osProducts are the beginnings of the product names that CPE gives systems.
var osProducts = []struct{ prefix, system string }{
	{"windows", "windows"}, {"mac_os", "macos"}, {"macos", "macos"}, {"linux_kernel", "linux"}, {"ubuntu_linux", "linux"},
	{"debian_linux", "linux"}, {"enterprise_linux", "linux"}, {"iphone_os", "ios"}, {"ipados", "ios"}, {"ipad_os", "ios"}, {"android", "android"},
}

// runsOn are the systems among the parts of an AND.
func runsOn(nodes []nvdNode) []string {
	var out []string
	for i := range nodes {
		for _, m := range slices.Concat(nodes[i].Old, nodes[i].Matches) {
			c, ok := parseCPE(m.uri())
			if !ok || c.part != "o" {
				continue
			}
			for _, p := range osProducts {
				if strings.HasPrefix(c.product, p.prefix) {
					out = union(out, []string{p.system})
				}
			}
		}
	}
	return out
}

func (m *nvdMatch) uri() string {
	if m.Criteria != "" {
		return m.Criteria
	}
	return m.OldURI
}

func (m *nvdMatch) concerns(at []string, negate bool) []Concern {
	c, ok := parseCPE(m.uri())
	if !ok {
		return nil
	}
	found, _ := names().cpe(c)
	text, said := m.rangeText(c)
	silent := !said && !negate && c.version == "-"
	var out []Concern
	for _, f := range found {
		if len(f.Systems) == 0 {
			f.Systems = at
		}
		if said && !negate {
			f.Affected = []string{text}
		} else {
			f.Undecided, f.Unread = unsaid, !silent
		}
		out = append(out, f)
	}
	return out
}

// rangeText is the range of versions that a match names.
func (m *nvdMatch) rangeText(c cpeURI) (string, bool) {
	var parts []string
	for _, end := range []struct{ op, text string }{
		{">= ", m.StartIncluding}, {"> ", m.StartExcluding}, {"<= ", m.EndIncluding}, {"< ", m.EndExcluding},
	} {
		if end.text == "" {
			continue
		}
		b, ok := plainVersion(end.text)
		if !ok {
			return "", false
		}
		parts = append(parts, end.op+b)
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", "), true
	case c.version == "*":
		return "*", true
	case c.version == "-":
		return "", false
	}
	b, ok := plainVersion(c.version)
	if !anyWord(c.update) && system(strings.ReplaceAll(c.update, "_", " ")) == "" {
		b += "-" + strings.ReplaceAll(c.update, "_", ".")
	}
	return "= " + b, ok
}

// kevFeed is CISA's catalogue of known exploited vulnerabilities.
type kevFeed struct {
	Released        string `json:"dateReleased"`
	Vulnerabilities []struct {
		CVE   string `json:"cveID"`
		Added string `json:"dateAdded"`
	} `json:"vulnerabilities"`
}

// readKEV takes the ids and days only. Which of them matter is known when the
// other records are there.
func readKEV(data []byte) ([]*Record, error) {
	var d kevFeed
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	var out []*Record
	for _, v := range d.Vulnerabilities {
		if !cveID.MatchString(v.CVE) {
			return nil, fmt.Errorf("%q is not the id of a CVE", v.CVE)
		}
		out = append(out, &Record{ID: v.CVE, Source: KEV, By: "CISA", Exploited: v.Added, Updated: d.Released,
			Links: []string{"https://www.cisa.gov/known-exploited-vulnerabilities-catalog"}})
	}
	return out, nil
}

func decimal(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}
