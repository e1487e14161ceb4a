package edit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huddleguard/checks/fact"
)

// row is one change: what a file holds before, after Set and after Cut of what
// was before. A dash stands for a refusal.
type row struct {
	name   string
	at     fact.At
	before string
	raw    string
	set    string
	cut    string
}

const refused = "-"

func testRows(t *testing.T, store string, rows []row) {
	t.Helper()
	f := format(t, store)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			r.at.Store = store
			check := func(what, want string, got []byte, err error) {
				t.Helper()
				switch {
				case want == refused && err == nil:
					t.Errorf("%s was not refused: %q", what, got)
				case want != refused && (err != nil || string(got) != want):
					t.Errorf("%s: got  %q, %v\nwant %q", what, got, err, want)
				}
			}
			got, err := f.Set([]byte(r.before), r.at, []byte(r.raw))
			check("Set", r.set, got, err)
			got, err = f.Cut([]byte(r.before), r.at)
			check("Cut", r.cut, got, err)
		})
	}
}

func format(t testing.TB, store string) Format {
	t.Helper()
	f, ok := For(store)
	if !ok {
		t.Fatalf("there is no format %q", store)
	}
	return f
}

func TestFor(t *testing.T) {
	for _, store := range []string{"registry", "file", "portal", ""} {
		if _, ok := For(store); ok {
			t.Errorf("%q is edited as a file", store)
		}
	}
}

// findRow is what stands at a place.
type findRow struct {
	at      fact.At
	raw     string
	value   any
	present bool
}

func testFind(t *testing.T, store, text string, rows []findRow) {
	t.Helper()
	for _, r := range rows {
		raw, value, present, err := format(t, store).Find([]byte(text), r.at)
		if err != nil || string(raw) != r.raw || present != r.present || value != r.value {
			t.Errorf("%s: got %q, %#v, %v, %v; want %q, %#v, %v", r.at.Key, raw, value, present, err, r.raw, r.value, r.present)
		}
	}
}

// encodeRow is a value, what stands there, and how it is written.
type encodeRow struct {
	value any
	at    fact.At
	like  string
	want  string
}

func testEncode(t *testing.T, store string, rows []encodeRow) {
	t.Helper()
	for _, r := range rows {
		var like []byte
		if r.like != "" {
			like = []byte(r.like)
		}
		got, err := format(t, store).Encode(r.value, r.at, like)
		if r.want == refused {
			if err == nil {
				t.Errorf("%v like %q was not refused: %q", r.value, r.like, got)
			}
			continue
		}
		if err != nil || string(got) != r.want {
			t.Errorf("%v like %q: got %q, %v; want %q", r.value, r.like, got, err, r.want)
		}
	}
}

// TestBlank: a new file takes an entry and reads it.
func TestBlank(t *testing.T) {
	for store, want := range map[string]string{
		"ini":     "[s]\nk=true\n",
		"keyfile": "[s]\nk=true\n",
		"flatpak": "[s]\nk=true\n",
		"json":    "{\n  \"k\": true\n}\n",
		"yaml":    "k: true\n",
		"plist":   strings.Replace(string(plistFiles{}.Blank()), "<dict/>", "<dict>\n\t<key>k</key>\n\t<true/>\n</dict>", 1),
	} {
		f := format(t, store)
		at := fact.At{Store: store, Section: "s", Key: "k"}
		raw, err := f.Encode(true, at, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Set(f.Blank(), at, raw); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", store, got, err, want)
		}
	}
}

