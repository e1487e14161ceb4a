package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/strictyaml"
	"huddleguard/checks/version"
)

var (
	lowerKebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	kindThing  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$`)
)

// The words each field may hold.
var (
	systems    = []fact.OS{fact.Linux, fact.Windows, fact.MacOS}
	packagings = []fact.Packaging{fact.Deb, fact.RPM, fact.Flatpak, fact.Snap, fact.AppImage, fact.Files,
		fact.EXE, fact.MSI, fact.MSIX, fact.Squirrel, fact.Bundle, fact.AppStore, fact.PWA, fact.Site}
	severities = []string{"info", "low", "medium", "high", "critical"}
	profiles   = []string{"advisory", "strict", "quiet"}
	kinds      = []string{"version", "update", "permission", "telemetry", "exposure", "privacy", "entry", "terminal", "signin", "origin", "approval"}
	types      = []string{"bool", "int", "string", "list"}
	stores     = []string{"ini", "json", "plist", "registry", "keyfile", "yaml", "file"}
	placeKnown = []string{"live-file", "vendor-document", "admx", "deployment-script", "source-code", "unseen"}
	effects    = []string{"seen", "not-seen"}
	updaters   = []Updates{UpdatesOwn, UpdatesManager, UpdatesStore, UpdatesBrowser, UpdatesNobody}
	formats    = []string{"text", "json", "plist", "pe"}
	remedies   = []string{"setting", "update", "account", "remove", "guidance"}
	families   = []string{"chromium", "firefox"}
	wheres     = []string{"account", "tenant", "nowhere"}
	grants     = []string{"weakness", "note"}
)

// Vocabulary lists the words that fields may hold, by type and field of a page.
func Vocabulary() map[string][]string {
	return map[string][]string{
		"Install.system": words(systems), "Place.system": words(systems), "Leftover.system": words(systems), "Default.system": words(systems),
		"Edition.advised_as": AdvisedEditions, "Install.packaging": words(packagings), "Install.scheme": version.Schemes, "Install.updates": words(updaters),
		"Update.channel":     words(channels),
		"VersionFrom.format": formats, "Setting.severity": severities, "Leftover.severity": severities,
		"Setting.type": types, "Place.type": types, "Place.store": stores, "Place.place": placeKnown, "Place.effect": effects,
		"Unsettable.where": wheres, "Setting.profiles": profiles, "Place.packagings": words(packagings), "Default.packagings": words(packagings),
		"CallWords.system": words(systems),
		"Support.systems":  words(systems), "Support.packagings": words(packagings), "Support.rule": supportRules, "Support.by": supportBy,
	}
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = string(list[i])
	}
	return out
}

// checker collects the faults of one page.
type checker struct {
	doc    *strictyaml.Document
	faults []error
}

func (k *checker) fail(at, format string, args ...any) {
	k.faults = append(k.faults, k.doc.Fault(at, format, args...))
}

func (k *checker) need(at, field, value string) {
	if strings.TrimSpace(value) == "" {
		k.fail(at, "%s is missing", field)
	}
}

func word[T ~string](k *checker, at, field string, value T, allowed []T) {
	if !slices.Contains(allowed, value) {
		k.fail(at+"."+field, "%s %q is none of %v", field, value, allowed)
	}
}

func (k *checker) date(at, field, value string) {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		k.fail(at+"."+field, "%s %q is not a date like 2026-11-23", field, value)
	}
}

func (k *checker) source(at, source, seen string) {
	k.need(at, "source", source)
	k.date(at, "seen", seen)
}

// once reports the second of two equal ids.
func (k *checker) once(seen map[string]bool, at, id string) {
	if seen[id] {
		k.fail(at, "the id %q is there twice", id)
	}
	seen[id] = true
}

func (c *Catalogue) validate(docs map[string]*strictyaml.Document) error {
	var faults []error
	faults = append(faults, c.validateCommon(docs)...)
	for i := range c.Pages {
		faults = append(faults, c.validatePage(&c.Pages[i], docs[c.Pages[i].ID]))
	}
	return errors.Join(faults...)
}

func (c *Catalogue) validateCommon(docs map[string]*strictyaml.Document) []error {
	k := &checker{doc: docs["checks.yaml"]}
	seen := map[string]bool{}
	for i, ch := range c.Checks {
		at := fmt.Sprintf("$[%d]", i)
		k.checkID(seen, at, ch.ID)
		word(k, at, "severity", ch.Severity, severities)
		word(k, at, "remedy", ch.Remedy, remedies)
		k.texts(at, map[string]string{"title": ch.Title, "why": ch.Why, "advice": ch.Advice})
		k.serves(c, at, ch.Serves)
	}
	faults := k.faults
	k = &checker{doc: docs["permissions.yaml"]}
	seen = map[string]bool{}
	for i, p := range c.Permissions {
		at := fmt.Sprintf("$[%d]", i)
		k.once(seen, at+".id", p.ID)
		if !lowerKebab.MatchString(p.ID) {
			k.fail(at+".id", "the id %q is not lower-kebab", p.ID)
		}
		word(k, at, "severity", p.Severity, severities)
		word(k, at, "granted", p.Granted, grants)
		k.texts(at, map[string]string{"title": p.Title, "why": p.Why, "advice": p.Advice})
		k.serves(c, at, p.Serves)
	}
	faults = append(faults, k.faults...)
	k = &checker{doc: docs["items.yaml"]}
	seen = map[string]bool{}
	for i, it := range c.Items {
		at := fmt.Sprintf("$[%d]", i)
		k.once(seen, at+".id", it.ID)
		k.texts(at, map[string]string{"id": it.ID, "by": it.By, "asks": it.Asks, "source": it.Source, "date": it.Date})
		if !lowerKebab.MatchString(it.Body) {
			k.fail(at+".body", "the body %q is not lower-kebab", it.Body)
		}
	}
	faults = append(faults, k.faults...)
	k = &checker{doc: docs["browsers.yaml"]}
	seen = map[string]bool{}
	for i, b := range c.Browsers {
		at := fmt.Sprintf("$[%d]", i)
		k.once(seen, at+".id", b.ID)
		word(k, at, "family", b.Family, families)
		if len(b.Programs) == 0 {
			k.fail(at, "programs is missing: without it nobody knows whether the browser runs")
		}
		k.source(at, b.Source, b.Seen)
	}
	faults = append(faults, k.faults...)
	k = &checker{doc: docs["support.yaml"]}
	k.support("$", c.Support, nil)
	faults = append(faults, k.faults...)
	k = &checker{doc: docs["calls.yaml"]}
	k.signals(c.Signals)
	return append(faults, k.faults...)
}

func (k *checker) texts(at string, fields map[string]string) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k.need(at, name, fields[name])
	}
}

func (k *checker) checkID(seen map[string]bool, at, id string) {
	k.once(seen, at+".id", id)
	kind, _, _ := strings.Cut(id, "/")
	if !kindThing.MatchString(id) || !slices.Contains(kinds, kind) {
		k.fail(at+".id", "the id %q is not kind/thing in lower-kebab with a kind of %v", id, kinds)
	}
}

// serves wants at least one advisory item: a check nobody asks for is an opinion.
func (k *checker) serves(c *Catalogue, at string, ids []string) {
	if len(ids) == 0 {
		k.fail(at, "serves is missing: name the advisory item this serves")
	}
	k.items(c, at+".serves", ids)
}

func (k *checker) items(c *Catalogue, at string, ids []string) {
	for i, id := range ids {
		if _, ok := c.Item(id); !ok {
			k.fail(fmt.Sprintf("%s[%d]", at, i), "items.yaml has no %q", id)
		}
	}
}

func (c *Catalogue) validatePage(p *Page, d *strictyaml.Document) error {
	k := &checker{doc: d}
	if !lowerKebab.MatchString(p.ID) || p.ID != baseName(d.File) {
		k.fail("$.id", "the id %q is not lower-kebab and the name of the file", p.ID)
	}
	for i := range c.Pages {
		if other := &c.Pages[i]; other != p && other.ID == p.ID {
			k.fail("$.id", "the client %q has a page already", p.ID)
		}
	}
	k.texts("$", map[string]string{"name": p.Name, "vendor": p.Vendor})
	k.retired("$.retired", p.Retired)
	k.editions(p)
	k.support("$.support", p.Support, p.Editions)
	for i := range p.Installs {
		k.install(p, fmt.Sprintf("$.installs[%d]", i), &p.Installs[i])
	}
	for i, n := range p.Needs {
		if !slices.ContainsFunc(c.Permissions, func(x Permission) bool { return x.ID == n }) {
			k.fail(fmt.Sprintf("$.needs[%d]", i), "permissions.yaml has no %q", n)
		}
	}
	for i := range p.Calls {
		k.callWords(fmt.Sprintf("$.calls[%d]", i), &p.Calls[i])
	}
	seen := map[string]bool{}
	for _, ch := range c.Checks {
		seen[ch.ID] = true
	}
	for i := range p.Settings {
		at := fmt.Sprintf("$.settings[%d]", i)
		k.checkID(seen, at, p.Settings[i].ID)
		k.serves(c, at, p.Settings[i].Serves)
		k.items(c, at+".against", p.Settings[i].Against)
		k.setting(at, p, &p.Settings[i])
	}
	for i := range p.Leftovers {
		at := fmt.Sprintf("$.leftovers[%d]", i)
		k.checkID(seen, at, p.Leftovers[i].ID)
		k.serves(c, at, p.Leftovers[i].Serves)
		k.leftover(at, &p.Leftovers[i])
	}
	for i, u := range p.Unsettable {
		at := fmt.Sprintf("$.unsettable[%d]", i)
		k.need(at, "thing", u.Thing)
		word(k, at, "where", u.Where, wheres)
		k.source(at, u.Source, u.Seen)
	}
	return errors.Join(k.faults...)
}

func (k *checker) retired(at string, r *Retired) {
	if r == nil {
		return
	}
	k.date(at, "since", r.Since)
	k.need(at, "why", r.Why)
	k.source(at, r.Source, r.Seen)
}

func (k *checker) editions(p *Page) {
	if len(p.Editions) == 0 {
		k.fail("$", "editions is missing")
	}
	seen := map[string]bool{}
	for i, e := range p.Editions {
		at := fmt.Sprintf("$.editions[%d]", i)
		k.once(seen, at+".id", e.ID)
		k.need(at, "name", e.Name)
		k.retired(at+".retired", e.Retired)
		if e.AdvisedAs != "" {
			word(k, at, "advised_as", e.AdvisedAs, AdvisedEditions)
		}
	}
}

func (k *checker) install(p *Page, at string, in *Install) {
	word(k, at, "system", in.System, systems)
	word(k, at, "packaging", in.Packaging, packagings)
	word(k, at, "updates", in.Updates, updaters)
	word(k, at, "scheme", in.Scheme, version.Schemes)
	k.source(at, in.Source, in.Seen)
	k.retired(at+".retired", in.Retired)
	k.update(at+".update", in)
	if !slices.ContainsFunc(p.Editions, func(e Edition) bool { return e.ID == in.Edition }) {
		k.fail(at+".edition", "the page has no edition %q", in.Edition)
	}
	if len(in.IDs) == 0 && in.Uninstall == nil && len(in.Paths) == 0 {
		k.fail(at, "one of ids, uninstall and paths is needed to find a copy")
	}
	for i, v := range in.VersionFrom {
		word(k, fmt.Sprintf("%s.version_from[%d]", at, i), "format", v.Format, formats)
	}
}

func (k *checker) setting(at string, p *Page, s *Setting) {
	k.texts(at, map[string]string{"title": s.Title, "why": s.Why})
	word(k, at, "severity", s.Severity, severities)
	word(k, at, "type", s.Type, types)
	for i, pr := range s.Profiles {
		word(k, at, fmt.Sprintf("profiles[%d]", i), pr, profiles)
	}
	if len(s.Profiles) == 0 {
		k.fail(at, "profiles is missing")
	}
	k.want(at+".want", &s.Want)
	if len(s.Places) == 0 {
		k.fail(at, "places is missing")
	}
	for i := range s.Places {
		k.place(fmt.Sprintf("%s.places[%d]", at, i), p, &s.Places[i])
	}
	for i, d := range s.Defaults {
		dat := fmt.Sprintf("%s.defaults[%d]", at, i)
		if d.System != "" {
			word(k, dat, "system", d.System, systems)
		}
		k.source(dat, d.Source, d.Seen)
	}
}

func (k *checker) place(at string, p *Page, pl *Place) {
	word(k, at, "system", pl.System, systems)
	word(k, at, "store", pl.Store, stores)
	word(k, at, "place", pl.Place, placeKnown)
	word(k, at, "effect", pl.Effect, effects)
	k.need(at, "path", pl.Path)
	k.source(at, pl.Source, pl.Seen)
	if pl.Store != "file" {
		k.need(at, "key", pl.Key)
	}
	if (pl.Store == "registry") != strings.HasPrefix(pl.Path, "HK") {
		k.fail(at+".path", "a registry path starts with HKLM or HKCU, and no other does")
	}
	if pl.Type != "" {
		word(k, at, "type", pl.Type, types)
	}
	if pl.Want != nil {
		k.want(at+".want", pl.Want)
	}
	if pl.Managed && pl.Shared {
		k.fail(at, "a place is managed by the organisation alone, or shared with it")
	}
	for i, ed := range pl.Editions {
		if !slices.ContainsFunc(p.Editions, func(e Edition) bool { return e.ID == ed }) {
			k.fail(fmt.Sprintf("%s.editions[%d]", at, i), "the page has no edition %q", ed)
		}
	}
}

func (k *checker) want(at string, w *Want) {
	n := 0
	for _, given := range []bool{w.Is != nil, len(w.OneOf) > 0, w.Not != nil, w.Absent, len(w.Hosts) > 0, len(w.Lacks) > 0, w.AtLeast != nil} {
		if given {
			n++
		}
	}
	if n != 1 {
		k.fail(at, "want takes exactly one of is, one_of, not, absent, hosts, lacks, at_least")
	}
}

func (k *checker) leftover(at string, l *Leftover) {
	k.texts(at, map[string]string{"title": l.Title, "why": l.Why})
	word(k, at, "severity", l.Severity, severities)
	if l.System != "" {
		word(k, at, "system", l.System, systems)
	}
	k.source(at, l.Source, l.Seen)
	if len(l.Files)+len(l.Registry)+len(l.Ports) == 0 {
		k.fail(at, "one of files, registry and ports is needed to look for it")
	}
}
