package advisory

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// magic begins every database: its first line, before the coverage.
const magic = "huddleguard.advisories/1"

// MaxSize bounds a database in bytes. The built-in one has some hundred
// thousand.
const MaxSize = 256 << 20

// Coverage is what a database claims to know of one client. Dates are
// YYYY-MM-DD.
type Coverage struct {
	// AsOf is the day the newest record was looked up, or changed.
	AsOf string `json:"as_of"`
	// CompleteTo is the day up to which every advisory is believed to be held;
	// "" where no source is.
	CompleteTo string   `json:"complete_to"`
	Sources    []string `json:"sources"`
}

// Database holds records as lines, and reads only those that are asked for.
// Several layers lie over each other: what is built in, what was fetched, what
// was imported. Of two records of one source about one advisory the newer
// counts, whichever layer it is in.
type Database struct {
	layers []layer
	groups []group
}

// group is the lines of one advisory, of all layers, the lowest first.
type group struct {
	id    string
	lines []line
}

type layer struct {
	lines    []line
	coverage map[string]Coverage
}

// line is one record, not read yet. clients are those it speaks of.
type line struct {
	id, clients, source string
	text                string
}

//go:embed builtin.tsv
var builtin []byte

// BuiltIn is the database this program was built with.
var BuiltIn = sync.OnceValues(func() (*Database, error) {
	l, err := parseLayer(builtin)
	if err != nil {
		return nil, fmt.Errorf("reading the built-in advisories: %w", err)
	}
	return newDatabase(l), nil
})

// newDatabase puts the lines of all layers about one advisory together.
func newDatabase(layers ...layer) *Database {
	db := &Database{layers: layers}
	var lines []line
	for i := range layers {
		lines = append(lines, layers[i].lines...)
	}
	slices.SortStableFunc(lines, func(a, b line) int { return strings.Compare(a.id, b.id) })
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && lines[to].id == lines[from].id {
			to++
		}
		db.groups = append(db.groups, group{lines[from].id, lines[from:to]})
		from = to
	}
	return db
}

// Layered is the database with another one laid over it. data is in the form
// that Encode writes; every record in it is checked first.
func (db *Database) Layered(data []byte) (*Database, error) {
	l, err := parseLayer(data)
	if err != nil {
		return nil, err
	}
	return newDatabase(append(slices.Clone(db.layers), l)...), nil
}

// Check says what is wrong with a database that comes from outside: it must
// hold records of advisories, each well formed, and nothing else.
func Check(data []byte) error {
	l, err := parseLayer(data)
	if err != nil {
		return err
	}
	for client, c := range l.coverage {
		if !slices.Contains(Clients, client) || !optionalDay(c.AsOf) || !optionalDay(c.CompleteTo) || len(c.Sources) > 32 ||
			slices.ContainsFunc(c.Sources, func(s string) bool { return !plain(s) }) {
			return fmt.Errorf("what it says to cover for %q is malformed", client)
		}
	}
	for _, ln := range l.lines {
		r, err := parseRecord(ln.text)
		if err == nil {
			err = r.check()
		}
		if err == nil && (r.ID != ln.id || ln.clients != clientsColumn(r)) {
			err = errors.New("stands under another name")
		}
		if err != nil {
			return fmt.Errorf("the record of %.80q: %w", ln.id, err)
		}
	}
	return nil
}

func parseLayer(data []byte) (layer, error) {
	var l layer
	if len(data) > MaxSize {
		return l, fmt.Errorf("larger than %d bytes", MaxSize)
	}
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	name, coverage, _ := bytes.Cut(head, []byte("\t"))
	if string(name) != magic {
		return l, fmt.Errorf("does not begin with %q", magic)
	}
	if err := json.Unmarshal(coverage, &l.coverage); err != nil {
		return l, fmt.Errorf("the first line: %w", err)
	}
	if len(rest) > 0 && rest[len(rest)-1] != '\n' {
		return l, errors.New("is cut off in its last line")
	}
	l.lines = make([]line, 0, bytes.Count(rest, []byte("\n")))
	for row := range strings.Lines(string(rest)) {
		id, tail, _ := strings.Cut(row, "\t")
		clients, tail, _ := strings.Cut(tail, "\t")
		source, _, ok := strings.Cut(tail, "\t")
		if !ok {
			return l, fmt.Errorf("line %d is no record", len(l.lines)+2)
		}
		l.lines = append(l.lines, line{id, clients, source, row})
	}
	return l, nil
}

func clientsColumn(r *Record) string {
	if c := r.Clients(); len(c) > 0 {
		return strings.Join(c, ",")
	}
	return "-"
}

// Head writes the first line of a database.
func Head(coverage map[string]Coverage) ([]byte, error) {
	data, err := json.Marshal(coverage)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s\t%s\n", magic, data), nil
}

