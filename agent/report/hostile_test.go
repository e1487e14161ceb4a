package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	decided "huddleguard/checks/policy"
)

// nasty is what a host can put into a name: escape sequences, C1 controls, bidi
// overrides and isolates, things that are not drawn, line ends, markup, a
// template, letters under a heap of marks, bytes that are no text.
const nasty = "\x1b]0;owned\x07\x1b[2J\u009b31m\r\n\x00\x7f\u202egnp.exe\u2066x\u2069\u200bz\u200d\u2028\ufeff\U000e0041" +
	"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;b&gt; javascript:alert(1) {{.}} =cmd|' /C calc'!A0" +
	"a\u0301\u0301\u0301\u0301\u0301\u0301\xff\xfe</style><style>*{display:none}"

// hostile is a report in which the host wrote nasty wherever it has a word.
func hostile(text string) Report {
	set := fact.Set{
		Schema: fact.Schema, Taken: taken, Scope: fact.Scope{Live: true, Users: text},
		Host: fact.Host{OS: fact.OS(text), OSVersion: text, Name: text},
		Installations: []fact.Installation{
			{ID: text, Client: "zoom", Edition: text, Name: text, Packaging: fact.Packaging(text), User: text, Path: text,
				Versions: []fact.Version{{Raw: text, Where: text}}, Running: fact.Tri(text), InCall: fact.Tri(text)},
			{ID: text + "2", Client: text, Name: text},
		},
		Unreadable: []fact.Unreadable{{Client: text, User: text, What: text, Why: text}},
	}
	nested := message.New("setting.weak", "title", message.New("update.by", "who", text), "value", text, "where", []string{text, text})
	fromJSON := message.New("update.by", "who", map[string]any{"id": "update.by", "args": map[string]any{"who": []any{text}}})
	var findings []checks.Finding
	for _, o := range []checks.Outcome{checks.Fail, checks.Unknown, checks.Pass, checks.Waived, checks.NotApplicable, checks.Outcome(text)} {
		for _, m := range []message.Message{nested, fromJSON, message.New(text, text, text)} {
			findings = append(findings, checks.Finding{Key: text, ID: "zoom/" + text, Client: "zoom", Installation: text, User: text, Outcome: o,
				Basis: checks.Basis(text), Severity: checks.Severity(text), Message: m, Title: text + m.ID,
				Because:    []checks.Because{{What: text, Where: text, Value: text, State: fact.Present}, {What: text, Where: text, Value: text, State: fact.State(text)}},
				Waiver:     &checks.Waiver{By: text, Reason: text, Owner: text, Until: decided.Date(text), Message: nested, Text: text},
				Advisories: []string{text, text + " (by analogy)"},
				Remedies:   []checks.Remedy{{Kind: checks.RemedyKind(text), Message: nested, Text: text}}})
		}
	}
	return New(set, findings, known())
}

func TestHostileText(t *testing.T) {
	for _, o := range []TextOptions{{}, {Width: 40, Verbose: true}, {Width: 200, Verbose: true}} {
		var b bytes.Buffer
		if err := Text(&b, hostile(nasty), printer(t, "en"), o); err != nil {
			t.Fatal(err)
		}
		onlyDrawn(t, b.String())
		for i, line := range strings.Split(b.String(), "\n") {
			if o.Width > 0 && width(line) > min(o.Width, widest) {
				t.Errorf("width %d: line %d takes %d columns: %.100q", o.Width, i+1, width(line), line)
			}
		}
	}
}

// Colours are the only escape sequences a coloured report holds.
func TestHostileColor(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, hostile(nasty), printer(t, "en"), TextOptions{Width: 80, Color: true, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	onlyDrawn(t, regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(b.String(), ""))
}

// onlyDrawn wants line feeds and characters that are drawn, nothing else.
func onlyDrawn(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Error("the output is not UTF-8")
	}
	for i, r := range s {
		if r != '\n' && !unicode.IsGraphic(r) {
			t.Errorf("byte %d is %U: …%q…", i, r, s[max(0, i-30):i])
			return
		}
	}
}

func TestHostileJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, hostile(nasty)); err != nil {
		t.Fatal(err)
	}
	onlyDrawn(t, b.String())
	var back Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(nasty, "\xff\xfe", "\ufffd\ufffd") // what is no text is replaced, byte by byte
	for _, got := range []string{back.Host.Name, back.Unreadable[0].Why, back.Findings[0].Because[0].Value} {
		if got != want {
			t.Errorf("it reads back as %q, want %q", got, want)
		}
	}
}

// TestHostileHTML parses the page and holds its shape against that of a page
// whose host wrote nothing but a plain word: data makes no element and no
// attribute.
func TestHostileHTML(t *testing.T) {
	render := func(text string) ([]string, string) {
		var b bytes.Buffer
		if err := HTML(&b, hostile(text), printer(t, "en")); err != nil {
			t.Fatal(err)
		}
		onlyDrawn(t, b.String())
		doc, err := html.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		return shape(doc), content(doc, "style")
	}
	plain, css := render("plain")
	got, gotCSS := render(nasty)
	if a, b := strings.Join(got, "\n"), strings.Join(plain, "\n"); a != b {
		t.Errorf("the page's shape depends on the host's words:\n%s", a)
	}
	if css != style || gotCSS != style {
		t.Error("the style is not what its hash in the policy was made from")
	}
}

// shape lists elements with their attributes, in order.
func shape(n *html.Node) []string {
	var out []string
	if n.Type == html.ElementNode {
		line := n.Data
		for _, a := range n.Attr {
			line += " " + a.Key + "=" + a.Val
		}
		out = append(out, line)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out = append(out, shape(c)...)
	}
	return out
}

// content is the text within the elements of a name.
func content(n *html.Node, name string) string {
	s := ""
	if n.Type == html.TextNode && n.Parent.Data == name {
		s = n.Data
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s += content(c, name)
	}
	return s
}

// Names of a megabyte do not make a report of megabytes.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("x/", 1<<19)
	for _, verbose := range []bool{false, true} {
		var text, page bytes.Buffer
		r := hostile(long)
		if err := Text(&text, r, printer(t, "en"), TextOptions{Width: 80, Verbose: verbose}); err != nil {
			t.Fatal(err)
		}
		if err := HTML(&page, r, printer(t, "en")); err != nil {
			t.Fatal(err)
		}
		if text.Len() > 70_000 || page.Len() > 120_000 {
			t.Errorf("text of %d bytes, page of %d", text.Len(), page.Len())
		}
		if !strings.Contains(text.String(), "…") {
			t.Error("what was cut does not say so")
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain name":                      "plain name",
		`C:\Users\nina\u0041`:             `C:\Users\nina\u0041`,
		"a\nb\tc":                         "a<U+000A>b<U+0009>c",
		"\x1b[31m":                        "<U+001B>[31m",
		"\u009b31m":                       "<U+009B>31m",
		"abc\u202ecba":                    "abc<U+202E>cba",
		"pass\u200dword":                  "pass<U+200D>word",
		"क्\u200dष":                       "क्\u200dष", // the joiner of Hindi
		"می\u200cخواهم":                   "می\u200cخواهم",
		"Ünï 你好 \U0001f600":               "Ünï 你好 \U0001f600",
		"a\xffb":                          "a\ufffdb",
		"a\u00a0\u3000b":                  "a  b",
		"\u3164":                          "<U+3164>",
		strings.Repeat("é", 200):          strings.Repeat("é", 200),
		strings.Repeat("é", 201):          strings.Repeat("é", 200) + "…",
		"e" + strings.Repeat("\u0301", 5): "e" + strings.Repeat("\u0301", 4) + "<U+0301>",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{nasty, "", "a b", strings.Repeat("你", 300), "\u0301\u0301 \u200d", strings.Repeat("a/", 200)} {
		f.Add(s, 40)
	}
	p := printer(f, "en")
	f.Fuzz(func(t *testing.T, s string, columns int) {
		columns = min(max(columns, narrowest), widest)
		var b bytes.Buffer
		if err := Text(&b, hostile(s), p, TextOptions{Width: columns, Verbose: true}); err != nil {
			t.Fatal(err)
		}
		onlyDrawn(t, b.String())
		for _, line := range strings.Split(b.String(), "\n") {
			if width(line) > columns {
				t.Fatalf("a line takes %d of %d columns: %.100q", width(line), columns, line)
			}
		}
	})
}
