package policy

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"huddleguard/checks/format/strictyaml"
)

// Known is what a policy can speak of: a word that is none of these is a
// mistake, and would otherwise have no effect that anybody notices.
type Known struct {
	Clients []string
	Checks  []string // check ids
	Bodies  []string // who speaks in advisories
	// Value says what is wrong with a wanted value of a setting.
	Value func(check string, value any) error
	// Today bounds how far ahead a waiver may end. It is left empty where a
	// policy is put in force: a wrong clock must not take a policy out of it.
	Today Date
}

// The bounds of what can be set.
const (
	minScanEvery, maxScanEvery = 15 * time.Minute, 7 * 24 * time.Hour
	minDwell, maxDwell         = 500 * time.Millisecond, time.Minute
	minGrace, maxGrace         = time.Second, 30 * time.Minute
)

// MaxText is how many characters a reason or an owner may have.
const MaxText = 500

// Decode reads a policy file, or a drop-in. A file with a fault is refused
// whole, and the error says where the fault stands.
func Decode(name string, data []byte, known Known) (Layer, error) {
	d := decoder{known: known}
	doc, err := strictyaml.Decode(name, data, &d.p)
	if err != nil {
		return Layer{}, err
	}
	d.doc = doc
	d.words()
	d.numbers()
	d.rules()
	d.waivers()
	d.addresses()
	if d.fault != nil {
		return Layer{}, d.fault
	}
	return Layer{Policy: d.p, From: d.origins()}, nil
}

// decoder looks over what was decoded, and keeps the first fault.
type decoder struct {
	p     Policy
	doc   *strictyaml.Document
	known Known
	fault error
}

func (d *decoder) fail(at, format string, args ...any) {
	if d.fault == nil {
		d.fault = d.doc.Fault(at, format, args...)
	}
}

func (d *decoder) words() {
	if p := d.p.Profile; p != "" && !slices.Contains(Profiles, p) {
		d.fail("$.profile", "profile %q is none of %v", p, Profiles)
	}
	d.mode("$.mode", d.p.DefaultMode)
	for i, b := range d.p.Prefer {
		if !slices.Contains(d.known.Bodies, b) {
			d.fail(fmt.Sprintf("$.prefer[%d]", i), "nobody is called %q; who speaks in advisories is %v", b, d.known.Bodies)
		}
	}
	for i, id := range d.p.ApprovedClients {
		if !slices.Contains(d.known.Clients, id) {
			d.fail(fmt.Sprintf("$.approved_clients[%d]", i), "there is no client %q; the clients are %v", id, d.known.Clients)
		}
	}
	for i, id := range d.p.SettingsOfAddedPages {
		if !slices.Contains(d.known.Checks, id) {
			d.fail(fmt.Sprintf("$.settings_of_added_pages[%d]", i), "there is no check %q", id)
		}
	}
}

func (d *decoder) mode(at string, m Mode) {
	if m != "" && !slices.Contains(Modes, m) {
		d.fail(at, "mode %q is none of %v", m, Modes)
	}
}

func (d *decoder) numbers() {
	if d.p.MaxClients < 0 {
		d.fail("$.max_clients", "max_clients cannot be below 0")
	}
	if d.p.AdvisoryDays < 0 {
		d.fail("$.advisory_days", "advisory_days cannot be below 0")
	}
	if n := d.p.MaxWaiverDays; n < 0 || n > MaxWaiverDays {
		d.fail("$.max_waiver_days", "max_waiver_days is not from 0 to %d", MaxWaiverDays)
	}
	d.span("$.scan_every", d.p.ScanEvery, minScanEvery, maxScanEvery)
	d.span("$.call.dwell", d.p.Call.Dwell, minDwell, maxDwell)
	d.span("$.call.grace", d.p.Call.Grace, minGrace, maxGrace)
}

func (d *decoder) span(at string, given Duration, least, most time.Duration) {
	if given == "" {
		return
	}
	span, err := time.ParseDuration(string(given))
	switch {
	case err != nil:
		d.fail(at, "%q is no time span like 90s, 30m or 4h", string(given))
	case span < least || span > most:
		d.fail(at, "%s is not from %s to %s", given, least, most)
	}
}

func (d *decoder) rules() {
	for _, pattern := range slices.Sorted(maps.Keys(d.p.Rules)) {
		r, at := d.p.Rules[pattern], rulePath(pattern)
		if !d.pattern(at, pattern) {
			return
		}
		d.mode(at+".mode", r.Mode)
		switch {
		case r.Mode == "" && r.Value == nil:
			d.fail(at, "the rule for %q says neither mode nor value", pattern)
		case r.Value != nil && strings.Contains(pattern, anyWord):
			d.fail(at+".value", "a value is for one check, and %q is a pattern", pattern)
		case r.Value != nil && d.known.Value != nil:
			if err := d.known.Value(pattern, r.Value); err != nil {
				d.fail(at+".value", "%s", err)
			}
		}
	}
}

