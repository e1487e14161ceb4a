package release

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Table is what is known of releases, in series.
type Table struct{ series []Series }

// Series is one line of numbers: a client's edition on one system, or on any.
type Series struct {
	Client, Edition, System string
	// Dated is how its versions name a date, if they do.
	Dated DateForm
	// Line is how many parts of a number make a line that can live beside
	// others; 0 where numbers rise with time throughout.
	Line int
	// Tail is for how many months an old line can go on when the next began.
	Tail int
	// CompleteTo is the day up to which Source was followed.
	CompleteTo time.Time
	// Source names who saw the releases.
	Source string
	rows   []row // in order of key
}

// row is one release.
type row struct {
	key  key
	seen time.Time
}

//go:embed table.txt
var embedded string

// builtIn is the table this program was built with; a test reads it, so that a
// fault in it is found before it is shipped.
var builtIn = sync.OnceValue(func() *Table {
	t, err := Parse(embedded)
	if err != nil {
		return &Table{}
	}
	return t
})

// Parse reads a table. A line is empty, a comment after "#", the head of a
// series (nine fields between tabs, the first of them "series") or a release
// of that series: its number, a space, and the day it was first seen.
func Parse(text string) (*Table, error) {
	t := &Table{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		var err error
		if head, ok := strings.CutPrefix(line, "series\t"); ok {
			err = t.addSeries(head)
		} else {
			err = t.addRow(line)
		}
		if err != nil {
			return nil, fmt.Errorf("table of releases, line %d: %w", number, err)
		}
	}
	return t, nil
}

var (
	errHead  = errors.New("a series has client, edition, system, form of date, line, tail, complete_to and source")
	errRow   = errors.New("a release is a number, a space and a date, within a series")
	errOrder = errors.New("the releases of a series stand in order of their numbers, each once")
)

func (t *Table) addSeries(head string) error {
	f := strings.Split(head, "\t")
	if len(f) != 8 {
		return errHead
	}
	s := Series{Client: f[0], Edition: f[1], System: f[2], Dated: DateForm(f[3]), Source: f[7]}
	var errs [3]error
	s.Line, errs[0] = strconv.Atoi(f[4])
	s.Tail, errs[1] = strconv.Atoi(f[5])
	if f[6] != "-" {
		s.CompleteTo, errs[2] = time.Parse(time.DateOnly, f[6])
	}
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if !slices.Contains([]DateForm{NoDate, YearDay, FullDate, YearMonth, CountedYear}, s.Dated) || s.Line < 0 || s.Line > 4 || s.Tail < 0 {
		return errHead
	}
	t.series = append(t.series, s)
	return nil
}

func (t *Table) addRow(line string) error {
	if len(t.series) == 0 {
		return errRow
	}
	s := &t.series[len(t.series)-1]
	number, date, ok := strings.Cut(line, " ")
	k, isKey := keyOf(number)
	if !ok || !isKey {
		return errRow
	}
	seen, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return err
	}
	if n := len(s.rows); n > 0 && s.rows[n-1].key.compare(k) >= 0 {
		return errOrder
	}
	s.rows = append(s.rows, row{k, seen})
	return nil
}

// find is the series of an edition on a system, or else on any.
func (t *Table) find(client, edition, system string) *Series {
	var found *Series
	for i := range t.series {
		s := &t.series[i]
		if s.Client != client || s.Edition != edition {
			continue
		}
		if s.System == system {
			return s
		}
		if s.System == AnySystem {
			found = s
		}
	}
	return found
}

// search is where a number stands, or would stand.
func (s *Series) search(k key) (int, bool) {
	return slices.BinarySearchFunc(s.rows, k, func(r row, k key) int { return r.key.compare(k) })
}

// sameLine says whether two numbers belong to one line. Where a series has no
// lines beside one another they all do.
func (s *Series) sameLine(a, b key) bool {
	for i := range s.Line {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Series are the series of the table, for those who list them.
func (t *Table) Series() []Series { return t.series }

// BuiltIn is the table this program was built with.
func BuiltIn() *Table { return builtIn() }
