package ini

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func parse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// zoomus has the forms that ~/.config/zoomus.conf and Zoom.us.ini were seen in.
const zoomus = "\ufeff; written by hand\r\n" +
	"early=1\r\n" +
	"\r\n" +
	"[General]\r\n" +
	"conf.crash.enable.auto.uploaddumps=true\r\n" +
	"  blockUntrustedSSLCert = false \r\n" +
	"YWJjZGVm%23epoch=1700000000\r\n" +
	"caf%U00E9=ok\r\n" +
	"100%=half\r\n" +
	"# a comment\r\n" +
	"[AS] ; trailing\r\n" +
	"connect\\geometry=@ByteArray(\\x1\\xd9z\\0\\\\)\r\n" +
	"title=\"a; b \\\"c\\\" \\x41\\n\"\r\n" +
	"path=C:\\Users\\new\r\n" +
	"contact=\"Ann\" <sip:ann@example.org>\r\n" +
	"empty=\r\n" +
	"eq=a=b\r\n" +
	"[General]\r\n" +
	"blockUntrustedSSLCert=true"

func TestGet(t *testing.T) {
	f := parse(t, zoomus)
	for _, c := range []struct{ section, key, want string }{
		{"", "early", "1"},
		{"General", "conf.crash.enable.auto.uploaddumps", "true"},
		{"General", "blockUntrustedSSLCert", "true"}, // the last counts
		{"General", "YWJjZGVm%23epoch", "1700000000"},
		{"General", "YWJjZGVm#epoch", "1700000000"},
		{"General", "café", "ok"},
		{"General", "100%", "half"},
		{"AS", `connect\geometry`, "\x01\xd9z\x00\\"},
		{"AS", "connect/geometry", "\x01\xd9z\x00\\"},
		{"AS", "title", "a; b \"c\" A\n"},
		{"AS", "path", `C:\Users\new`},
		{"AS", "contact", `"Ann" <sip:ann@example.org>`},
		{"AS", "empty", ""},
		{"AS", "eq", "a=b"},
	} {
		if got, ok := f.Get(c.section, c.key); !ok || got != c.want {
			t.Errorf("Get(%q, %q) = %q, %v; want %q", c.section, c.key, got, ok, c.want)
		}
	}
	if got, ok := parse(t, "[a%20b\\c]\nk=1\n").Get("a b/c", "k"); !ok || got != "1" {
		t.Errorf("escaped section: %q, %v", got, ok)
	}
	for _, c := range [][2]string{{"general", "blockUntrustedSSLCert"}, {"General", "BlockUntrustedSSLCert"}, {"General", "early"}, {"", "# a comment"}} {
		if got, ok := f.Get(c[0], c[1]); ok {
			t.Errorf("Get(%q, %q) = %q, want none", c[0], c[1], got)
		}
	}
}

func TestGetFold(t *testing.T) {
	f := parse(t, "[ZoomChat]\nZoom.Show.Crash.Report=1\nA%23B=2\n")
	if got, ok := f.GetFold("zoomchat", "zoom.show.crash.report"); !ok || got != "1" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := f.GetFold("ZOOMCHAT", "a#b"); !ok || got != "2" {
		t.Errorf("escaped: got %q, %v", got, ok)
	}
	if _, ok := f.GetFold("zoomchat", "other"); ok {
		t.Error("found a key that is not there")
	}
}

