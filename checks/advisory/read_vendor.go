package advisory

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// cvrf is one vulnerability of a Microsoft security update, in JSON made of
// CVRF 1.1 (https://api.msrc.microsoft.com/cvrf/v3.0, seen 2026-11-23).
type cvrf struct {
	Title    string `json:"document_title"`
	Tracking struct {
		Identification struct {
			ID string `json:"id"`
		} `json:"identification"`
		Initial string `json:"initial_release_date"`
		Current string `json:"current_release_date"`
	} `json:"documenttracking"`
	Tree struct {
		Branch oneOrMore[cvrfBranch]  `json:"branch"`
		Names  oneOrMore[cvrfProduct] `json:"fullproductname"`
	} `json:"producttree"`
	Vulnerability oneOrMore[cvrfVulnerability] `json:"vulnerability"`
}

type cvrfBranch struct {
	Branch oneOrMore[cvrfBranch]  `json:"branch"`
	Names  oneOrMore[cvrfProduct] `json:"fullproductname"`
}

type cvrfProduct struct {
	Name string `json:"text"`
	ID   string `json:"productid"`
}

type cvrfVulnerability struct {
	CVE string `json:"cve"`
	// CWE is an id, an object with one, or a list of those.
	CWE      json.RawMessage `json:"cwe"`
	Statuses struct {
		Status oneOrMore[struct {
			Type     string            `json:"type"`
			Products oneOrMore[string] `json:"product_id"`
		}] `json:"status"`
	} `json:"productstatuses"`
	Scores struct {
		Set oneOrMore[struct {
			Base     string            `json:"base_score"`
			Vector   string            `json:"vector"`
			Products oneOrMore[string] `json:"product_id"`
		}] `json:"scoreset"`
	} `json:"cvssscoresets"`
	Remediations struct {
		Remediation oneOrMore[struct {
			Type       string            `json:"type"`
			FixedBuild string            `json:"fixed_build"`
			Products   oneOrMore[string] `json:"product_id"`
		}] `json:"remediation"`
	} `json:"remediations"`
}

// oneOrMore is a value that JSON made of XML writes alone, or as a list.
type oneOrMore[T any] []T

// UnmarshalJSON takes either form.
func (o *oneOrMore[T]) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(o))
	}
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*o = []T{one}
	return nil
}

// maxDepth bounds how deep product trees are followed.
const maxDepth = 32

