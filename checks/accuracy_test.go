package checks

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
)

var update = flag.Bool("update", false, "write docs/accuracy.md")

// score counts the answers about one client.
type score struct{ rows, right, rightOpen, wrong, undecided int }

// TestAccuracyPage wants docs/accuracy.md to say what the vectors say now.
func TestAccuracyPage(t *testing.T) {
	db, err := advisory.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]*score{}
	var clients []string
	for _, v := range readVectors(t) {
		s := scores[v.client]
		if s == nil {
			s = &score{}
			scores[v.client], clients = s, append(clients, v.client)
		}
		s.count(v, db, cat, t)
	}
	slices.Sort(clients)
	page := accuracyPage(clients, scores, db)
	const name = "../docs/accuracy.md"
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil || string(have) != page {
		t.Errorf("docs/accuracy.md does not say what is so now; make it anew: make accuracy (%v)", err)
	}
}

func (s *score) count(v vector, db *advisory.Database, cat *catalogue.Catalogue, t *testing.T) {
	got, _ := v.verdict(t, db, cat)
	s.rows++
	switch {
	case slices.Contains(v.expected, got) && got == advisory.CannotDecide:
		s.right, s.rightOpen = s.right+1, s.rightOpen+1
	case slices.Contains(v.expected, got):
		s.right++
	case got == advisory.CannotDecide:
		s.undecided++
	default:
		s.wrong++
	}
}

const accuracyHead = `# Accuracy

How often ` + "`huddleguard advisories match`" + ` gives the right answer. Each row of the
tables in [checks/advisory/testdata](../checks/advisory/testdata) (vectors-*.tsv)
is one question about one copy and one advisory, with the answer that a person
worked out from what the maker or NVD published, before the program was asked.
The versions are strings found on computers, or stand at a bound.

*Right* counts the answers a person came to as well; in brackets how many of
them are "cannot decide", because nobody published enough. *Undecided* counts
where the program could not decide and a person could; *wrong* where it said
affected of a copy that is not, or not affected of one that is. An advisory that
is not listed counts as "not affected".

This page is made by ` + "`make accuracy`" + `, and a test holds it against the program.

`

func accuracyPage(clients []string, scores map[string]*score, db *advisory.Database) string {
	var b strings.Builder
	b.WriteString(accuracyHead)
	b.WriteString("| Client | Advisories held | Questions | Right | Wrong | Undecided |\n|---|---:|---:|---:|---:|---:|\n")
	var all score
	for _, id := range clients {
		s := scores[id]
		fmt.Fprintf(&b, "| %s | %d | %d | %d (%d) | %d | %d |\n", id, len(db.IDs(id)), s.rows, s.right, s.rightOpen, s.wrong, s.undecided)
		all.rows, all.right, all.rightOpen, all.wrong, all.undecided = all.rows+s.rows, all.right+s.right, all.rightOpen+s.rightOpen, all.wrong+s.wrong, all.undecided+s.undecided
	}
	fmt.Fprintf(&b, "| all | %d | %d | %d (%d) | %d | %d |\n", len(db.IDs("")), all.rows, all.right, all.rightOpen, all.wrong, all.undecided)
	b.WriteString("\nNo question is asked about the clients that are missing here: no advisory about\nthem is held. How far the data reaches for each client, `huddleguard advisories\nstatus` says.\n")
	return b.String()
}
