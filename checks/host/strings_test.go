package host_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"huddleguard/agent/report"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/message"
)

// TestHostileStrings takes a host full of hostile strings through every
// renderer: a terminal must not be steered, a page not be given an element, and
// no output may grow with one name.
func TestHostileStrings(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	set, findings := judge(t, hosttest.Recorded(t, "testdata/hostile/strings.txtar"), cat, "")
	if len(set.Installations) == 0 || len(set.Facts) == 0 {
		t.Fatal("the host was not read")
	}
	rep := report.New(set, findings, cat)
	p := message.NewPrinter("en", cat.Texts())
	for _, width := range []int{0, 40, 80} {
		var text bytes.Buffer
		if err := report.Text(&text, rep, p, report.TextOptions{Width: width, Verbose: true}); err != nil {
			t.Fatal(err)
		}
		plainText(t, text.String())
	}
	var page bytes.Buffer
	if err := report.HTML(&page, rep, p); err != nil {
		t.Fatal(err)
	}
	plainPage(t, page.String())
	var data bytes.Buffer
	if err := report.JSON(&data, rep); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(data.Bytes()) {
		t.Error("the JSON is none")
	}
	plainText(t, strings.ReplaceAll(data.String(), strings.Repeat("A", 1000), ""))
}

func plainText(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Errorf("the output holds %U", r)
			return
		}
	}
	if len(s) > 300_000 {
		t.Errorf("the output has %d bytes", len(s))
	}
}

func plainPage(t *testing.T, s string) {
	t.Helper()
	plainText(t, s)
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if string(name) == "script" || string(name) == "b" || string(name) == "img" {
				t.Errorf("the page has an element %q", name)
			}
		}
	}
}
