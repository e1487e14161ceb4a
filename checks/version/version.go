// Package version knows the forms in which vendors write versions, and turns
// each into one that can be compared. A part that the form leaves out makes an
// interval: Low and High differ, and only what holds for both ends is decided.
package version

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Version is a version as it was found, and what it means.
type Version struct {
	Raw  string `json:"raw"`
	Low  string `json:"low"`
	High string `json:"high"`

	scheme string
	// build is what a Zoom form that leaves the patch out says instead: the
	// build, and in the old forms the day it was made (MMDD).
	build []int
}

// Exact says whether the form left nothing out.
func (v Version) Exact() bool { return v.Low == v.High }

// ErrForm means that a string is not in any form of its scheme.
var ErrForm = errors.New("not a version in a form this client is known to use")

// Schemes are the names a catalogue page may give.
var Schemes = []string{"zoom", "teams", "teams-classic", "slack", "webex", "webex-meetings",
	"dotted", "debian", "rpm", "date", "browser"}

// maxRaw bounds what is taken for a version, in bytes.
const maxRaw = 128

var (
	dotted    = regexp.MustCompile(`^\d{1,9}(\.\d{1,9}){1,5}(-[0-9A-Za-z]{1,20}(\.[0-9A-Za-z]{1,20}){0,4})?$`)
	dateBuild = regexp.MustCompile(`^\d{6,12}$|^\d{8}(\.\d+)*$`)
	teamsNew  = regexp.MustCompile(`^\d{5}(\.\d+){3}$`)
	debian    = regexp.MustCompile(`^(\d+:)?[0-9][A-Za-z0-9.+~:-]*$`)
	rpmForm   = regexp.MustCompile(`^(\d+:)?[A-Za-z0-9._+~^]+(-[A-Za-z0-9._+~^]+)?$`)
)

// Parse reads a version string found on a host, in the form its scheme allows.
func Parse(scheme, raw string) (Version, error) {
	s := strings.TrimSpace(raw)
	if s == "" || len(s) > maxRaw {
		return Version{Raw: raw}, ErrForm
	}
	v := Version{Raw: raw, scheme: scheme}
	switch scheme {
	case "zoom":
		return zoom(v, s)
	case "teams":
		return take(v, s, teamsNew, s)
	case "debian":
		return take(v, s, debian, s)
	case "rpm":
		return take(v, s, rpmForm, s)
	case "date":
		if dotted.MatchString(s) {
			return take(v, s, dotted, s)
		}
		return take(v, s, dateBuild, s)
	case "slack":
		return take(v, s, dotted, plainParts(dropZero(s)))
	case "teams-classic", "webex", "webex-meetings", "dotted", "browser":
		return take(v, s, dotted, plainParts(s))
	}
	return v, fmt.Errorf("there is no version scheme %q", scheme)
}

func take(v Version, s string, form *regexp.Regexp, normal string) (Version, error) {
	if !form.MatchString(s) {
		return v, ErrForm
	}
	v.Low, v.High = normal, normal
	return v, nil
}

// plainParts takes leading zeros off each part: one vendor writes a build both
// 1.7.00.33761 and 1.7.0.33761.
func plainParts(s string) string {
	s, suffix, _ := strings.Cut(s, "-")
	if suffix != "" {
		suffix = "-" + suffix
	}
	parts := strings.Split(s, ".")
	for i, p := range parts {
		if p = strings.TrimLeft(p, "0"); p == "" {
			p = "0"
		}
		parts[i] = p
	}
	return strings.Join(parts, ".") + suffix
}

// dropZero takes the fourth part away that installers add: 4.35.131.0.
func dropZero(s string) string {
	if strings.Count(s, ".") == 3 {
		return strings.TrimSuffix(s, ".0")
	}
	return s
}

// Reaches says whether a version is at least a dotted bound such as "1.4",
// judged by its numbers up to the first other character. Epochs and revisions
// of distributions are left out: this asks which generation of a program it is.
func (v Version) Reaches(bound string) bool {
	_, upstream, hasEpoch := strings.Cut(v.Low, ":")
	if !hasEpoch {
		upstream = v.Low
	}
	have, want := numbers(upstream), numbers(bound)
	for i := range want {
		switch {
		case i >= len(have) || have[i] < want[i]:
			return false
		case have[i] > want[i]:
			return true
		}
	}
	return true
}

// Meets says whether two readings can be of the same version: equal where both
// are exact, within each other where one leaves parts out.
func (v Version) Meets(other Version) bool {
	if v.Exact() && other.Exact() {
		return v.Low == other.Low
	}
	return Version{Low: v.High}.Reaches(other.Low) && Version{Low: other.High}.Reaches(v.Low)
}

func numbers(s string) []int {
	var out []int
	for _, part := range strings.Split(s, ".") {
		digits := part
		if i := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
			digits = part[:i]
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			break
		}
		out = append(out, n)
		if digits != part {
			break
		}
	}
	return out
}
