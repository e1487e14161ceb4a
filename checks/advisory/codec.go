package advisory

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A record is one line of text, in columns that tabs part; what follows the
// last named column are its concerns, one in each. Lists within a column are
// parted by "|", and the parts of a concern or a score by ";". Reading it costs
// a tenth of what JSON does, and a look at a computer reads hundreds.
const (
	colID = iota
	colClients
	colSource
	colBy
	colRef
	colBulletin
	colPublished
	colUpdated
	colExploited
	colFlags
	colWeaknesses
	colScores
	colLinks
	colReason
	colConcerns // and those after it
)

// Line writes a record as one line of a database.
func (r *Record) Line() ([]byte, error) {
	cols := make([]string, colConcerns, colConcerns+len(r.Concerns))
	cols[colID], cols[colClients], cols[colSource], cols[colBy] = r.ID, clientsColumn(r), string(r.Source), r.By
	cols[colRef], cols[colBulletin], cols[colReason] = r.Ref, r.Bulletin, r.Reason
	cols[colPublished], cols[colUpdated], cols[colExploited] = r.Published, r.Updated, r.Exploited
	cols[colFlags] = joinFlags(flag{r.Rejected, "rejected"}, flag{r.Partial, "partial"})
	cols[colWeaknesses], cols[colLinks] = strings.Join(r.Weaknesses, "|"), strings.Join(r.Links, "|")
	scores := make([]string, len(r.Scores))
	for i, s := range r.Scores {
		scores[i] = strconv.FormatFloat(s.Base, 'f', -1, 64) + ";" + s.By + ";" + s.Vector
	}
	cols[colScores] = strings.Join(scores, "|")
	for i := range r.Concerns {
		cols = append(cols, r.Concerns[i].encode())
	}
	if slices.ContainsFunc(cols, func(c string) bool { return strings.ContainsAny(c, "\t\n\r") }) {
		return nil, fmt.Errorf("%.80q holds what parts columns or lines", r.ID)
	}
	return []byte(strings.Join(cols, "\t") + "\n"), nil
}

func (c *Concern) encode() string {
	return strings.Join([]string{c.Client, strings.Join(c.Editions, "|"), strings.Join(c.Systems, "|"), strings.Join(c.Arches, "|"),
		joinFlags(flag{c.Perhaps, "perhaps"}, flag{c.Loose, "loose"}, flag{c.Listed, "listed"}, flag{c.Unread, "unread"}),
		strings.Join(c.Affected, "|"), strings.Join(c.Undecided, "|"), strings.Join(c.Unaffected, "|"), strings.Join(c.Fixed, "|")}, ";")
}

// flag is a word that is written where it holds.
type flag struct {
	on   bool
	word string
}

func joinFlags(flags ...flag) string {
	var words []string
	for _, f := range flags {
		if f.on {
			words = append(words, f.word)
		}
	}
	return strings.Join(words, "|")
}

// setFlags sets the flags of a column, and refuses words that are none.
func setFlags(column string, flags map[string]*bool) error {
	for _, w := range list(column) {
		on := flags[w]
		if on == nil {
			return fmt.Errorf("%.40q is no mark of a record", w)
		}
		*on = true
	}
	return nil
}

func list(column string) []string {
	if column == "" {
		return nil
	}
	return strings.Split(column, "|")
}

var errColumns = errors.New("is not in the columns of a record")

// parseRecord reads a line. It looks at the form only; check judges the content.
func parseRecord(line string) (*Record, error) {
	cols := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	if len(cols) < colConcerns {
		return nil, errColumns
	}
	r := &Record{ID: cols[colID], Source: Source(cols[colSource]), By: cols[colBy], Ref: cols[colRef], Bulletin: cols[colBulletin],
		Published: cols[colPublished], Updated: cols[colUpdated], Exploited: cols[colExploited], Weaknesses: list(cols[colWeaknesses]),
		Links: list(cols[colLinks]), Reason: cols[colReason]}
	if err := setFlags(cols[colFlags], map[string]*bool{"rejected": &r.Rejected, "partial": &r.Partial}); err != nil {
		return nil, err
	}
	for _, text := range list(cols[colScores]) {
		base, rest, _ := strings.Cut(text, ";")
		by, vector, ok := strings.Cut(rest, ";")
		b, err := strconv.ParseFloat(base, 64)
		if !ok || err != nil {
			return nil, errColumns
		}
		r.Scores = append(r.Scores, Score{By: by, Base: b, Vector: vector})
	}
	if n := len(cols) - colConcerns; n > 0 {
		r.Concerns = make([]Concern, n)
	}
	for i := range r.Concerns {
		if err := r.Concerns[i].decode(cols[colConcerns+i]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (c *Concern) decode(column string) error {
	f := strings.Split(column, ";")
	if len(f) != 9 {
		return errColumns
	}
	c.Client, c.Editions, c.Systems, c.Arches = f[0], list(f[1]), list(f[2]), list(f[3])
	c.Affected, c.Undecided, c.Unaffected, c.Fixed = list(f[5]), list(f[6]), list(f[7]), list(f[8])
	if f[4] == "" {
		return nil
	}
	return setFlags(f[4], map[string]*bool{"perhaps": &c.Perhaps, "loose": &c.Loose, "listed": &c.Listed, "unread": &c.Unread})
}
