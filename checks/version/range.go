package version

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Answer is what a range says of a version.
type Answer int

// The answers. Unclear is neither: the version leaves open, or the bound does,
// on which side it lies.
const (
	Unclear Answer = iota
	No
	Yes
)

// Range is a set of versions without holes: every constraint must hold. It is
// written as its constraints, joined by commas: ">= 5.7.3, < 5.11.5"; "*" holds
// every version.
type Range struct {
	constraints []constraint
}

// constraint is one comparison with a bound.
type constraint struct {
	op    string // < <= > >= =
	bound key
}

// isBound says whether a text is a bound: up to six numbers with dots between,
// the first of twelve digits at most and the others of nine, and behind a "-" or
// a "~" what comes before a release. It is written out since it is asked of
// every bound of every advisory at every look.
func isBound(s string) bool {
	parts, digits := 1, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if digits++; digits > 12 || parts > 1 && digits > 9 {
				return false
			}
		case c == '.' && digits > 0 && parts < 6:
			parts, digits = parts+1, 0
		case (c == '-' || c == '~') && digits > 0:
			return isSuffix(s[i+1:])
		default:
			return false
		}
	}
	return digits > 0
}

func isOperator(op string) bool {
	return op == "<" || op == "<=" || op == ">" || op == ">=" || op == "="
}

func isSuffix(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '~' || c == '-') {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 40
}

// ParseRange reads a range. The error says which constraint cannot be read: a
// bound that is no version ("see references") makes no range.
func ParseRange(s string) (Range, error) {
	if strings.TrimSpace(s) == "*" {
		return Range{}, nil
	}
	var r Range
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		bound := strings.TrimLeft(part, "<>=")
		op, text := part[:len(part)-len(bound)], strings.TrimSpace(bound)
		if !isOperator(op) || !isBound(text) {
			return Range{}, fmt.Errorf("%q is not a comparison with a version, such as %q", part, "< 5.17.10")
		}
		r.constraints = append(r.constraints, constraint{op, keyOf(text)})
	}
	return r, nil
}

// String writes the range as ParseRange reads it.
func (r Range) String() string {
	if len(r.constraints) == 0 {
		return "*"
	}
	parts := make([]string, len(r.constraints))
	for i, c := range r.constraints {
		parts[i] = c.op + " " + c.bound.String()
	}
	return strings.Join(parts, ", ")
}

// Holds says whether a version is in the range. An interval is in it, or out
// of it, only as a whole.
func (r Range) Holds(v Version) Answer {
	answer := Yes
	for _, c := range r.constraints {
		switch c.holds(v) {
		case No:
			return No
		case Unclear:
			answer = Unclear
		}
	}
	return answer
}

// After is the version that ends the range from above, where it is not part of
// it: the first that is fixed. It is "" for an open or an inclusive end.
func (r Range) After() string {
	for _, c := range r.constraints {
		if c.op == "<" {
			return c.bound.String()
		}
	}
	return ""
}

func (c constraint) holds(v Version) Answer {
	switch v.scheme {
	case "zoom":
		return c.holdsZoom(v)
	case "webex", "webex-meetings":
		return c.holdsTrain(keyOf(v.Low))
	case "date":
	default:
		// A number without dots, as large as a date or a build, is no version of
		// a client that numbers its releases in parts.
		if len(c.bound.parts) == 1 && c.bound.parts[0] > 99999 {
			return Unclear
		}
	}
	return c.holdsDotted(keyOf(upstream(v)))
}

// holdsDotted compares part by part; a part that a bound leaves out is 0.
func (c constraint) holdsDotted(k key) Answer {
	n := k.comparePrefix(c.bound)
	switch {
	case n != 0:
		return decide(c.op, n, n)
	case len(k.parts) < len(c.bound.parts) && !zeros(c.bound.parts[len(k.parts):]):
		return Unclear // the version leaves out what the bound speaks of
	case len(k.parts) > len(c.bound.parts) && !zeros(k.parts[len(c.bound.parts):]):
		if c.op == "<=" {
			return Unclear // "1.2 and earlier": is 1.2.5 meant?
		}
		return decide(c.op, 1, 1)
	}
	n = comparePre(k.pre, c.bound.pre)
	return decide(c.op, n, n)
}

// holdsTrain compares on the parts that the bound has, for its maker names
// whole trains by their first parts. One release of a train is not named so.
func (c constraint) holdsTrain(k key) Answer {
	n := k.comparePrefix(c.bound)
	if n != 0 || len(k.parts) <= len(c.bound.parts) || zeros(k.parts[len(c.bound.parts):]) {
		return c.holdsDotted(k)
	}
	if c.op == "=" || c.op == ">" {
		return Unclear
	}
	return decide(c.op, 0, 0)
}

