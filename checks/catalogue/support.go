package catalogue

import (
	"fmt"
	"slices"

	"huddleguard/checks/fact"
)

// Support says how long a release is looked after: by the vendor's word, or by
// our own judgement where the vendor gives none.
type Support struct {
	ID string `yaml:"id" json:"id"` // "nine-months"
	// Systems, Packagings and Editions limit the rule. No system and no packaging
	// mean all, no edition means "desktop".
	Systems    []fact.OS        `yaml:"systems,omitempty" json:"systems,omitempty"`
	Packagings []fact.Packaging `yaml:"packagings,omitempty" json:"packagings,omitempty"`
	Editions   []string         `yaml:"editions,omitempty" json:"editions,omitempty"`
	// Rule: "age" counts Months from the release, "dated-build" counts Days from
	// the day the version names, and "distribution" leaves the copy to the
	// distribution that packages it, and judges nothing.
	Rule   string `yaml:"rule" json:"rule"`
	Months int    `yaml:"months,omitempty" json:"months,omitempty"`
	Days   int    `yaml:"days,omitempty" json:"days,omitempty"`
	// By is whose rule it is. A copy past a "vendor" rule is unsupported; past one
	// of "ours" it is stale, which weighs less and is said to be our opinion.
	By string `yaml:"by,omitempty" json:"by,omitempty"`
	// Says is the rule in one sentence for people.
	Says   string `yaml:"says" json:"says"`
	Source string `yaml:"source" json:"source"`
	Seen   string `yaml:"seen" json:"seen"`
}

// The rules of support, and whose they are.
const (
	RuleAge          = "age"
	RuleDatedBuild   = "dated-build"
	RuleDistribution = "distribution"
	ByVendor         = "vendor"
	ByUs             = "ours"
)

var (
	supportRules = []string{RuleAge, RuleDatedBuild, RuleDistribution}
	supportBy    = []string{ByVendor, ByUs}
)

// concerns says whether the rule is about a copy.
func (s *Support) concerns(system fact.OS, packaging fact.Packaging, edition string) bool {
	return (len(s.Systems) == 0 || slices.Contains(s.Systems, system)) &&
		(len(s.Packagings) == 0 || slices.Contains(s.Packagings, packaging)) &&
		(slices.Contains(s.Editions, edition) || len(s.Editions) == 0 && edition == "desktop")
}

// Rule is a rule of support and the id of the sentence that says it.
type Rule struct {
	*Support
	Says string
}

// SupportFor are the rules for a copy, in the order of its page: the page's
// own, or else the common ones.
func (c *Catalogue) SupportFor(p *Page, system fact.OS, packaging fact.Packaging, edition string) []Rule {
	var out []Rule
	for i := range p.Support {
		if s := &p.Support[i]; s.concerns(system, packaging, edition) {
			out = append(out, Rule{s, "catalogue/" + p.ID + "/support/" + s.ID + "/says"})
		}
	}
	if len(out) > 0 {
		return out
	}
	for i := range c.Support {
		s := &c.Support[i]
		out = append(out, Rule{s, "catalogue/support/" + s.ID + "/says"})
	}
	return out
}

// support checks a list of rules. editions are those the page has; nil for the
// common rules, which name none.
func (k *checker) support(base string, rules []Support, editions []Edition) {
	seen := map[string]bool{}
	for i := range rules {
		s := &rules[i]
		at := fmt.Sprintf("%s[%d]", base, i)
		k.once(seen, at+".id", s.ID)
		if !lowerKebab.MatchString(s.ID) {
			k.fail(at+".id", "the id %q is not lower-kebab", s.ID)
		}
		k.need(at, "says", s.Says)
		k.source(at, s.Source, s.Seen)
		for j, x := range s.Systems {
			word(k, at, fmt.Sprintf("systems[%d]", j), x, systems)
		}
		for j, x := range s.Packagings {
			word(k, at, fmt.Sprintf("packagings[%d]", j), x, packagings)
		}
		for j, x := range s.Editions {
			if !slices.ContainsFunc(editions, func(e Edition) bool { return e.ID == x }) {
				k.fail(fmt.Sprintf("%s.editions[%d]", at, j), "the page has no edition %q", x)
			}
		}
		k.supportRule(at, s)
	}
}

// supportRule wants just the numbers that a rule counts with.
func (k *checker) supportRule(at string, s *Support) {
	word(k, at, "rule", s.Rule, supportRules)
	if s.Rule == RuleDistribution {
		if s.By != "" {
			k.fail(at+".by", "a distribution's rule is neither the vendor's nor ours")
		}
	} else {
		word(k, at, "by", s.By, supportBy)
	}
	if s.Months < 0 || s.Days < 0 || (s.Months > 0) != (s.Rule == RuleAge) || (s.Days > 0) != (s.Rule == RuleDatedBuild) {
		k.fail(at, "age counts in months, dated-build in days, and distribution does not count")
	}
}