// Encode writes a database: records by id, then in the order of their trust.
func Encode(records []*Record, coverage map[string]Coverage) ([]byte, error) {
	out, err := Head(coverage)
	if err != nil {
		return nil, err
	}
	for _, r := range Tidy(records) {
		ln, err := r.Line()
		if err != nil {
			return nil, err
		}
		out = append(out, ln...)
	}
	return out, nil
}

// Tidy keeps the newest record of each source about each advisory, in order. Of
// two of one age the first is kept: what was held is not replaced by something
// that does not claim to be newer.
func Tidy(records []*Record) []*Record {
	newest := map[string]*Record{}
	for _, r := range records {
		if old := newest[r.Key()]; old == nil || r.Updated > old.Updated {
			newest[r.Key()] = r
		}
	}
	out := make([]*Record, 0, len(newest))
	for _, r := range newest {
		out = append(out, r)
	}
	slices.SortFunc(out, byTrust)
	return out
}

func byTrust(a, b *Record) int {
	return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Source.rank(), b.Source.rank()),
		strings.Compare(b.Updated, a.Updated), strings.Compare(a.Ref, b.Ref))
}

// Key tells apart what different sources say about one advisory. A maker can
// publish several documents about one, and people can read it for several
// clients.
func (r *Record) Key() string {
	k := r.ID + "\t" + string(r.Source) + "\t"
	if r.Source == Vendor || r.Source == Reviewed {
		return k + r.By + "\t" + r.Bulletin + "\t" + r.Ref
	}
	return k
}

// about reads every advisory that some record connects with a client. What
// people found to be about something else is passed over unread.
func (db *Database) about(client string) ([]*entry, error) {
	return db.read(func(g *group) bool {
		speaks, cleared, meant := false, false, false
		for i := range g.lines {
			ln := &g.lines[i]
			reviewed := ln.source == string(Reviewed)
			switch {
			case speaksOf(ln.clients, client):
				speaks, meant = true, meant || reviewed
			case reviewed && ln.clients == "-":
				cleared = true
			}
		}
		return speaks && (meant || !cleared)
	})
}

func speaksOf(clients, client string) bool {
	return clients == client || strings.Contains(clients, ",") && slices.Contains(strings.Split(clients, ","), client)
}

// read reads the advisories that are wanted, in the order of their ids.
func (db *Database) read(wanted func(*group) bool) ([]*entry, error) {
	var out []*entry
	for i := range db.groups {
		g := &db.groups[i]
		if !wanted(g) {
			continue
		}
		e := &entry{id: g.id, records: make([]*Record, 0, len(g.lines))}
		for _, ln := range g.lines {
			r, err := parseRecord(ln.text)
			if err != nil {
				return nil, fmt.Errorf("the record of %.80q: %w", g.id, err)
			}
			e.records = keepNewest(e.records, r)
		}
		slices.SortFunc(e.records, byTrust)
		out = append(out, e)
	}
	return out, nil
}

// keepNewest adds a record to an advisory's, unless one of the same source that
// is as new is there; an older one gives way.
func keepNewest(records []*Record, r *Record) []*Record {
	for i, old := range records {
		if old.Source == r.Source && old.Key() == r.Key() {
			if r.Updated > old.Updated {
				records[i] = r
			}
			return records
		}
	}
	return append(records, r)
}

// Records are all the records of one advisory, the most trusted first; none
// where it is not held. The id's case does not matter.
func (db *Database) Records(id string) ([]*Record, error) {
	entries, err := db.read(func(g *group) bool { return strings.EqualFold(g.id, id) })
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0].records, nil
}

// IDs lists the advisories that speak of a client, or all for "", in order.
func (db *Database) IDs(client string) []string {
	var out []string
	for i := range db.groups {
		g := &db.groups[i]
		if client == "" || slices.ContainsFunc(g.lines, func(ln line) bool { return speaksOf(ln.clients, client) }) {
			out = append(out, g.id)
		}
	}
	return out
}

// Coverage is what the database, with all its layers, knows of a client. ok is
// false where it knows no source.
func (db *Database) Coverage(client string) (Coverage, bool) {
	var out Coverage
	found := false
	for i := range db.layers {
		c, ok := db.layers[i].coverage[client]
		if !ok {
			continue
		}
		found = true
		out.AsOf, out.CompleteTo = max(out.AsOf, c.AsOf), max(out.CompleteTo, c.CompleteTo)
		out.Sources = union(slices.Clone(out.Sources), c.Sources)
	}
	slices.Sort(out.Sources)
	return out, found
}

// All reads every record.
func (db *Database) All() ([]*Record, error) {
	entries, err := db.read(func(*group) bool { return true })
	if err != nil {
		return nil, err
	}
	var out []*Record
	for _, e := range entries {
		out = append(out, e.records...)
	}
	return out, nil
}