func TestSectionsAndKeys(t *testing.T) {
	f := parse(t, "a=1\n[x]\nk=1\nl=2\nk=3\n[empty]\n[x]\nm=4\n")
	if got, want := f.Sections(), []string{"", "x", "empty"}; !reflect.DeepEqual(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
	if got, want := f.Keys("x"), []string{"k", "l", "m"}; !reflect.DeepEqual(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
	if got := parse(t, "[x]\n").Sections(); !reflect.DeepEqual(got, []string{"x"}) {
		t.Errorf("a file without early keys has sections %q", got)
	}
}

func TestDecodeValue(t *testing.T) {
	for written, want := range map[string]string{
		`plain`:                    "plain",
		`"quoted"`:                 "quoted",
		`"open`:                    `"open`,
		`"a", "b"`:                 `"a", "b"`,
		`"tail\"`:                  `"tail\"`,
		`"\xe9\101\q"`:             "éA\\q",
		`"@ByteArray(a;b\xff)"`:    "a;b\xff",
		`@ByteArray(open`:          `@ByteArray(open`,
		`@Invalid()`:               `@Invalid()`,
		`\x41 stays when unquoted`: `\x41 stays when unquoted`,
		`"\x"`:                     `\x`,
		`"`:                        `"`,
	} {
		if got := decodeValue(written); got != want {
			t.Errorf("decodeValue(%q) = %q, want %q", written, got, want)
		}
	}
}

func TestRealFiles(t *testing.T) {
	for _, c := range []struct{ file, section, key, want string }{
		{"linphonerc", "sip", "media_encryption", "none"},
		{"linphonerc", "sip", "verify_server_certs", "1"},
		{"linphonerc", "app", "auto_download_incoming_files_max_size", "-1"},
		{"Mumble.conf", "ui", "usage", "false"},
		{"Mumble.conf", "privacy", "hideos", "true"},
		{"Mumble.conf", "overlay", "whitelist", "@Invalid()"},
	} {
		data, err := os.ReadFile("testdata/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parse(t, string(data)).Get(c.section, c.key); !ok || got != c.want {
			t.Errorf("%s [%s] %s = %q, %v; want %q", c.file, c.section, c.key, got, ok, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"noise", "hunter2\n", "line 1: is neither blank, comment, section nor key=value"},
		{"binary", "a=1\n\x00\x01\n", "line 2: holds a NUL byte"},
		{"open section", "[a\n", "line 1: is not a whole section name"},
		{"text behind a section", "\n[a] hunter2\n", "line 2: is not a whole section name"},
		{"no key", "[a]\n = hunter2\n", "line 2: has no key"},
		{"UTF-16", "\xff\xfe[\x00a\x00]\x00", "line 1: holds a NUL byte"},
		{"JSON", "{\n}\n", "line 1: is neither blank, comment, section nor key=value"},
	} {
		_, err := Parse([]byte(c.data))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestManyLookups would not end if a look-up went through all the lines.
func TestManyLookups(t *testing.T) {
	var b strings.Builder
	for i := range 49_000 {
		b.WriteString("[s")
		b.WriteString(strings.Repeat("x", i%7))
		b.WriteString(string(rune('A'+i%26)) + "]\nk=v\n")
	}
	f := parse(t, b.String())
	for range 100_000 {
		if _, ok := f.Get("sA", "k"); !ok {
			t.Fatal("lost a key")
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(zoomus))
	f.Add([]byte("[a]\nk=\"\\x41\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		for _, s := range file.Sections() {
			for _, k := range file.Keys(s) {
				if _, ok := file.Get(s, k); !ok {
					t.Errorf("Get(%q, %q) finds nothing", s, k)
				}
				if _, ok := file.GetFold(s, k); !ok {
					t.Errorf("GetFold(%q, %q) finds nothing", s, k)
				}
			}
		}
		if got := joined(file); !bytes.Equal(got, data) {
			t.Errorf("the lines kept are %q, the file was %q", got, data)
		}
	})
}

// joined puts the lines together again, as an edit of one of them will.
func joined(f *File) []byte {
	var b []byte
	if f.bom {
		b = append(b, byteOrderMark...)
	}
	for _, l := range f.lines {
		b = append(append(b, l.Text...), l.Ending...)
	}
	return b
}

// TestLongSection: the length of a section's name is not paid again for each
// of its keys.
func TestLongSection(t *testing.T) {
	start := time.Now()
	parse(t, "["+strings.Repeat("%41", 300_000)+"]\n"+strings.Repeat("k=1\n", 90_000))
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}
