package report

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// TestNothingIsSaidByHand renders a whole report in the pseudo-language, where
// every sentence that has an id wears accents. Plain letters that are left once
// the host's own words are taken out were put together by hand, and no
// translation would reach them.
func TestNothingIsSaidByHand(t *testing.T) {
	empty := New(fact.Set{Host: fact.Host{OS: fact.MacOS}, Unreadable: sampleSet().Unreadable}, nil, known())
	for _, r := range []Report{sample(), empty} {
		p := printer(t, message.Pseudo)
		for _, o := range []TextOptions{{}, {Verbose: true}} {
			var b bytes.Buffer
			if err := Text(&b, r, p, o); err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(b.String(), "\n") {
				plainLetters(t, "text", line, r)
			}
		}
		var b bytes.Buffer
		if err := HTML(&b, r, p); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spoken(doc) {
			plainLetters(t, "page", s, r)
		}
	}
}

// spoken lists what a page shows or has read out.
func spoken(n *html.Node) []string {
	var out []string
	if n.Type == html.TextNode && n.Parent.Data != "style" {
		out = append(out, n.Data)
	}
	for _, a := range n.Attr {
		if a.Key == "aria-label" || a.Key == "title" || a.Key == "alt" {
			out = append(out, a.Val)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out = append(out, spoken(c)...)
	}
	return out
}

func plainLetters(t *testing.T, where, s string, r Report) {
	t.Helper()
	left := s
	for _, a := range arguments(r) {
		left = strings.ReplaceAll(left, a, "")
	}
	if strings.ContainsFunc(left, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }) {
		t.Errorf("%s: %q is not made from an id", where, s)
	}
}

// arguments are a report's words that no language changes, the longest first.
func arguments(r Report) []string {
	out := []string{"huddleguard explain ", r.Host.Name, r.Host.OSVersion, "snap"}
	for _, in := range r.Installations {
		out = append(out, in.Name, in.Path, in.User, in.Version.Raw)
	}
	for _, u := range r.Unreadable {
		out = append(out, u.What, u.User, u.Why)
	}
	for _, f := range r.Findings {
		if f.Waiver != nil {
			out = append(out, f.Waiver.Reason, f.Waiver.Owner, string(f.Waiver.Until))
		}
		out = append(out, f.ID)
		for _, b := range f.Because {
			out = append(out, b.Where, b.Value)
		}
		for _, a := range f.Advisories {
			out = append(out, strings.TrimSuffix(a, byAnalogy))
		}
		out = append(out, argumentsOf(f.Message)...)
		for _, rem := range f.Remedies {
			out = append(out, argumentsOf(rem.Message)...)
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool { return s == "" })
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return out
}

func argumentsOf(m message.Message) []string {
	var out []string
	for _, v := range m.Args {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []string:
			out = append(out, v...)
		}
	}
	return out
}

// Every value the program itself makes has a word.
func TestEveryValueHasAWord(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	p := message.NewPrinter("en", cat.Texts())
	var ids []string
	for _, s := range checks.Severities {
		ids = append(ids, "severity."+string(s))
	}
	for _, o := range []checks.Outcome{checks.Pass, checks.Unknown, checks.NotApplicable, checks.Waived} {
		ids = append(ids, "outcome."+string(o))
	}
	for _, s := range []fact.State{fact.Present, fact.Absent, fact.Hidden} {
		ids = append(ids, "state."+string(s))
	}
	for _, s := range []fact.OS{fact.Linux, fact.Windows, fact.MacOS} {
		ids = append(ids, "system."+string(s))
	}
	for _, k := range []fact.Packaging{fact.Deb, fact.RPM, fact.Flatpak, fact.Snap, fact.AppImage, fact.Files, fact.EXE, fact.MSI,
		fact.MSIX, fact.Squirrel, fact.Bundle, fact.AppStore, fact.PWA, fact.Site} {
		ids = append(ids, "packaging."+string(k))
	}
	for _, u := range []catalogue.Updates{catalogue.UpdatesOwn, catalogue.UpdatesManager, catalogue.UpdatesStore, catalogue.UpdatesBrowser} {
		ids = append(ids, "update.by-"+string(u))
	}
	for _, c := range cat.Checks {
		if thing, ok := strings.CutPrefix(c.ID, "exposure/"); ok {
			ids = append(ids, "exposure."+thing)
		}
	}
	for _, id := range ids {
		if !p.Has(id) {
			t.Errorf("%s: there is no word for it in active.en.json", id)
		}
	}
}

// Whoever does not see colours reads the same.
func TestContrast(t *testing.T) {
	light, rest, _ := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	dark, rest, _ := strings.Cut(rest, "* { box-sizing")
	_, print, _ := strings.Cut(rest, "@media print")
	for name, css := range map[string]string{"light": light, "dark": dark, "print": print} {
		c := colours(css)
		pairs := [][2]string{{"ink", "paper"}, {"ink", "card"}, {"soft", "paper"}, {"soft", "card"}, {"link", "paper"}, {"link", "card"}, {"good", "card"}}
		for _, mood := range []string{"bad", "warn", "unsure", "note", "good"} {
			pairs = append(pairs, [2]string{mood, mood + "-bg"})
		}
		for _, p := range pairs {
			// WCAG 2.2, 1.4.3: text has at least 4.5 to 1.
			if got := contrast(c[p[0]], c[p[1]]); !(got >= 4.5) {
				t.Errorf("%s: %s on %s has a contrast of %.2f, and 4.5 is the least", name, p[0], p[1], got)
			}
		}
	}
}

// colours reads the custom properties of a piece of CSS.
func colours(css string) map[string]string {
	out := map[string]string{}
	for _, d := range strings.FieldsFunc(css, func(r rune) bool { return strings.ContainsRune(";{}\n", r) }) {
		name, value, _ := strings.Cut(strings.TrimSpace(d), ": ")
		if name, ok := strings.CutPrefix(name, "--"); ok {
			out[name] = value
		}
	}
	return out
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is that of WCAG 2.2 for #rgb or #rrggbb.
func luminance(c string) float64 {
	if len(c) == 4 {
		c = "#" + strings.Repeat(c[1:2], 2) + strings.Repeat(c[2:3], 2) + strings.Repeat(c[3:4], 2)
	}
	var rgb [3]int
	if _, err := fmt.Sscanf(c, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return math.NaN() // a colour that is missing has no contrast to anything
	}
	var lin [3]float64
	for i, v := range rgb {
		x := float64(v) / 255
		if x <= 0.04045 {
			lin[i] = x / 12.92
		} else {
			lin[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*lin[0] + 0.7152*lin[1] + 0.0722*lin[2]
}
