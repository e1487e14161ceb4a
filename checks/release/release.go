// Package release says when a version of a client came out, as far as that is
// known: from the version itself where the vendor writes a date into it, and
// else from a table of releases and the days they were first seen.
//
// A day in the table is the day on which somebody who packages the client took
// the release up. The vendor's own day can be a few days earlier, never later.
// What stands in no table is placed between its neighbours; only what holds at
// both ends of that interval should be decided.
//
// Numbers do not always rise with time: a vendor can keep several lines alive
// and mend an old one after the next began. Within a line they do, and a line
// begins after the one before; a series says how many parts make a line, and
// how long an old one can go on.
package release

//go:generate go run ../../internal/releasegen

import (
	"time"

	"huddleguard/checks/version"
)

// Reason says how an interval came about.
type Reason string

// The reasons.
const (
	// Known: the table holds this very release.
	Known Reason = "known"
	// Dated: the version names its own day.
	Dated Reason = "dated"
	// Named: the version names its own month.
	Named Reason = "named"
	// Between: it stands between two releases the table holds.
	Between Reason = "between"
	// Before: it is older than all the table holds.
	Before Reason = "before"
	// After: it is newer than all the table holds.
	After Reason = "after"
	// Ahead: its day is after today, so its number or the clock is wrong.
	Ahead Reason = "ahead"
	// Undated: nothing is known of this client's releases, or of this number.
	Undated Reason = "undated"
)

// Interval is when a release came out: not before Earliest and not after
// Latest, both whole days in UTC. Zero means that nothing bounds that end.
type Interval struct {
	Earliest, Latest time.Time
	Reason           Reason
	// Source names who saw the releases; empty where the version itself says it.
	Source string
	// CompleteTo is the day up to which the source was followed.
	CompleteTo time.Time
	// Newest is true of the newest release the table holds.
	Newest bool
}

// AnySystem stands in the table for clients that number alike on all systems.
const AnySystem = "any"

// Age says when a version of a client's edition on a system came out, by the
// table this program was built with.
func Age(client, edition, system string, v version.Version, now time.Time) Interval {
	return builtIn().Age(client, edition, system, v, now)
}

// Age says when a version of a client's edition on a system came out.
func (t *Table) Age(client, edition, system string, v version.Version, now time.Time) Interval {
	s := t.find(client, edition, system)
	low, okLow := keyOf(v.Low)
	high, okHigh := keyOf(v.High)
	if s == nil || !okLow || !okHigh || high.compare(low) < 0 {
		return Interval{Reason: Undated}
	}
	in := s.at(low)
	if low != high {
		in = s.join(in, s.at(high))
	}
	if in.Reason != Dated && in.Reason != Named && in.Reason != Undated {
		in.Source, in.CompleteTo = s.Source, s.CompleteTo
	}
	return in.upTo(day(now))
}

// upTo cuts off what lies after today: nobody has a release of tomorrow.
func (in Interval) upTo(today time.Time) Interval {
	if in.Earliest.After(today) {
		in.Reason = Ahead
		return in
	}
	if in.Latest.After(today) {
		in.Latest = today
	}
	return in
}

// at places one number.
func (s *Series) at(k key) Interval {
	i, found := s.search(k)
	if found {
		return Interval{Earliest: s.rows[i].seen, Latest: s.rows[i].seen, Reason: Known, Newest: i == len(s.rows)-1}
	}
	if in, ok := s.Dated.read(k); ok {
		return in
	}
	if len(s.rows) == 0 {
		return Interval{Reason: Undated}
	}
	in := Interval{Earliest: s.notBefore(k, i), Latest: s.notAfter(k, i), Reason: Between}
	switch i {
	case 0:
		in.Reason = Before
	case len(s.rows):
		in.Reason = After
	}
	return in
}

// notBefore is the day of the release before k in its line, or else the day
// the line before it began. i is where k would stand.
func (s *Series) notBefore(k key, i int) time.Time {
	if i == 0 {
		return time.Time{}
	}
	if s.sameLine(s.rows[i-1].key, k) {
		return s.rows[i-1].seen
	}
	first := i - 1
	for first > 0 && s.sameLine(s.rows[first-1].key, s.rows[i-1].key) {
		first--
	}
	return s.rows[first].seen
}

// notAfter is the day of the release after k in its line, or else the day the
// next line began, and as long after it as an old line goes on.
func (s *Series) notAfter(k key, i int) time.Time {
	if i == len(s.rows) {
		return time.Time{}
	}
	next := s.rows[i]
	if s.sameLine(next.key, k) {
		return next.seen
	}
	return next.seen.AddDate(0, s.Tail, 0)
}

// join is the interval of a version that leaves a part out: from the earliest
// its lowest reading allows to the latest its highest does.
func (s *Series) join(low, high Interval) Interval {
	if low.Reason == Undated || high.Reason == Undated {
		return Interval{Reason: Undated}
	}
	in := Interval{Earliest: low.Earliest, Latest: high.Latest, Reason: Between}
	switch {
	case high.Reason == After:
		in.Reason = After
	case low.Reason == Before:
		in.Reason = Before
	}
	if !in.Latest.IsZero() && in.Latest.Before(in.Earliest) {
		in.Latest = in.Earliest
	}
	return in
}

// day is the UTC day of a time.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
