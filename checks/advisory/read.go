package advisory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"

	"huddleguard/checks/version"
)

// ErrFormat means that a file is in none of the formats read here.
var ErrFormat = errors.New("not a CVE, CSAF, CVRF, NVD or KEV record")

// Format is a format advisories are published in.
type Format string

// The formats.
const (
	FormatCVE5 Format = "CVE JSON 5"
	FormatCSAF Format = "CSAF 2.0"
	FormatCVRF Format = "MSRC CVRF"
	FormatNVD1 Format = "NVD JSON 1.1"
	FormatNVD2 Format = "NVD JSON 2.0"
	FormatKEV  Format = "CISA KEV"
)

// marks are words that only files of one format hold. Quotes inside a JSON text
// are escaped, so that a text cannot hold them.
var marks = []struct {
	word   string
	format Format
}{
	{`"CVE_RECORD"`, FormatCVE5}, {`"cveMetadata"`, FormatCVE5}, {`"csaf_version"`, FormatCSAF}, {`"documenttracking"`, FormatCVRF},
	{`"catalogVersion"`, FormatKEV}, {`"CVE_data_meta"`, FormatNVD1}, {`"CVE_Items"`, FormatNVD1}, {`"vulnStatus"`, FormatNVD2}, {`"cpeMatch"`, FormatNVD2},
	{`"NVD_CVE"`, FormatNVD2},
}

// Read makes records of one file of any format. name is the file's, without
// its folder. A file that is well formed and speaks of no client of ours gives
// no records and no error.
func Read(name string, data []byte) ([]*Record, Format, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.Contains(data, []byte(`\u0000`)) {
		return nil, "", errors.New("holds control characters, which no record does")
	}
	f, err := formatOf(data)
	if err != nil {
		return nil, "", err
	}
	records, err := readers[f](data)
	if err != nil {
		return nil, f, fmt.Errorf("%s: %w", f, err)
	}
	for _, r := range records {
		r.Ref = name
		r.tidy()
	}
	return records, f, nil
}

var readers = map[Format]func([]byte) ([]*Record, error){
	FormatCVE5: readCVE5, FormatCSAF: readCSAF, FormatCVRF: readCVRF,
	FormatNVD1: readNVD1, FormatNVD2: readNVD2, FormatKEV: readKEV,
}

func formatOf(data []byte) (Format, error) {
	for _, m := range marks {
		if bytes.Contains(data, []byte(m.word)) {
			return m.format, nil
		}
	}
	if !json.Valid(data) {
		return "", errors.New("not JSON")
	}
	return "", ErrFormat
}

// Bounds on what one record may hold: real ones stay far below.
const (
	maxConcerns = 256
	maxRanges   = 1024
	maxLinks    = 8
	maxScores   = 4
)

var (
	advisoryID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._:-]{2,80}$`)
	cveID      = regexp.MustCompile(`^CVE-\d{4}-\d{4,19}$`)
	cweID      = regexp.MustCompile(`^CWE-\d{1,5}$`)
	anyCWE     = regexp.MustCompile(`CWE-\d{1,5}`)
	// moment is a day, with the time of day where it is given.
	moment = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?`)
	day    = regexp.MustCompile(`^\d{4}-\d\d-\d\d`)
)

// tidy drops what is malformed, joins what is the same and bounds what is many.
func (r *Record) tidy() {
	r.Published, r.Updated, r.Exploited = day.FindString(r.Published), moment.FindString(r.Updated), day.FindString(r.Exploited)
	r.Weaknesses = keep(r.Weaknesses, 8, cweID.MatchString)
	r.Links = keep(r.Links, maxLinks, isLink)
	if len(r.Scores) > maxScores {
		r.Scores = r.Scores[:maxScores]
	}
	r.Concerns = joinConcerns(r.Concerns)
	if len(r.Concerns) > maxConcerns {
		r.Concerns = r.Concerns[:maxConcerns]
	}
}

func keep(in []string, most int, ok func(string) bool) []string {
	var out []string
	for _, s := range in {
		if ok(s) && !slices.Contains(out, s) && len(out) < most {
			out = append(out, s)
		}
	}
	return out
}

// isLink takes plain web addresses only; "https://https://" was seen.
func isLink(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	return ok && len(s) < 300 && !strings.ContainsAny(s, " <>\"\\`\n") && !strings.Contains(rest, "://")
}

// joinConcerns puts those about the same product together.
func joinConcerns(in []Concern) []Concern {
	var out []Concern
	for _, c := range in {
		if len(c.Editions) == 0 || c.Perhaps && namedOutright(in, c) {
			continue
		}
		i := slices.IndexFunc(out, func(o Concern) bool {
			return o.Client == c.Client && o.Perhaps == c.Perhaps && o.Loose == c.Loose && o.Listed == c.Listed && o.Unread == c.Unread &&
				slices.Equal(o.Editions, c.Editions) && slices.Equal(o.Systems, c.Systems) && slices.Equal(o.Arches, c.Arches)
		})
		if i < 0 {
			out = append(out, c)
			continue
		}
		o := &out[i]
		o.Affected, o.Unaffected = union(o.Affected, c.Affected), union(o.Unaffected, c.Unaffected)
		o.Undecided, o.Fixed = union(o.Undecided, c.Undecided), union(o.Fixed, c.Fixed)
	}
	for i := range out {
		out[i].bound()
	}
	return out
}

// namedOutright says whether a record that may mean an edition names it by its
// own name as well, on the same systems.
func namedOutright(all []Concern, c Concern) bool {
	return slices.ContainsFunc(all, func(o Concern) bool {
		return !o.Perhaps && o.Client == c.Client && slices.Equal(o.Editions, c.Editions) && (len(o.Systems) == 0 || slices.Equal(o.Systems, c.Systems))
	})
}

