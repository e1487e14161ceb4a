package message

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fields are the arguments a text names: {{.title}}, {{if .user}}.
var fields = regexp.MustCompile(`\.[a-z_]+`)

var actions = regexp.MustCompile(`\{\{[^}]*\}\}`)

func fieldsOf(text string) []string {
	var all []string
	for _, action := range actions.FindAllString(text, -1) {
		all = append(all, fields.FindAllString(action, -1)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// forms are the texts of an id: one, or one for each plural form.
func forms(t *testing.T, raw json.RawMessage) map[string]string {
	t.Helper()
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return map[string]string{"": one}
	}
	many := map[string]string{}
	if err := json.Unmarshal(raw, &many); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return many
}

func texts(t *testing.T, lang string) map[string]json.RawMessage {
	t.Helper()
	data, err := files.ReadFile("active." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLanguages holds every language against the English one: no sentence is
// missing, none is left over, and each names the arguments that the English one
// names, so that nothing a reader has to know is lost. (The catalogue's texts
// are held against the pages in checks/catalogue.)
func TestLanguages(t *testing.T) {
	english := texts(t, "en")
	for _, lang := range Languages() {
		if lang == "en" {
			continue
		}
		have := texts(t, lang)
		for id := range english {
			if have[id] == nil {
				t.Errorf("%s: %s is missing", lang, id)
			}
		}
		for id, raw := range have {
			if strings.HasPrefix(id, "catalogue/") {
				continue
			}
			if english[id] == nil {
				t.Errorf("%s: there is no text %s in English", lang, id)
				continue
			}
			wanted := fieldsOf(string(english[id]))
			if got := fieldsOf(string(raw)); !slices.Equal(got, wanted) {
				t.Errorf("%s: %s names %v, the English text %v", lang, id, got, wanted)
			}
			for form, text := range forms(t, raw) {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s: %s %s is empty", lang, id, form)
				}
			}
		}
	}
}

// TestLanguagesSpeak puts every text of every language into words: a template
// that cannot be read would show the bare id.
func TestLanguagesSpeak(t *testing.T) {
	for _, lang := range Languages() {
		p := NewPrinter(lang, nil)
		for id, raw := range texts(t, lang) {
			if strings.HasPrefix(id, "catalogue/") {
				continue
			}
			numbers, words := Message{ID: id, Args: map[string]any{}}, Message{ID: id, Args: map[string]any{}}
			for _, f := range fieldsOf(string(raw)) {
				numbers.Args[f[1:]], words.Args[f[1:]] = 2, "x"
			}
			words.Args["count"] = 2
			got := p.Text(numbers)
			if got == id { // some arguments are compared with words
				got = p.Text(words)
			}
			if got == id || strings.Contains(got, "<no value>") || strings.Contains(got, "{{") {
				t.Errorf("%s: %s says %q", lang, id, got)
			}
		}
	}
}
