package message

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

var catalogueTexts = map[string]string{
	"catalogue/zoom/telemetry/crash-reports/title": "Crash reports are not sent",
	"catalogue/odd/title":                          "Braces {{.x}} are text here",
}

func TestText(t *testing.T) {
	title := New("catalogue/zoom/telemetry/crash-reports/title")
	p := NewPrinter("en", catalogueTexts)
	for _, c := range []struct {
		name string
		msg  Message
		want string
	}{
		{"argument", New("version.form-good", "version", "6.6.11"), "The version is 6.6.11."},
		{"message as argument", New("setting.weak", "title", title, "value", true, "where", "zoomus.conf"),
			"Wanted: Crash reports are not sent. Found: true, in zoomus.conf."},
		{"catalogue text", title, "Crash reports are not sent"},
		{"catalogue text with braces", New("catalogue/odd/title"), "Braces {{.x}} are text here"},
		{"one", New("approval.few", "count", 1, "max", 2), "1 client is installed; your organisation allows 2."},
		{"several", New("approval.few", "count", 0, "max", 2), "0 clients are installed; your organisation allows 2."},
		{"list", New("version.witnesses-differ", "versions", []string{"1", "2"}), "This computer names different versions for one copy: 1, 2."},
		{"long list", New("version.witnesses-differ", "versions", []string{"1", "2", "3", "4", "5"}),
			"This computer names different versions for one copy: 1, 2, 3 and 2 more."},
		{"part left out", New("version.retired", "name", "Skype", "since", "2025-05-05", "replacement", ""),
			"Skype has not been maintained since 2025-05-05."},
		{"unknown id", New("setting.nonsense", "title", "x"), "setting.nonsense"},
		{"unknown catalogue id", New("catalogue/zoom/nothing/title"), "catalogue/zoom/nothing/title"},
		{"argument missing", New("version.form-good"), "version.form-good"},
		{"no id", Message{}, "?"},
		{"braces in an argument", New("version.form-good", "version", "{{.version}}"), "The version is {{.version}}."},
	} {
		if got := p.Text(c.msg); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A message that went through JSON reads the same.
func TestTextAfterJSON(t *testing.T) {
	p := NewPrinter("en", catalogueTexts)
	for _, m := range []Message{
		New("setting.weak", "title", New("catalogue/zoom/telemetry/crash-reports/title"), "value", "true", "where", "x"),
		New("approval.few", "count", 1, "max", 2),
		New("exposure.several-copies", "what", []string{"/opt/a", "/opt/b"}),
	} {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Message
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if got, want := p.Text(back), p.Text(m); got != want {
			t.Errorf("%s: got %q after JSON, want %q", m.ID, got, want)
		}
	}
}

func TestTextOfMessagesWithinThemselves(t *testing.T) {
	m := New("update.by", "who", "me")
	for range 100 {
		m = New("update.by", "who", m)
	}
	if got := NewPrinter("en", nil).Text(m); !strings.Contains(got, " ?") || len(got) > 400 {
		t.Errorf("got %q", got)
	}
}

func TestFallsBackSentenceBySentence(t *testing.T) {
	fsys := fstest.MapFS{
		"active.en.json": {Data: []byte(`{}`)},
		"active.de.json": {Data: []byte(`{"version.form-unread": "Die Version wurde nicht gefunden",
			"catalogue/zoom/telemetry/crash-reports/title": "Absturzberichte werden nicht gesendet",
			"approval.few": {"one": "{{.count}} Programm, erlaubt {{.max}}", "other": "{{.count}} Programme, erlaubt {{.max}}"}}`)},
	}
	p := newPrinter(fsys, "de-AT", catalogueTexts)
	if p.Language() != "de" {
		t.Fatalf("the language is %q, want de", p.Language())
	}
	for id, want := range map[string]string{
		"version.form-unread":                          "Die Version wurde nicht gefunden",
		"catalogue/zoom/telemetry/crash-reports/title": "Absturzberichte werden nicht gesendet",
		"origin.unsigned":                              "This copy carries no signature.",
		"catalogue/odd/title":                          "Braces {{.x}} are text here",
	} {
		if got := p.Text(New(id)); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
	if got := p.Text(New("approval.few", "count", 2, "max", 3)); got != "2 Programme, erlaubt 3" {
		t.Errorf("plural: got %q", got)
	}
	for _, lang := range []string{"fr", "", "C", "no such language", "en-GB", "../../etc/passwd"} {
		if got := newPrinter(fsys, lang, nil).Language(); got != "en" {
			t.Errorf("%q: the language is %q, want en", lang, got)
		}
	}
}

func TestPseudo(t *testing.T) {
	p := NewPrinter(Pseudo, catalogueTexts)
	got := p.Text(New("setting.weak", "title", New("catalogue/zoom/telemetry/crash-reports/title"), "value", "true", "where", "a.ini"))
	want := "⟦Ŵáñţéð: ⟦Çŕášĥ ŕéþöŕţš áŕé ñöţ šéñţ⟧. Ƒöúñð: true, îñ a.ini.⟧"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "en"},
		{map[string]string{"LANG": "C"}, "en"},
		{map[string]string{"LANG": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "POSIX"}, "en"},
		{map[string]string{"LANG": "de_DE.UTF-8"}, "de-DE"},
		{map[string]string{"LANG": "sr_RS@latin"}, "sr-RS"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_MESSAGES": "hi_IN.UTF-8"}, "hi-IN"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_MESSAGES": "hi_IN", "LC_ALL": "C"}, "en"},
		{map[string]string{"LANG": "de_DE", "LC_ALL": ""}, "de-DE"},
		{map[string]string{"LANG": "\x1b[31m/../.."}, "en"},
	} {
		if got := FromEnvironment(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: got %q, want %q", c.env, got, c.want)
		}
	}
}

// Every language's file is whole JSON, and says nothing English does not say.
func TestFiles(t *testing.T) {
	if len(english()) == 0 {
		t.Fatal("there is no English")
	}
	for _, lang := range Languages() {
		msgs := read(files, lang)
		if len(msgs) == 0 {
			t.Errorf("%s: the file cannot be read or is empty", lang)
		}
		for _, m := range msgs {
			if !knownIDs()[m.ID] && !strings.HasPrefix(m.ID, "catalogue/") {
				t.Errorf("%s: %s is not a sentence of the English file", lang, m.ID)
			}
			if m.Other == "" {
				t.Errorf("%s: %s has no text", lang, m.ID)
			}
		}
	}
}

func BenchmarkNewPrinter(b *testing.B) {
	for b.Loop() {
		bundle(read(files, "en"))
	}
}

func BenchmarkText(b *testing.B) {
	p := NewPrinter("en", catalogueTexts)
	m := New("setting.weak", "title", New("catalogue/zoom/telemetry/crash-reports/title"), "value", "true", "where", "a.ini")
	for b.Loop() {
		p.Text(m)
	}
}

// TestYesAndNo: an argument that is no leaves a text out.
func TestYesAndNo(t *testing.T) {
	p := NewPrinter("en", nil)
	for root, want := range map[bool]string{true: "Update N: c (with administrator rights)", false: "Update N: c"} {
		if got := p.Text(New("channel.run", "name", "N", "fixed", "", "command", "c", "root", root, "byhand", false)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