// holdsZoom compares the line first, then the patch, and the build only with
// bounds of the old forms, which say nothing else.
func (c constraint) holdsZoom(v Version) Answer {
	low, high, b := keyOf(v.Low).parts, keyOf(v.High).parts, c.bound.parts
	if len(low) < 3 || len(high) < 3 || len(b) == 1 && b[0] > 99999 {
		return Unclear
	}
	if len(b) < 3 {
		b = append(slices.Clone(b), 0, 0)[:3]
	}
	if n := slices.Compare(low[:2], b[:2]); n != 0 {
		return decide(c.op, n, n)
	}
	if b[2] > patchMax {
		if v.build == nil {
			return Unclear
		}
		n := min(len(v.build), len(b)-2)
		same := slices.Compare(v.build[:n], b[2:2+n])
		return decide(c.op, same, same)
	}
	lo, hi := cmp.Compare(low[2], b[2]), cmp.Compare(high[2], b[2])
	if lo == 0 && hi == 0 && len(b) > 3 && c.op != "=" {
		return Unclear // builds are counted for each system and cannot be compared
	}
	return decide(c.op, lo, hi)
}

// decide applies an operator to how both ends of a version compare with a bound.
func decide(op string, low, high int) Answer {
	at := func(n int) bool {
		switch op {
		case "<":
			return n < 0
		case "<=":
			return n <= 0
		case ">":
			return n > 0
		case ">=":
			return n >= 0
		}
		return n == 0
	}
	switch {
	case op == "=" && low < 0 && high > 0:
		return Unclear
	case at(low) && at(high):
		return Yes
	case !at(low) && !at(high):
		return No
	}
	return Unclear
}

// key is a version taken apart: its numbers, and what comes before a release.
type key struct {
	parts []int
	pre   string // "beta.10" of 1.15.0-beta.10
}

func (k key) String() string {
	words := make([]string, len(k.parts))
	for i, p := range k.parts {
		words[i] = strconv.Itoa(p)
	}
	s := strings.Join(words, ".")
	if k.pre != "" {
		s += "-" + k.pre
	}
	return s
}

// keyOf takes a text apart that a form has been recognised in. A suffix of one
// number only ("1.0.9208-23") counts on; any other names what comes before.
func keyOf(s string) key {
	var k key
	head := s
	if i := strings.IndexAny(s, "-~"); i >= 0 {
		head, k.pre = s[:i], s[i+1:]
	}
	for part := range strings.SplitSeq(head, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		k.parts = append(k.parts, n)
	}
	if n, err := strconv.Atoi(k.pre); err == nil && n >= 0 {
		k.parts, k.pre = append(k.parts, n), ""
	}
	return k
}

// comparePrefix compares the parts that both have.
func (k key) comparePrefix(b key) int {
	n := min(len(k.parts), len(b.parts))
	return slices.Compare(k.parts[:n], b.parts[:n])
}

func zeros(parts []int) bool {
	return !slices.ContainsFunc(parts, func(n int) bool { return n != 0 })
}

// comparePre orders what comes before a release as semver.org (2.0.0, item 11)
// does: a release is above all of it; numbers compare as numbers.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		if n := compareIdentifier(as[i], bs[i]); n != 0 {
			return n
		}
	}
	return cmp.Compare(len(as), len(bs))
}

func compareIdentifier(a, b string) int {
	na, errA := strconv.Atoi(a)
	nb, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(na, nb)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// repacked is what a distribution adds to say that it changed the archive.
var repacked = regexp.MustCompile(`[+~](dfsg|ds|git|really|repack|r\d).*$`)

// upstream is the maker's part of a version: a distribution's epoch, revision
// and mark of a repacked archive are its own.
func upstream(v Version) string {
	s := v.Low
	if !v.Distribution() {
		return s
	}
	if _, after, ok := strings.Cut(s, ":"); ok {
		s = after
	}
	if i := strings.LastIndex(s, "-"); i >= 0 {
		s = s[:i]
	}
	return repacked.ReplaceAllString(s, "")
}

// Distribution says whether a version is in a form of package managers.
func (v Version) Distribution() bool { return v.scheme == "debian" || v.scheme == "rpm" }

// Like reads another version of the same program, as an advisory writes it.
func (v Version) Like(text string) Version {
	return Version{Raw: text, Low: text, High: text, scheme: v.scheme}
}

// Newer says whether a version is surely newer than another of the same
// program.
func (v Version) Newer(than Version) bool {
	r := Range{[]constraint{{">", keyOf(upstream(than))}}}
	if than.High != than.Low {
		r = Range{[]constraint{{">", keyOf(than.High)}}}
	}
	return r.Holds(v) == Yes
}
