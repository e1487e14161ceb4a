package catalogue

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huddleguard/checks/fact"
)

// PerUser says whether a place stands in each person's home or hive.
func (p *Place) PerUser() bool { return PerUser(p.Path) }

// PerUser says whether a path template stands in each person's home or hive.
func PerUser(path string) bool {
	for _, prefix := range []string{"~", "%APPDATA%", "%LOCALAPPDATA%", "%USERPROFILE%", `HKCU\`} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// PlacesFor are the indices of the places that concern a copy, in order of
// precedence. A place that names no edition concerns "desktop".
func (s *Setting) PlacesFor(system fact.OS, c *fact.Installation) []int {
	var out []int
	for i := range s.Places {
		p := &s.Places[i]
		ofEdition := slices.Contains(p.Editions, c.Edition) || len(p.Editions) == 0 && c.Edition == "desktop"
		ofPackaging := len(p.Packagings) == 0 || slices.Contains(p.Packagings, c.Packaging)
		ofBrowser := len(p.Browsers) == 0 || slices.Contains(p.Browsers, c.Browser)
		if p.System == system && ofPackaging && ofEdition && ofBrowser {
			out = append(out, i)
		}
	}
	return out
}

// WantAt is what is asked of the value in one place.
func (s *Setting) WantAt(place int) *Want {
	if w := s.Places[place].Want; w != nil {
		return w
	}
	return &s.Want
}

// TypeAt is the type of the value in one place.
func (s *Setting) TypeAt(place int) string {
	if t := s.Places[place].Type; t != "" {
		return t
	}
	return s.Type
}

// DefaultFor is what a copy does when no place holds a value, or nil.
func (s *Setting) DefaultFor(system fact.OS, packaging fact.Packaging) *Default {
	for i := range s.Defaults {
		d := &s.Defaults[i]
		if (d.System == "" || d.System == system) &&
			(len(d.Packagings) == 0 || slices.Contains(d.Packagings, packaging)) {
			return d
		}
	}
	return nil
}

// Other stands for a value that is none of those a page speaks of. A host's
// free text can hold anything, so only words the page knows are carried on.
const Other = "(something else)"

// Coerce reads a raw value as a type. Registries, plists and INI files write
// the same yes as 1, true, "1" and "YES". false means that it is no such value.
func Coerce(typ string, raw any) (any, bool) {
	switch typ {
	case "bool":
		return coerceBool(raw)
	case "int":
		return coerceInt(raw)
	case "string":
		if list, ok := raw.([]string); ok && len(list) == 1 {
			return list[0], true
		}
		switch v := raw.(type) {
		case string:
			return v, true
		case bool, int64, uint64, float64:
			return fmt.Sprint(v), true
		}
	case "list":
		return coerceList(raw)
	}
	return nil, false
}

func coerceBool(raw any) (any, bool) {
	switch v := raw.(type) {
	case bool:
		return v, true
	case int64, uint64, float64:
		n, ok := coerceInt(v)
		return n != float64(0), ok
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "1", "true", "yes", "on":
			return true, true
		case "0", "false", "no", "off":
			return false, true
		}
	}
	return nil, false
}

func coerceInt(raw any) (any, bool) {
	switch v := raw.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, finite(v)
	case bool:
		return map[bool]float64{true: 1}[v], true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil && finite(f)
	}
	return nil, false
}

// finite leaves out what no JSON can carry: one such value in a home would keep
// every report of the machine from being written.
func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func coerceList(raw any) (any, bool) {
	switch v := raw.(type) {
	case []string:
		return v, true
	case []any:
		out := make([]string, len(v))
		for i := range v {
			out[i] = fmt.Sprint(v[i])
		}
		return out, true
	case string:
		return strings.Fields(v), true
	}
	return nil, false
}

// Meets says whether a coerced or revealed value is what is asked for. false
// as its second result means that the value is not of the type.
func (w *Want) Meets(typ string, value any) (meets, ok bool) {
	if w.Absent {
		return value == "" || value == nil, true
	}
	v, ok := Coerce(typ, value)
	if !ok {
		return false, false
	}
	switch {
	case w.Is != nil:
		return same(typ, w.Is, v), true
	case len(w.OneOf) > 0:
		return slices.ContainsFunc(w.OneOf, func(x any) bool { return same(typ, x, v) }), true
	case w.Not != nil:
		return !same(typ, w.Not, v), true
	case len(w.Hosts) > 0:
		return hostIn(fmt.Sprint(v), w.Hosts), true
	case len(w.Lacks) > 0:
		return !hasAny(v, w.Lacks), true
	case w.AtLeast != nil:
		n, isNumber := v.(float64)
		return isNumber && n >= *w.AtLeast, isNumber
	}
	return false, false
}

func same(typ string, want, have any) bool {
	w, ok := Coerce(typ, want)
	if !ok {
		return false
	}
	if a, isList := w.([]string); isList {
		b, _ := have.([]string)
		return slices.Equal(a, b)
	}
	return w == have
}

// HostOf is the host a URL or host[:port] names, in lower case.
func HostOf(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "//" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// hostIn says whether a host is one of the hosts or below one.
func hostIn(s string, hosts []string) bool { return UnderHost(HostOf(s), hosts) != "" }

// UnderHost is the first of hosts that host equals or lies below, or "".
func UnderHost(host string, hosts []string) string {
	for _, h := range hosts {
		if host == h || strings.HasSuffix(host, "."+h) {
			return h
		}
	}
	return ""
}

func hasAny(v any, words []string) bool {
	list, ok := v.([]string)
	if !ok {
		list = []string{fmt.Sprint(v)}
	}
	return slices.ContainsFunc(list, func(item string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(item, w) })
	})
}

// Reveal is what may be carried on of a raw value: a yes or no, a number, the
// words a page speaks of, a host. Anything else could be a secret and becomes
// Other. false means that the value is not of its type.
func (s *Setting) Reveal(place int, raw any) (any, bool) {
	typ, want := s.TypeAt(place), s.WantAt(place)
	v, ok := Coerce(typ, raw)
	if !ok {
		return nil, want.Absent
	}
	switch v := v.(type) {
	case bool, float64:
		return v, true
	case string:
		return s.revealText(want, v), true
	case []string:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = fmt.Sprint(s.revealText(want, item))
		}
		return slices.Compact(out), true
	}
	return Other, true
}

func (s *Setting) revealText(want *Want, v string) any {
	switch {
	case v == "":
		return ""
	case len(want.Hosts) > 0:
		if h := UnderHost(HostOf(v), want.Hosts); h != "" {
			return h
		}
		return Other
	case len(want.Lacks) > 0:
		for _, w := range want.Lacks {
			if strings.Contains(v, w) {
				return w
			}
		}
		return Other
	case slices.ContainsFunc(s.knownWords(want), func(w string) bool { return w == v }):
		return v
	}
	return Other
}

// knownWords are the values a page itself writes.
func (s *Setting) knownWords(want *Want) []string {
	words := []any{want.Is, want.Not}
	words = append(words, want.OneOf...)
	for _, d := range s.Defaults {
		words = append(words, d.Value)
	}
	var out []string
	for _, w := range words {
		switch w := w.(type) {
		case nil:
		case []any:
			for _, x := range w {
				out = append(out, fmt.Sprint(x))
			}
		default:
			out = append(out, fmt.Sprint(w))
		}
	}
	return out
}

// Matches says whether an entry of Windows' Uninstall keys is the client's.
func (u *Uninstall) Matches(key, name, publisher string) bool {
	if len(u.Publishers) > 0 && !MatchesAny(u.Publishers, publisher) {
		return false
	}
	return slices.ContainsFunc(u.Keys, func(k string) bool { return strings.EqualFold(k, key) }) ||
		MatchesAny(u.Names, name)
}

// MatchesAny compares with exact names and, where one ends in "*", beginnings.
func MatchesAny(names []string, s string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		if rest, ok := strings.CutSuffix(n, "*"); ok {
			return strings.HasPrefix(s, rest)
		}
		return n == s
	})
}

// Words writes what is asked for in the notation of pages: "false", "not 0".
func (w *Want) Words() string {
	switch {
	case w.Is != nil:
		return fmt.Sprint(w.Is)
	case len(w.OneOf) > 0:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(w.OneOf), " ", " | "), "[]")
	case w.Not != nil:
		return "≠ " + fmt.Sprint(w.Not)
	case len(w.Hosts) > 0:
		return strings.Join(w.Hosts, " | ")
	case len(w.Lacks) > 0:
		return "∌ " + strings.Join(w.Lacks, ", ")
	case w.AtLeast != nil:
		return "≥ " + fmt.Sprint(*w.AtLeast)
	}
	return "∅"
}
