package message

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed active.*.json
var files embed.FS

// Pseudo is English made strange: every letter carries an accent and every
// sentence stands in brackets. Text that shows up plain in it was not made from
// an id and cannot be translated.
const Pseudo = "en-x-pseudo"

// Printer puts messages into words in one language. What the language lacks is
// said in English, sentence by sentence. A Printer can be used by several
// goroutines at once.
type Printer struct {
	lang   string
	local  *i18n.Localizer
	known  map[string]bool // ids of the English file
	extra  map[string]string
	pseudo bool
}

// english is the English file, read when the first sentence is needed.
var english = sync.OnceValue(func() []*i18n.Message { return read(files, "en") })

// englishBundle is shared by all English printers, and so are its templates,
// each of which is parsed when it is first used.
var englishBundle = sync.OnceValue(func() *i18n.Bundle { return bundle(english()) })

var knownIDs = sync.OnceValue(func() map[string]bool {
	ids := map[string]bool{}
	for _, m := range english() {
		ids[m.ID] = true
	}
	return ids
})

// Known says whether there is a text of this id.
func Known(id string) bool { return knownIDs()[id] }

// NewPrinter makes a printer for a language tag ("de", "pt-BR", Pseudo); a
// language that is not there is English. extra are English texts by id that
// come from elsewhere: the catalogue's. They are shown as they are, without
// arguments, where the language has no translation of them.
func NewPrinter(lang string, extra map[string]string) *Printer {
	return newPrinter(files, lang, extra)
}

func newPrinter(fsys fs.FS, lang string, extra map[string]string) *Printer {
	p := &Printer{lang: "en", known: knownIDs(), extra: extra}
	if lang == Pseudo {
		p.lang, p.pseudo = Pseudo, true
		p.local = i18n.NewLocalizer(bundle(pseudoMessages(english())), "en")
		return p
	}
	p.lang = match(fsys, lang)
	b := englishBundle()
	if p.lang != "en" {
		b = bundle(english())
		// A tag that match returned is one of a file's name; a bundle that
		// cannot take its messages stays English.
		_ = b.AddMessages(language.Make(p.lang), read(fsys, p.lang)...)
	}
	p.local = i18n.NewLocalizer(b, p.lang)
	return p
}

func bundle(msgs []*i18n.Message) *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.MustAddMessages(language.English, msgs...) // English has plural rules
	return b
}

// read reads one language's file. A file that cannot be read has no messages:
// the languages are embedded and tests read every one of them.
func read(fsys fs.FS, lang string) []*i18n.Message {
	name := "active." + lang + ".json"
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil
	}
	f, err := i18n.ParseMessageFileBytes(data, name, nil)
	if err != nil {
		return nil
	}
	return f.Messages
}

// Languages lists the tags of the languages there are, in order.
func Languages() []string { return languages(files) }

func languages(fsys fs.FS) []string {
	names, _ := fs.Glob(fsys, "active.*.json") // the pattern is well-formed
	var tags []string
	for _, n := range names {
		tags = append(tags, strings.TrimSuffix(strings.TrimPrefix(n, "active."), ".json"))
	}
	slices.Sort(tags)
	return tags
}

// match finds the language of ours that serves a reader of lang.
func match(fsys fs.FS, lang string) string {
	tags := languages(fsys)
	if slices.Contains(tags, lang) {
		return lang
	}
	want, err := language.Parse(lang)
	if err != nil || len(tags) < 2 {
		return "en"
	}
	have := []language.Tag{language.English} // the first is what is taken when none serves
	for _, t := range tags {
		have = append(have, language.Make(t))
	}
	_, i, _ := language.NewMatcher(have).Match(want)
	return have[i].String()
}

// FromEnvironment is the language a POSIX environment asks for: the first of
// LC_ALL, LC_MESSAGES and LANG that is set. C and POSIX ask for English.
func FromEnvironment(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := getenv(name)
		if v == "" {
			continue
		}
		v, _, _ = strings.Cut(v, ".")
		v, _, _ = strings.Cut(v, "@")
		tag, err := language.Parse(strings.ReplaceAll(v, "_", "-"))
		if err != nil || v == "C" || v == "POSIX" {
			return "en"
		}
		return tag.String()
	}
	return "en"
}

// Language is the tag of the language sentences are in, as HTML wants it.
func (p *Printer) Language() string { return p.lang }

// Has says whether there is a text for an id.
func (p *Printer) Has(id string) bool { return p.known[id] || p.extra[id] != "" }

// Text puts a message into words. It never fails and never returns "": an id
// without a text is shown itself.
func (p *Printer) Text(m Message) string { return p.text(m, 0) }

// maxDepth bounds messages within messages, which can come from a file.
const maxDepth = 8

// templates reads texts with arguments; an argument that is not there is an error, and the
// id is then shown.
var templates = &template.TextParser{Option: "missingkey=error"}

func (p *Printer) text(m Message, depth int) string {
	if m.ID == "" || depth > maxDepth {
		return "?"
	}
	if p.known[m.ID] || p.translated() {
		if s := p.localized(m, depth); s != "" {
			return s
		}
	}
	if s := p.extra[m.ID]; s != "" {
		if p.pseudo {
			return pseudo(s)
		}
		return s
	}
	return m.ID
}

// translated says whether texts can stand in a file besides the English one.
func (p *Printer) translated() bool { return !p.pseudo && p.lang != "en" }

// localized is the text of a message's language or of the English file, or "".
func (p *Printer) localized(m Message, depth int) string {
	data := make(map[string]any, len(m.Args))
	for k, v := range m.Args {
		data[k] = p.word(v, depth)
	}
	c := i18n.LocalizeConfig{MessageID: m.ID, TemplateData: data, TemplateParser: templates}
	if n, ok := data["count"].(int); ok {
		c.PluralCount = n
	}
	// Localize errs where it falls back to English, and gives the text all the same.
	s, _ := p.local.Localize(&c)
	return s
}

// word turns an argument into what a template takes: a string, an int or a bool.
func (p *Printer) word(v any, depth int) any {
	switch v := v.(type) {
	case string, int, bool:
		return v
	case float64: // a number that came through JSON
		if v == float64(int(v)) {
			return int(v)
		}
	case Message:
		return p.text(v, depth+1)
	case *Message:
		if v != nil {
			return p.text(*v, depth+1)
		}
		return ""
	case map[string]any: // a Message that came through JSON
		id, _ := v["id"].(string)
		args, _ := v["args"].(map[string]any)
		return p.text(Message{ID: id, Args: args}, depth+1)
	case []string:
		return listed(p, v, depth)
	case []any:
		return listed(p, v, depth)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// maxListed is how many items of a list a sentence names.
const maxListed = 4

func listed[T any](p *Printer, items []T, depth int) string {
	shown := items
	if len(items) > maxListed {
		shown = items[:maxListed-1]
	}
	parts := make([]string, len(shown))
	for i := range shown {
		parts[i] = fmt.Sprint(p.word(shown[i], depth+1))
	}
	list := strings.Join(parts, p.text(Message{ID: "list.separator"}, depth+1))
	if more := len(items) - len(shown); more > 0 {
		return p.text(New("list.more", "list", list, "count", more), depth+1)
	}
	return list
}
