package message

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed active.*.json
var files embed.FS

// Printer puts messages into words in one language. A sentence that the
// language lacks is said in English, which is complete.
type Printer struct {
	lang      string
	localizer *i18n.Localizer
	own       map[string]bool // ids the language has
	catalogue map[string]string
}

// NewPrinter makes a printer. lang is a tag such as "de" or "hi-IN"; catalogue
// holds the English texts of the catalogue's pages by their ids.
func NewPrinter(lang string, catalogue map[string]string) *Printer {
	return load(files, lang, catalogue)
}

// load makes a printer from a folder of languages; "active.en.json" is there.
func load(fsys fs.FS, lang string, catalogue map[string]string) *Printer {
	bundle := i18n.NewBundle(language.English)
	p := &Printer{lang: "en", own: map[string]bool{}, catalogue: catalogue}
	addLanguage(bundle, fsys, "en")
	tag, err := language.Parse(lang)
	if err != nil {
		tag = language.English
	}
	for _, name := range []string{tag.String(), base(tag)} {
		if ids := addLanguage(bundle, fsys, name); name != "en" && ids != nil {
			p.lang = name
			for _, id := range ids {
				p.own[id] = true
			}
			break
		}
	}
	p.localizer = i18n.NewLocalizer(bundle, p.lang, "en")
	return p
}

func base(tag language.Tag) string {
	b, _ := tag.Base()
	return b.String()
}

// addLanguage loads a language's file and lists its ids; nil where there is none.
func addLanguage(bundle *i18n.Bundle, fsys fs.FS, name string) []string {
	data, err := fs.ReadFile(fsys, "active."+name+".json")
	if err != nil {
		return nil
	}
	f, err := bundle.ParseMessageFileBytes(data, "active."+name+".json")
	if err != nil {
		panic(fmt.Sprintf("the sentences built in for %s cannot be read: %v", name, err))
	}
	ids := make([]string, len(f.Messages))
	for i, m := range f.Messages {
		ids[i] = m.ID
	}
	return ids
}

// Language is the tag of the language that is spoken.
func (p *Printer) Language() string { return p.lang }

// Text puts a message into words. It is never empty and never fails: an id that
// nobody knows is shown as it is.
func (p *Printer) Text(m Message) string {
	if text, ok := p.catalogue[m.ID]; ok && !p.own[m.ID] {
		return text
	}
	config := &i18n.LocalizeConfig{MessageID: m.ID, TemplateData: p.words(m.Args)}
	if n, ok := m.Args["count"]; ok {
		config.PluralCount = fmt.Sprint(n)
	}
	text, err := p.localizer.Localize(config)
	if err != nil || text == "" {
		return m.ID
	}
	return text
}

// words turns arguments into what a sentence can hold.
func (p *Printer) words(args map[string]any) map[string]any {
	out := make(map[string]any, len(args))
	for k, v := range args {
		out[k] = p.word(v)
	}
	return out
}

func (p *Printer) word(v any) any {
	switch v := v.(type) {
	case Message:
		return p.Text(v)
	case *Message:
		return p.Text(*v)
	case []string:
		return strings.Join(v, ", ")
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = fmt.Sprint(p.word(v[i]))
		}
		return strings.Join(parts, ", ")
	case map[string]any: // a Message that went through JSON
		if m, ok := fromJSON(v); ok {
			return p.Text(m)
		}
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}

func fromJSON(v map[string]any) (Message, bool) {
	data, err := json.Marshal(v)
	if err != nil {
		return Message{}, false
	}
	var m Message
	return m, json.Unmarshal(data, &m) == nil && m.ID != ""
}

// FromEnvironment is the language the environment asks for, as POSIX orders
// its variables. "C" and "POSIX" mean English.
func FromEnvironment(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := getenv(name)
		if v == "" {
			continue
		}
		v, _, _ = strings.Cut(v, ".")
		v, _, _ = strings.Cut(v, "@")
		if v == "C" || v == "POSIX" {
			return "en"
		}
		return strings.ReplaceAll(v, "_", "-")
	}
	return "en"
}

// Languages lists the tags of the languages that are built in.
func Languages() []string {
	names, err := fs.Glob(files, "active.*.json")
	if err != nil {
		return nil
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(n, "active."), ".json")
	}
	sort.Strings(names)
	return names
}