func readCVRF(data []byte) ([]*Record, error) {
	var d cvrf
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	if len(d.Vulnerability) == 0 {
		return nil, errors.New("holds no vulnerability")
	}
	productNames := map[string]string{}
	add := func(list []cvrfProduct) {
		for _, p := range list {
			productNames[p.ID] = p.Name
		}
	}
	add(d.Tree.Names)
	walkBranches(d.Tree.Branch, add, 0)
	var out []*Record
	for i := range d.Vulnerability {
		v := &d.Vulnerability[i]
		if !cveID.MatchString(v.CVE) {
			return nil, errors.New("holds a vulnerability without the id of a CVE")
		}
		r := &Record{ID: v.CVE, Source: Vendor, By: "Microsoft", Published: d.Tracking.Initial, Updated: d.Tracking.Current,
			Weaknesses: anyCWE.FindAllString(string(v.CWE), -1), Links: []string{"https://msrc.microsoft.com/update-guide/vulnerability/" + v.CVE}}
		r.Concerns, r.Partial = v.concerns(productNames)
		if len(r.Concerns) == 0 {
			continue
		}
		for _, s := range v.Scores.Set {
			if s, ok := score("Microsoft", s.Vector, decimal(s.Base)); ok && !slices.Contains(r.Scores, s) {
				r.Scores = append(r.Scores, s)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func walkBranches(branches []cvrfBranch, add func([]cvrfProduct), depth int) {
	if depth > maxDepth {
		return
	}
	for _, b := range branches {
		add(b.Names)
		walkBranches(b.Branch, add, depth+1)
	}
}

// concerns finds the affected products that are ours, and the build that fixes
// each. partial says that a product's name is missing.
func (v *cvrfVulnerability) concerns(productNames map[string]string) (out []Concern, partial bool) {
	for _, status := range v.Statuses.Status {
		if status.Type != "Known Affected" {
			partial = partial || !slices.Contains(cvrfStatuses, status.Type)
			continue
		}
		for _, id := range status.Products {
			partial = partial || productNames[id] == ""
			found, _ := names().product("Microsoft", productNames[id], nil)
			for _, c := range found {
				c.Affected, c.Unread = v.fixedBuilds(id)
				if len(c.Affected) == 0 {
					c.Undecided = unsaid
				}
				out = append(out, c)
			}
		}
	}
	return out, partial
}

// cvrfStatuses are those that speak of no affected product (CVRF 1.1, 6.8).
var cvrfStatuses = []string{"First Affected", "Known Not Affected", "First Fixed", "Fixed", "Recommended", "Last Affected"}

// fixedBuilds are the ranges below a product's fixed builds. unread says that
// one of them is no version.
func (v *cvrfVulnerability) fixedBuilds(product string) (out []string, unread bool) {
	for _, rem := range v.Remediations.Remediation {
		if rem.Type != "Vendor Fix" || !slices.Contains(rem.Products, product) {
			continue
		}
		b, ok := plainVersion(rem.FixedBuild)
		switch {
		case rem.FixedBuild == "":
		case ok && strings.Contains(b, "."):
			out = union(out, []string{"< " + b})
		default:
			unread = true
		}
	}
	return out, unread
}

// csaf is a CSAF 2.0 advisory, as far as it is read (OASIS CSAF 2.0, 3.2, seen
// 2026-11-23).
type csaf struct {
	Document struct {
		Version   string `json:"csaf_version"`
		Publisher struct {
			Name     string `json:"name"`
			Category string `json:"category"`
		} `json:"publisher"`
		Tracking struct {
			ID      string `json:"id"`
			Initial string `json:"initial_release_date"`
			Current string `json:"current_release_date"`
		} `json:"tracking"`
		References []struct {
			Category string `json:"category"`
			URL      string `json:"url"`
		} `json:"references"`
	} `json:"document"`
	Tree struct {
		Branches []csafBranch  `json:"branches"`
		Names    []csafProduct `json:"full_product_names"`
	} `json:"product_tree"`
	Vulnerabilities []csafVulnerability `json:"vulnerabilities"`
}

type csafBranch struct {
	Category string       `json:"category"`
	Name     string       `json:"name"`
	Product  *csafProduct `json:"product"`
	Branches []csafBranch `json:"branches"`
}

type csafProduct struct {
	ID     string `json:"product_id"`
	Name   string `json:"name"`
	Helper struct {
		CPE string `json:"cpe"`
	} `json:"product_identification_helper"`
}

type csafVulnerability struct {
	CVE    string              `json:"cve"`
	CWE    struct{ ID string } `json:"cwe"`
	Status struct {
		Affected     []string `json:"known_affected"`
		NotAffected  []string `json:"known_not_affected"`
		Fixed        []string `json:"fixed"`
		FirstFixed   []string `json:"first_fixed"`
		FirstAffect  []string `json:"first_affected"`
		LastAffected []string `json:"last_affected"`
		Open         []string `json:"under_investigation"`
	} `json:"product_status"`
	Scores []struct {
		V3 *cvssFields `json:"cvss_v3"`
		V2 *cvssFields `json:"cvss_v2"`
	} `json:"scores"`
}

// csafNode is what the way through the product tree says of one product.
type csafNode struct {
	vendor, product, version string
	isRange                  bool
	platforms                []string
	cpe                      string
}

func readCSAF(data []byte) ([]*Record, error) {
	var d csaf
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	if d.Document.Tracking.ID == "" || d.Document.Publisher.Name == "" {
		return nil, errors.New("names no advisory or no publisher")
	}
	nodes := map[string]csafNode{}
	for _, p := range d.Tree.Names {
		nodes[p.ID] = csafNode{vendor: d.Document.Publisher.Name, product: p.Name, cpe: p.Helper.CPE}
	}
	walkCSAF(d.Tree.Branches, csafNode{vendor: d.Document.Publisher.Name}, nodes, 0)
	var out []*Record
	for i := range d.Vulnerabilities {
		v := &d.Vulnerabilities[i]
		r := &Record{ID: v.CVE, Source: Vendor, By: d.Document.Publisher.Name, Bulletin: bulletin(d.Document.Tracking.ID),
			Published: d.Document.Tracking.Initial, Updated: d.Document.Tracking.Current, Weaknesses: []string{v.CWE.ID}}
		if v.CVE == "" {
			r.ID = d.Document.Tracking.ID
		}
		if !advisoryID.MatchString(r.ID) {
			return nil, errors.New("holds a vulnerability without an id")
		}
		if r.Concerns, r.Partial = v.concerns(nodes); len(r.Concerns) == 0 {
			continue
		}
		for _, ref := range d.Document.References {
			if ref.Category == "self" {
				r.Links = append(r.Links, ref.URL)
			}
		}
		r.Scores = v.scores(r.By)
		out = append(out, r)
	}
	return out, nil
}

// bulletin is a tracking id, unless it is no id at all.
func bulletin(s string) string {
	if advisoryID.MatchString(s) {
		return s
	}
	return ""
}

func (v *csafVulnerability) scores(by string) []Score {
	var out []Score
	for _, s := range v.Scores {
		for _, f := range []*cvssFields{s.V3, s.V2} {
			if f == nil {
				continue
			}
			if s, ok := score(by, f.Vector, f.Base); ok && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// walkCSAF follows the tree of branches down to its products.
func walkCSAF(branches []csafBranch, at csafNode, nodes map[string]csafNode, depth int) {
	if depth > maxDepth {
		return
	}
	for _, b := range branches {
		here := at
		switch b.Category {
		case "vendor":
			here.vendor = strings.TrimSpace(b.Name)
		case "product_name", "product_family":
			here.product = strings.TrimSpace(b.Name)
		case "product_version":
			here.version, here.isRange = b.Name, false
		case "product_version_range":
			here.version, here.isRange = b.Name, true
		case "host_name", "platform", "architecture":
			here.platforms = append(slices.Clone(here.platforms), b.Name)
		}
		if b.Product != nil {
			here.cpe = b.Product.Helper.CPE
			nodes[b.Product.ID] = here
		}
		walkCSAF(b.Branches, here, nodes, depth+1)
	}
}

// concerns joins what the statuses say of our products. partial says that a
// product is missing in the tree.
func (v *csafVulnerability) concerns(nodes map[string]csafNode) (out []Concern, partial bool) {
	add := func(ids []string, put func(c *Concern, n csafNode)) {
		for _, id := range ids {
			n, ok := nodes[id]
			partial = partial || !ok
			for _, c := range n.find() {
				put(&c, n)
				out = append(out, c)
			}
		}
	}
	affected := func(c *Concern, n csafNode) {
		c.Affected, c.Undecided, c.Listed = n.ranges()
		c.Unread = c.Unread || n.unread()
	}
	add(v.Status.Affected, affected)
	add(v.Status.FirstAffect, affected)
	add(v.Status.LastAffected, affected)
	fixed := func(c *Concern, n csafNode) {
		c.Unaffected, c.Undecided, c.Listed = n.ranges()
		c.Unread = c.Unread || n.unread()
		if b, ok := plainVersion(n.version); ok && !n.isRange {
			c.Fixed = []string{b}
		}
	}
	add(v.Status.NotAffected, fixed)
	add(v.Status.Fixed, fixed)
	add(v.Status.FirstFixed, fixed)
	add(v.Status.Open, func(c *Concern, n csafNode) {
		if c.Undecided, _, _ = n.ranges(); c.Undecided == nil {
			c.Undecided = unsaid
		}
	})
	return out, partial
}

// find is what the product is to us.
func (n csafNode) find() []Concern {
	if found, ok := names().product(n.vendor, n.product, n.platforms); ok && len(found) > 0 {
		return found
	}
	if c, ok := parseCPE(n.cpe); ok {
		found, _ := names().cpe(c)
		return found
	}
	return nil
}

// ranges reads the version of a branch. A product without one is named, and no
// version of it decided.
func (n csafNode) ranges() (ranges, undecided []string, listed bool) {
	text := strings.TrimSpace(n.version)
	if n.isRange {
		if r, ok := versRange(text); ok {
			return r, nil, false
		}
		return nil, unsaid, false
	}
	if b, ok := plainVersion(text); ok {
		return []string{"= " + b}, nil, true
	}
	if r, ok := rangeOfWords(text); ok {
		return []string{r}, nil, false
	}
	return nil, unsaid, false
}

// unread says whether the branch gives a version that cannot be read.
func (n csafNode) unread() bool {
	_, undecided, _ := n.ranges()
	return undecided != nil && n.version != "" && !noVersion.MatchString(n.version)
}

// versRange reads a "vers:" string (package URL, version range specifier) or
// the comparisons people write in its place.
func versRange(s string) ([]string, bool) {
	if rest, ok := strings.CutPrefix(s, "vers:"); ok {
		_, list, ok := strings.Cut(rest, "/")
		if !ok {
			return nil, false
		}
		return versList(strings.Split(list, "|"))
	}
	r, ok := rangeOfWords(s)
	return []string{r}, ok
}

// versList pairs lower and upper ends, which stand in rising order.
func versList(parts []string) ([]string, bool) {
	var out []string
	lower := ""
	for _, part := range parts {
		op := strings.TrimRight(comparisons.FindString(part), " v")
		b, ok := plainVersion(strings.TrimPrefix(part, op))
		if part == "*" {
			return unsaid, len(parts) == 1
		}
		switch {
		case !ok || op == "!=":
			return nil, false
		case strings.HasPrefix(op, ">"):
			lower = op + " " + b + ", "
		case strings.HasPrefix(op, "<"):
			out, lower = append(out, lower+op+" "+b), ""
		default:
			out = append(out, "= "+b)
		}
	}
	if lower != "" {
		out = append(out, strings.TrimSuffix(lower, ", "))
	}
	return out, len(out) > 0
}