// TestRefuses: what a reader refuses is never edited, and no error says what
// stands there.
func TestRefuses(t *testing.T) {
	for store, texts := range map[string][]string{
		"ini":     {"[General\nsecret=1\n", "secret\n", "secret=1\x002\n"},
		"keyfile": {"secret=1\n", "[Context]\nsecret\n"},
		"plist":   {"<plist><dict><key>secret</key></dict></plist>", "bplist00secret", "<plist><array/></plist>"},
		"yaml":    {"secret: [", "a: &secret 1\nb: *secret\n", "a: 1\n---\nsecret: 1\n", "- secret\n", "", "secret: 1\nsecret: 2\n"},
		"json":    {`{"secret": 1`, `{"secret": 1} 2`, `{"secret": secret}`, "", strings.Repeat("[", 1<<20)},
	} {
		f := format(t, store)
		for _, text := range texts {
			at := fact.At{Store: store, Section: "General", Key: "k"}
			_, _, _, findErr := f.Find([]byte(text), at)
			_, setErr := f.Set([]byte(text), at, []byte("1"))
			_, cutErr := f.Cut([]byte(text), at)
			for _, err := range []error{findErr, setErr, cutErr} {
				if err == nil || strings.Contains(err.Error(), "secret") {
					t.Errorf("%s %.20q: got %v", store, text, err)
				}
			}
		}
	}
}

