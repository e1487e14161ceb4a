package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
)

// profilesPage is the page of documentation that lists every profile, and what
// the sources disagree about.
func profilesPage(c *catalogue.Catalogue) []byte {
	var b bytes.Buffer
	b.WriteString("# Profiles\n\nMade by `go generate ./checks/catalogue` from the pages under `checks/catalogue`; do not edit.\n\n" +
		"A profile is the list of settings that is asked for. `profile:` in a [policy](admin-policy.md) chooses it, and `--profile` goes before that.\n" +
		"\"Wanted\" is the value in the client's own words: a switch that turns something off is wanted on. [catalogue.md](catalogue.md) says where each\n" +
		"stands and what an item asks; `huddleguard explain ID` says what you lose. Version, permissions and what lies open are judged in every profile.\n")
	advisory, strict := c.Profile("advisory"), c.Profile("strict")
	profile(&b, "advisory", "What CyCord, CERT-In, NSA, NCSC and their peers ask or clearly serve. This holds where nobody decided.", advisory)
	only := slices.DeleteFunc(strict, func(l catalogue.Listed) bool { return slices.Contains(l.Setting.Profiles, "advisory") })
	profile(&b, "strict", "All of `advisory`, and what costs comfort:", only)
	profile(&b, "quiet", "What programs send about their use, and nothing else.", c.Profile("quiet"))
	disputes(&b, c)
	bodies(&b, c)
	return b.Bytes()
}

func profile(b *bytes.Buffer, name, about string, list []catalogue.Listed) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| setting | wanted state | wanted | asked by |\n| --- | --- | --- | --- |\n", name, about)
	for _, l := range list {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", l.ID(), cell(l.Setting.Title), cell(wanted(l.Setting)), strings.Join(l.Setting.Serves, " "))
	}
}

// wanted is the value, and that a policy may choose it.
func wanted(s *catalogue.Setting) string {
	if s.Choices() != "" {
		return s.Want.Words() + " (a rule may choose)"
	}
	return s.Want.Words()
}

// disputes are the settings that some ask for and others against.
func disputes(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("\n## Where the sources disagree\n\n" +
		"CIS and the GSA speak of the account's settings on the web. A setting below does the same for this computer only, and is at odds with them. Without a\n" +
		"word of the policy it is asked for. With `prefer: [cis]` what CIS asks the opposite of is not; with `prefer: [cycord, cis]` CyCord goes first, and it is. Nothing\n" +
		"is ever set to the opposite: what is not asked for is left as it is.\n\n" +
		"| setting | asked for by | the opposite is asked for by |\n| --- | --- | --- |\n")
	for i := range c.Pages {
		for j := range c.Pages[i].Settings {
			s := &c.Pages[i].Settings[j]
			if len(s.Against) == 0 {
				continue
			}
			var against []string
			for _, id := range s.Against {
				it, _ := c.Item(id)
				against = append(against, fmt.Sprintf("%s (`%s`): %s", id, it.Body, it.Asks))
			}
			var supporters []string
			for _, body := range c.BodiesOf(s.Serves) {
				supporters = append(supporters, "`"+body+"`")
			}
			fmt.Fprintf(b, "| `%s/%s` | %s (%s) | %s |\n", c.Pages[i].ID, s.ID, strings.Join(s.Serves, " "), strings.Join(supporters, ", "), cell(strings.Join(against, "; ")))
		}
	}
	b.WriteString("\nThey also disagree about things that no setting on a computer controls, and Huddleguard asks neither for these nor against them: recording in the cloud that\n" +
		"begins by itself and chats that save themselves (CIS wants both, CyCord wants recording restricted and chats not saved), the passcode within the link (CIS wants\n" +
		"it there, CyCord wants id and password to travel apart), and people of one's own organisation in a Teams lobby (CISA's baseline lets them past, CyCord lets\n" +
		"everybody wait).\n")
}

// bodies lists who speaks, and how much of each profile each of them asks for.
func bodies(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("\n## Who asks\n\nThe names that `prefer` takes, and how many settings each of them asks for.\n\n| name | who | advisory | strict |\n| --- | --- | --- | --- |\n")
	count := func(profile, body string) int {
		n := 0
		for _, l := range c.Profile(profile) {
			if slices.Contains(c.BodiesOf(l.Setting.Serves), body) {
				n++
			}
		}
		return n
	}
	for _, body := range c.Bodies() {
		var who []string
		for _, it := range c.Items {
			if it.Body == body && !slices.Contains(who, it.By) {
				who = append(who, it.By)
			}
		}
		fmt.Fprintf(b, "| `%s` | %s | %d | %d |\n", body, cell(strings.Join(who, "; ")), count("advisory", body), count("strict", body))
	}
}
