package advisory

import (
	"fmt"
	"slices"
	"strings"

	"huddleguard/checks/format/strictyaml"
	"huddleguard/checks/version"
)

// The words a record may use for clients, editions, systems and architectures.
var (
	Clients = []string{"zoom", "teams", "slack", "webex", "meet", "jitsi", "discord", "signal", "element", "jami",
		"linphone", "mumble", "skype", "gotomeeting", "ringcentral", "whatsapp", "bluejeans"}
	Editions = []string{"desktop", "vdi", "vdi-plugin", "rooms", "outlook-plugin", "meetings-desktop",
		"machine-wide-installer", "skype-for-business", "sdk", "server", "mobile"}
	Systems = []string{"windows", "macos", "linux"}
	Arches  = []string{"x64", "x86", "arm64"}

	// mobileSystems and the like are named by records and run nothing of ours.
	otherSystems = []string{"ios", "android", "chromeos", "hololens", "thin client", "other"}
)

// reviewed is a record that people wrote: what they read in a source whose
// fields say nothing, or something else than its words.
type reviewed struct {
	ID         string            `yaml:"id"`
	Bulletin   string            `yaml:"bulletin"`
	Published  string            `yaml:"published"`
	SaidBy     string            `yaml:"said_by"`
	Link       string            `yaml:"link"`
	Seen       string            `yaml:"seen"`
	Reason     string            `yaml:"reason"`
	Weaknesses []string          `yaml:"weaknesses"`
	Scores     []reviewedScore   `yaml:"scores"`
	Concerns   []reviewedConcern `yaml:"concerns"`
}

type reviewedScore struct {
	By     string `yaml:"by"`
	Vector string `yaml:"vector"`
}

type reviewedConcern struct {
	Client     string   `yaml:"client"`
	Editions   []string `yaml:"editions"`
	Systems    []string `yaml:"systems"`
	Arches     []string `yaml:"arches"`
	Affected   []string `yaml:"affected"`
	Undecided  []string `yaml:"undecided"`
	Unaffected []string `yaml:"unaffected"`
	Fixed      []string `yaml:"fixed"`
}

// ReadReviewed reads a file of reviewed records. Every fault is named with its
// line; a file with one fault gives nothing, for its author is at hand.
func ReadReviewed(name string, data []byte) ([]*Record, error) {
	var list []reviewed
	doc, err := strictyaml.Decode(name, data, &list)
	if err != nil {
		return nil, err
	}
	out := make([]*Record, 0, len(list))
	for i := range list {
		r := list[i].record(name)
		if err := r.check(); err != nil {
			return nil, doc.Fault(fmt.Sprintf("$[%d].id", i), "%s: %v", list[i].ID, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (v *reviewed) record(name string) *Record {
	r := &Record{ID: v.ID, Source: Reviewed, By: v.SaidBy, Ref: name, Bulletin: v.Bulletin, Published: v.Published,
		Updated: v.Seen, Weaknesses: v.Weaknesses, Reason: v.Reason}
	if v.Link != "" {
		r.Links = []string{v.Link}
	}
	for _, s := range v.Scores {
		if s, ok := score(s.By, s.Vector, 0); ok {
			r.Scores = append(r.Scores, s)
		}
	}
	for _, c := range v.Concerns {
		r.Concerns = append(r.Concerns, Concern{Client: c.Client, Editions: c.Editions, Systems: c.Systems, Arches: c.Arches,
			Affected: c.Affected, Undecided: c.Undecided, Unaffected: c.Unaffected, Fixed: c.Fixed})
	}
	return r
}

// check says what is wrong with a record that did not come out of a reader: one
// that people wrote, or that a feed delivered.
func (r *Record) check() error {
	switch {
	case !advisoryID.MatchString(r.ID):
		return fmt.Errorf("%q is not an id", r.ID)
	case r.Source.rank() < 0:
		return fmt.Errorf("%q is not a source", r.Source)
	case r.By == "" || !plain(r.By) || !plain(r.Ref) || !plain(r.Reason):
		return fmt.Errorf("says not in plain words who says so, or why")
	case r.Bulletin != "" && !advisoryID.MatchString(r.Bulletin):
		return fmt.Errorf("%q is not the id of a bulletin", r.Bulletin)
	case r.Source == Reviewed && !isDay(r.Updated):
		return fmt.Errorf("%q is not the day its source was seen", r.Updated)
	case !optionalDay(r.Published) || r.Updated != moment.FindString(r.Updated) || !optionalDay(r.Exploited):
		return fmt.Errorf("holds a date that is none")
	case len(keep(r.Links, maxLinks, isLink)) != len(r.Links):
		return fmt.Errorf("holds a link that is none, or one twice")
	case len(keep(r.Weaknesses, 8, cweID.MatchString)) != len(r.Weaknesses):
		return fmt.Errorf("holds a weakness that is no CWE id, or one twice")
	case len(r.Concerns) > maxConcerns || len(r.Scores) > maxScores:
		return fmt.Errorf("names more products or scores than anybody does")
	}
	for _, s := range r.Scores {
		if !(s.Base > 0 && s.Base <= 10) || !plain(s.By) || !plain(s.Vector) || strings.ContainsAny(s.By+s.Vector, ";|") {
			return fmt.Errorf("holds a score that is none")
		}
	}
	for i := range r.Concerns {
		if err := r.Concerns[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Concern) check() error {
	for _, l := range []struct {
		what      string
		have, may []string
		needed    bool
	}{
		{"client", []string{c.Client}, Clients, true},
		{"edition", c.Editions, Editions, true},
		{"system", c.Systems, slices.Concat(Systems, otherSystems), false},
		{"architecture", c.Arches, Arches, false},
	} {
		if l.needed && len(l.have) == 0 {
			return fmt.Errorf("names no %s", l.what)
		}
		for _, w := range l.have {
			if !slices.Contains(l.may, w) {
				return fmt.Errorf("%q is not a known %s", w, l.what)
			}
		}
	}
	ranges := slices.Concat(c.Affected, c.Undecided, c.Unaffected)
	if len(ranges) == 0 || len(ranges) > maxRanges {
		return fmt.Errorf("names no versions of %s, or more than anybody does", c.Client)
	}
	for _, text := range ranges {
		if _, err := version.ParseRange(text); err != nil {
			return err
		}
	}
	for _, text := range c.Fixed {
		if _, ok := plainVersion(text); !ok {
			return fmt.Errorf("%q is not a version", text)
		}
	}
	return nil
}

func isDay(s string) bool       { return len(s) == len("2006-01-02") && day.MatchString(s) }
func optionalDay(s string) bool { return s == "" || isDay(s) }

// plain says whether a text is short and has nothing that a terminal or a page
// would take for more than text.
func plain(s string) bool {
	if len(s) > 400 {
		return false
	}
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == '<' || c == '>' || c >= 0x80 && c < 0xa0 || c >= 0x200b && c <= 0x200f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return false
		}
	}
	return true
}