// bound gives up on a concern that lists more than anybody does, and takes out
// what is no range: something was said there, and is not read.
func (c *Concern) bound() {
	if len(c.Affected)+len(c.Unaffected)+len(c.Undecided) > maxRanges {
		c.Affected, c.Unaffected, c.Undecided = nil, nil, unsaid
	}
	for _, l := range []*[]string{&c.Affected, &c.Unaffected, &c.Undecided} {
		good := slices.DeleteFunc(slices.Clone(*l), func(text string) bool {
			_, err := version.ParseRange(text)
			return err != nil
		})
		if len(good) < len(*l) {
			*l, c.Unread = good, true
		}
	}
	if len(c.Affected)+len(c.Unaffected)+len(c.Undecided) == 0 {
		c.Undecided = unsaid
	}
	c.Fixed = keep(c.Fixed, maxFixed, func(s string) bool { _, ok := plainVersion(s); return ok })
}

// maxFixed bounds how many first fixed releases are kept.
const maxFixed = 64

// union adds what is new. It never writes into what others may share.
func union(a, b []string) []string {
	a = slices.Clip(a)
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// score reads a vector and counts its base score, for figures beside vectors
// were seen to be wrong; base is used where there is no vector.
func score(by, vector string, base float64) (Score, bool) {
	s := Score{By: by, Vector: vector, Base: base}
	var err error
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		var v *gocvss40.CVSS40
		if v, err = gocvss40.ParseVector(vector); err == nil {
			s.Base = v.Score()
		}
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		var v *gocvss31.CVSS31
		if v, err = gocvss31.ParseVector(vector); err == nil {
			s.Base = v.BaseScore()
		}
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		var v *gocvss30.CVSS30
		if v, err = gocvss30.ParseVector(vector); err == nil {
			s.Base = v.BaseScore()
		}
	case vector != "":
		var v *gocvss20.CVSS20
		if v, err = gocvss20.ParseVector(strings.Trim(vector, "()")); err == nil {
			s.Base = v.BaseScore()
		}
	}
	if err != nil {
		s.Vector = ""
	}
	return s, s.Base > 0 && s.Base <= 10
}

// noVersion are texts in the place of a version that give none.
var noVersion = regexp.MustCompile(`(?i)^(-|\*|n/?a|unspecified|unknown|publication|https?://.*|see references?\.?|see .*bulletin.*|multiple versions|not applicable|various)$`)

// fromStart are those that a range may begin with: no lower end.
var fromStart = regexp.MustCompile(`(?i)^(-|\*|0|0\.0|0\.0\.0|unspecified|n/?a)$`)

// number is a version as texts write it, sometimes with a stop behind it.
const versionText = `v?(\d{1,12}(?:\.\d{1,9}){0,5}(?:-[0-9A-Za-z.]{1,20})?)\.?`

var (
	justVersion  = regexp.MustCompile(`^` + versionText + `$`)
	versionOf    = regexp.MustCompile(`^` + versionText + ` for ([A-Za-z ]+)$`) // "24046.… for macOS"
	wordBefore   = regexp.MustCompile(`(?i)^(?:(?:all )?versions? )?(?:before|prior to|earlier than|lower than|<) *(?:versions? )?` + versionText + `$`)
	wordUpTo     = regexp.MustCompile(`(?i)^(?:(?:all )?versions? )?(?:through|up to and including|<=) *(?:versions? )?` + versionText + `$`)
	wordEarlier  = regexp.MustCompile(`(?i)^(?:versions? )?` + versionText + ` (?:and|or) (?:earlier|below|before|prior|lower)(?: versions?)?$`)
	wordFromTo   = regexp.MustCompile(`^>=? *` + versionText + ` *, *<=? *` + versionText + `$`)
	wordExactly  = regexp.MustCompile(`^= *` + versionText + `$`)
	wordFrom     = regexp.MustCompile(`^>=? *` + versionText + `$`)
	wordNextOf   = regexp.MustCompile(`(?i)^next of ` + versionText + `$`)
	comparisons  = regexp.MustCompile(`^([<>]=?|=) *v?`)
	manySpaces   = regexp.MustCompile(`\s+`)
	trailingStop = regexp.MustCompile(`\.+$`)
)

// rangeOfWords reads what records write in the place of one version when they
// mean a range: "before version 5.17.10", ">= 1.11.70, < 1.11.81".
func rangeOfWords(s string) (string, bool) {
	s = strings.TrimSpace(manySpaces.ReplaceAllString(s, " "))
	if m := wordBefore.FindStringSubmatch(s); m != nil {
		return "< " + m[1], true
	}
	if m := wordUpTo.FindStringSubmatch(s); m != nil {
		return "<= " + m[1], true
	}
	if m := wordEarlier.FindStringSubmatch(s); m != nil {
		return "<= " + m[1], true
	}
	if wordFromTo.MatchString(s) || wordExactly.MatchString(s) || wordFrom.MatchString(s) {
		var parts []string
		for part := range strings.SplitSeq(s, ",") {
			part = strings.TrimSpace(part)
			op := comparisons.FindString(part)
			parts = append(parts, strings.TrimRight(op, " v")+" "+strings.TrimPrefix(part, op))
		}
		out := strings.Join(parts, ", ")
		_, err := version.ParseRange(out)
		return out, err == nil
	}
	return "", false
}

// plainVersion takes a version as a record writes it; ok is false for words.
func plainVersion(s string) (string, bool) {
	m := justVersion.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return "", false
	}
	return trailingStop.ReplaceAllString(m[1], ""), true
}