// TestInjection: neither a name nor a value brings in another entry.
func TestInjection(t *testing.T) {
	for _, c := range []struct{ store, text, section, key, raw string }{
		{"ini", "[a]\nk=1\n", "a", "k", "1\nother=2"},
		{"ini", "[a]\nk=1\n", "a", "k", " 1"},
		{"ini", "[a]\nk=1\n", "a", "x=1\ny", "1"},
		{"ini", "[a]\nk=1\n", "a", "x=", "1"},
		{"ini", "[a]\nk=1\n", "a", ";x", "1"},
		{"ini", "[a]\nk=1\n", "b]\n[c", "x", "1"},
		{"ini", "[a]\nk=1\n", "a", "", "1"},
		{"keyfile", "[a]\nk=1\n", "a", "k", "1\nother=2"},
		{"keyfile", "[a]\nk=1\n", "a", "#k", "1"},
		{"keyfile", "[a]\nk=1\n", "", "k", "1"},
		{"yaml", "k: 1\n", "", "k", "1\nother: 2"},
		{"yaml", "k: 1\n", "", "k", "1 # c"},
		{"yaml", "k: 1\n", "", "k", "{a: 1}"},
		{"yaml", "k: 1\n", "", "k", ""},
		{"yaml", "k: 1\n", "", "x", "&a 1"},
		{"yaml", "o: {k: 1}\n", "", "o.k", "1, l: 2"},
		{"plist", "<plist><dict/></plist>", "", "k", "<true/><key>other</key><true/>"},
		{"plist", "<plist><dict/></plist>", "", "k", "<true/></dict><dict>"},
		{"plist", "<plist><dict/></plist>", "", "k", ""},
		{"plist", "<plist><dict/></plist>", "", "k", "<fish/>"},
		{"plist", "<plist><dict/></plist>", "", "\x01", "<true/>"},
		{"json", `{"k": 1}`, "", "k", `1, "other": 2`},
		{"json", `{"k": 1}`, "", "k", `1}`},
		{"json", `{"k": 1}`, "", "k", ``},
		{"json", `{"k": 1}`, "", "x", ` 1`},
		{"json", `{"k": 1}`, "", "x", `{"x"`},
	} {
		at := fact.At{Store: c.store, Section: c.section, Key: c.key}
		if got, err := format(t, c.store).Set([]byte(c.text), at, []byte(c.raw)); !errors.Is(err, ErrUnsafe) {
			t.Errorf("%s %q = %q: got %q, %v", c.store, c.key, c.raw, got, err)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRealFiles changes one value of files that programs wrote, and nothing
// else of them.
func TestRealFiles(t *testing.T) {
	for _, c := range []struct{ store, file, section, key, item, old, raw, new string }{
		{"ini", "../ini/testdata/Mumble.conf", "ui", "usage", "", "\nusage=false\n", "true", "\nusage=true\n"},
		{"ini", "../ini/testdata/Mumble.conf", "privacy", "hideos", "", "\nhideos=true\n", "false", "\nhideos=false\n"},
		{"ini", "../ini/testdata/linphonerc", "sip", "media_encryption", "", "\nmedia_encryption=none\n", "zrtp", "\nmedia_encryption=zrtp\n"},
		{"ini", "../ini/testdata/linphonerc", "sip", "media_encryption_mandatory", "", "LinphoneCore/5.1.65\n", "1", "LinphoneCore/5.1.65\nmedia_encryption_mandatory=1\n"},
		{"flatpak", "../keyfile/testdata/override", "Context", "devices", "all", "\ndevices=!all;\n", "all", "\ndevices=all;\n"},
		{"flatpak", "../keyfile/testdata/override", "Context", "sockets", "pulseaudio", "\nsockets=!x11;\n", "!pulseaudio", "\nsockets=!x11;!pulseaudio;\n"},
		{"json", "../jsonv/testdata/Preferences", "", "profile.block_third_party_cookies", "", "", "true", ""},
		{"json", "../jsonv/testdata/Preferences", "", `profile.content_settings.exceptions.media_stream_mic.https://meet\.google\.com:443,*.setting`, "", "0\",\n      \"setting\": 2", "1", "0\",\n      \"setting\": 1"},
		{"yaml", "testdata/dring.yml", "", "audio.alwaysRecording", "", "  alwaysRecording: false\n", "true", "  alwaysRecording: true\n"},
		{"yaml", "testdata/dring.yml", "", "plugins.pluginsEnabled", "", "  pluginsEnabled: false\n", "true", "  pluginsEnabled: true\n"},
		{"yaml", "testdata/dring.yml", "", "plugins.new", "", "  loadedPlugins:\n    []", "true", "  loadedPlugins:\n    []\n  new: true"},
		{"plist", "../plist/testdata/values.xml.plist", "", "PackageRecommend.ZDisableVideo", "", "<key>ZDisableVideo</key>\n\t\t<true/>", "<false/>", "<key>ZDisableVideo</key>\n\t\t<false/>"},
		{"plist", "../plist/testdata/values.xml.plist", "", "ZAutoUpdate", "", "<key>ZAutoUpdate</key>\n\t<true/>", "<integer>0</integer>", "<key>ZAutoUpdate</key>\n\t<integer>0</integer>"},
		{"plist", "../plist/testdata/values.binary.plist", "", "PackageRecommend.ZDisableVideo", "", "", "<false/>", ""},
		{"plist", "../plist/testdata/values.binary.plist", "", "off", "", "", "<true/>", ""},
		{"plist", "../plist/testdata/values.binary.plist", "", "text", "", "", "<string>\u00fc</string>", ""},
		{"plist", "../plist/testdata/values.binary.plist", "", "newone", "", "", "<array><string>a</string><integer>23</integer></array>", ""},
	} {
		before := read(t, c.file)
		at := fact.At{Store: c.store, Section: c.section, Key: c.key, Item: c.item}
		f := format(t, c.store)
		after, err := f.Set(before, at, []byte(c.raw))
		if err != nil {
			t.Errorf("%s %s: %v", c.file, c.key, err)
			continue
		}
		if c.old != "" && !bytes.Equal(after, bytes.Replace(before, []byte(c.old), []byte(c.new), 1)) {
			t.Errorf("%s %s: more was changed, or less: %q", c.file, c.key, after)
		}
		back := undo(t, f, before, after, at)
		if !bytes.Equal(back, before) {
			t.Errorf("%s %s: the way back gives other bytes", c.file, c.key)
		}
	}
}

// undo takes a change back by its key.
func undo(t *testing.T, f Format, before, after []byte, at fact.At) []byte {
	t.Helper()
	raw, _, _, err := f.Find(before, at)
	if err != nil {
		t.Fatal(err)
	}
	var back []byte
	if raw == nil {
		back, err = f.Cut(after, at)
	} else {
		back, err = f.Set(after, at, raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}
