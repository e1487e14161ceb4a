package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"huddleguard/checks/catalogue"
)

// reference is the page of documentation that lists what is known.
func reference(c *catalogue.Catalogue) []byte {
	var b bytes.Buffer
	b.WriteString("# What the catalogue knows\n\nMade by `go generate ./checks/catalogue` from the pages under `checks/catalogue`; do not edit.\n" +
		"\"Place\" says how the place of a value is known, \"effect\" whether we saw what it does: a place that nobody saw is read and shown, never written.\n")
	b.WriteString("\n## Clients\n\n| client | id | editions | found as | settings | leftovers | retired |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for i := range c.Pages {
		p := &c.Pages[i]
		fmt.Fprintf(&b, "| [%s](#%s) | `%s` | %s | %s | %d | %d | %s |\n", cell(p.Name), p.ID, p.ID, editionList(p), packagingList(p), len(p.Settings), len(p.Leftovers), since(p.Retired))
	}
	for i := range c.Pages {
		page(&b, &c.Pages[i])
	}
	general(&b, c)
	calls(&b, c)
	items(&b, c)
	return b.Bytes()
}

// cell makes text fit for a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s)
}

func since(r *catalogue.Retired) string {
	if r == nil {
		return ""
	}
	return r.Since
}

func editionList(p *catalogue.Page) string {
	var out []string
	for _, e := range p.Editions {
		s := e.ID
		if e.Retired != nil {
			s += " (retired " + e.Retired.Since + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func packagingList(p *catalogue.Page) string {
	bySystem := map[string][]string{}
	var order []string
	seen := map[string]bool{}
	for _, in := range p.Installs {
		sys := string(in.System)
		if bySystem[sys] == nil {
			order = append(order, sys)
		}
		if key := sys + string(in.Packaging); !seen[key] {
			seen[key] = true
			bySystem[sys] = append(bySystem[sys], string(in.Packaging))
		}
	}
	var out []string
	for _, sys := range order {
		out = append(out, sys+": "+strings.Join(bySystem[sys], " "))
	}
	return strings.Join(out, "; ")
}

func page(b *bytes.Buffer, p *catalogue.Page) {
	fmt.Fprintf(b, "\n## %s\n\n<a id=\"%s\"></a>", p.Name, p.ID)
	fmt.Fprintf(b, "By %s.", cell(p.Vendor))
	if p.Note != "" {
		b.WriteString(" " + cell(p.Note))
	}
	if p.Retired != nil {
		fmt.Fprintf(b, " Retired since %s: %s", p.Retired.Since, cell(p.Retired.Why))
	}
	b.WriteString("\n")
	support(b, p.Support)
	if len(p.Settings) > 0 {
		b.WriteString("\n| check | wanted state | severity | profiles | serves | places |\n| --- | --- | --- | --- | --- | --- |\n")
	}
	for i := range p.Settings {
		s := &p.Settings[i]
		fmt.Fprintf(b, "| `%s/%s` | %s | %s | %s | %s | %s |\n", p.ID, s.ID, cell(s.Title), s.Severity,
			strings.Join(s.Profiles, " "), strings.Join(s.Serves, " "), places(s))
	}
	if len(p.Leftovers) > 0 {
		b.WriteString("\n| leftover | wanted state | severity | looked for |\n| --- | --- | --- | --- |\n")
	}
	for _, l := range p.Leftovers {
		looked := append(append([]string{}, l.Files...), l.Registry...)
		for _, port := range l.Ports {
			looked = append(looked, fmt.Sprintf("port %d", port))
		}
		fmt.Fprintf(b, "| `%s/%s` | %s | %s | %s |\n", p.ID, l.ID, cell(l.Title), l.Severity, cell(strings.Join(looked, "; ")))
	}
	if len(p.Unsettable) > 0 {
		b.WriteString("\nNo place on the computer controls:\n\n")
	}
	for _, u := range p.Unsettable {
		fmt.Fprintf(b, "- %s (%s; %s, seen %s)\n", cell(u.Thing), u.Where, cell(u.Source), u.Seen)
	}
}

// support lists how long releases are looked after, and who says so.
func support(b *bytes.Buffer, rules []catalogue.Support) {
	if len(rules) > 0 {
		b.WriteString("\n| release age | for | limit | whose rule | source |\n| --- | --- | --- | --- | --- |\n")
	}
	for i := range rules {
		r := &rules[i]
		limit := "not judged"
		switch r.Rule {
		case catalogue.RuleAge:
			limit = fmt.Sprintf("%d months", r.Months)
		case catalogue.RuleDatedBuild:
			limit = fmt.Sprintf("%d days after the day in the number", r.Days)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s, seen %s |\n", cell(r.Says), concerned(r), limit, cmp.Or(r.By, "the distribution's"), cell(r.Source), r.Seen)
	}
}

func concerned(r *catalogue.Support) string {
	var words []string
	for _, s := range r.Systems {
		words = append(words, string(s))
	}
	for _, p := range r.Packagings {
		words = append(words, string(p))
	}
	return strings.Join(append(words, r.Editions...), " ")
}

func places(s *catalogue.Setting) string {
	var out []string
	for i, p := range s.Places {
		where := p.Path
		if p.Section != "" {
			where += " [" + p.Section + "]"
		}
		out = append(out, fmt.Sprintf("%s: `%s %s` = %s (%s, effect %s)", p.System, where, p.Key, s.WantAt(i).Words(), p.Place, p.Effect))
	}
	return cell(strings.Join(out, "; "))
}

func general(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("\n## Checks every client gets\n\n| check | wanted state | severity | serves |\n| --- | --- | --- | --- |\n")
	for _, ch := range c.Checks {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", ch.ID, cell(ch.Title), ch.Severity, strings.Join(ch.Serves, " "))
	}
	b.WriteString("\n## How old a release may be where its client names no rule\n")
	support(b, c.Support)
	b.WriteString("\n## Permissions\n\n| permission | what it is | severity | a grant is a |\n| --- | --- | --- | --- |\n")
	for _, p := range c.Permissions {
		fmt.Fprintf(b, "| `permission/%s` | %s | %s | %s |\n", p.ID, cell(p.Title), p.Severity, p.Granted)
	}
}

// calls lists how each system shows a call, and the clients' own words in it.
func calls(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("\n## Signals of a call\n\nA signal shorter than its dwell is no call; a call is over only its grace after the last signal ended.\n\n" +
		"| signal | what it says | where | announced by | dwell, grace | what looks the same | source |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, s := range c.Signals {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %d s, %d s | %s | %s, seen %s |\n", s.ID, cell(s.Title), cell(strings.Join(append(append([]string{}, s.Places...), s.Status...), "; ")),
			s.Event, s.Dwell, s.Grace, cell(strings.Join(s.FalseSignals, "; ")), cell(s.Source), s.Seen)
	}
	b.WriteString("\nBeside the names of its programs a client is known by:\n\n| client | system | streams | assertions | apps | processes in a meeting only | source |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for i := range c.Pages {
		for _, w := range c.Pages[i].Calls {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s, seen %s |\n", c.Pages[i].ID, w.System, cell(strings.Join(w.Streams, " · ")),
				cell(strings.Join(w.Assertions, " · ")), cell(strings.Join(w.Apps, " · ")), cell(strings.Join(w.Processes, " · ")), cell(w.Source), w.Seen)
		}
	}
}

func items(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("\n## What advisories ask\n\nIn our words. Where an advisory speaks of one client only, the others serve it by analogy.\n\n| item | by | date | speaks of | asks | source |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, it := range c.Items {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", it.ID, cell(it.By), it.Date, strings.Join(it.About, " "), cell(it.Asks), cell(it.Source))
	}
}