// rulePath is where a rule stands in the document.
func rulePath(pattern string) string { return "$.rules.'" + pattern + "'" }

// patternForm keeps whatever YAML paths or terminals could misread out of patterns.
var patternForm = regexp.MustCompile(`^([a-z0-9-]+|\*)(/([a-z0-9-]+|\*)){2}$`)

// pattern wants a pattern that fits at least one check.
func (d *decoder) pattern(at, pattern string) bool {
	switch {
	case !patternForm.MatchString(pattern):
		d.fail(at, "%q is not client/kind/thing, each a word or *", pattern)
	case !slices.ContainsFunc(d.known.Checks, func(id string) bool { return Matches(pattern, id) }):
		d.fail(at, "there is no check %q", pattern)
	default:
		return true
	}
	return false
}

func (d *decoder) waivers() {
	seen := map[string]bool{}
	for i := range d.p.Waivers {
		w, at := &d.p.Waivers[i], fmt.Sprintf("$.waivers[%d]", i)
		if !d.pattern(at+".check", w.Check) {
			return
		}
		d.text(at, "reason", w.Reason)
		d.text(at, "owner", w.Owner)
		if !w.Until.Valid() {
			d.fail(at+".until", "until %q is not a date like 2027-01-31", string(w.Until))
		}
		if last := d.known.Today.Plus(d.p.WaiverDays()); d.known.Today != "" && w.Until > last {
			d.fail(at+".until", "%s is more than %d days ahead", w.Until, d.p.WaiverDays())
		}
		if seen[w.key()] {
			d.fail(at, "the waiver of %s is there twice", w.key())
		}
		seen[w.key()] = true
	}
}

// text wants a few words on one line.
func (d *decoder) text(at, field, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		d.fail(at, "%s is missing: a waiver says why it is there and who answers for it", field)
	case len([]rune(s)) > MaxText || strings.ContainsFunc(s, unicode.IsControl):
		d.fail(at+"."+field, "%s is not one line of at most %d characters", field, MaxText)
	}
}

func (d *decoder) addresses() {
	if f := d.p.Feed; f != nil && !strings.HasPrefix(f.URL, "https://") {
		d.fail("$.feed", "feed.url %q is not an https address", f.URL)
	} else if f != nil && f.Root == "" {
		d.fail("$.feed", "feed.root names no file: trust begins with the publisher's root.json")
	}
	for i, e := range d.p.Exports {
		at := fmt.Sprintf("$.exports[%d]", i)
		if !slices.Contains(ExportKinds, e.Kind) {
			d.fail(at+".kind", "kind %q is none of %v", e.Kind, ExportKinds)
		}
		if !e.wellFormed() {
			d.fail(at+".address", "%q is no address for %s", e.Address, e.Kind)
		}
	}
}

// windowsPath is an absolute path of Windows.
var windowsPath = regexp.MustCompile(`^([A-Za-z]:\\|\\\\)`)

func (e *Export) wellFormed() bool {
	if e.Kind == DropDirectory {
		return path.IsAbs(e.Address) || windowsPath.MatchString(e.Address)
	}
	u, err := url.Parse(e.Address)
	if err != nil || u.Host == "" || u.User != nil {
		return false // an address that holds a password would be shown everywhere
	}
	if e.Kind == Syslog {
		return slices.Contains([]string{"udp", "tcp", "tls"}, u.Scheme) && u.Port() != ""
	}
	return u.Scheme == "https"
}

// origins finds the line of each member that was given.
func (d *decoder) origins() map[string]Origin {
	from := map[string]Origin{}
	note := func(name, at string) {
		if line, ok := d.doc.Line(at); ok {
			from[name] = Origin{d.doc.File, line}
		}
	}
	for _, s := range scalars {
		note(s.name, "$."+s.name)
	}
	for pattern := range d.p.Rules {
		note("rules["+pattern+"].mode", rulePath(pattern)+".mode")
		note("rules["+pattern+"].value", rulePath(pattern)+".value")
	}
	for i, id := range d.p.ApprovedClients {
		note("approved_clients["+id+"]", fmt.Sprintf("$.approved_clients[%d]", i))
	}
	for i, id := range d.p.SettingsOfAddedPages {
		note("settings_of_added_pages["+id+"]", fmt.Sprintf("$.settings_of_added_pages[%d]", i))
	}
	for i := range d.p.Waivers {
		note("waivers["+d.p.Waivers[i].key()+"]", fmt.Sprintf("$.waivers[%d].check", i))
	}
	for i := range d.p.Exports {
		note("exports["+d.p.Exports[i].key()+"]", fmt.Sprintf("$.exports[%d].kind", i))
	}
	return from
}
