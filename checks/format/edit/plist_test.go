package edit

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"huddleguard/checks/fact"
)

const (
	xmlHead = "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n"
	xmlFoot = "\n</plist>\n"
)

func TestXMLPlist(t *testing.T) {
	k, deep := fact.At{Key: "k"}, fact.At{Key: "a.k"}
	rows := []row{
		{"there", k, "<dict>\n\t<key>j</key>\n\t<true/>\n\t<key>k</key> <!-- c -->\n\t<integer> 1 </integer>\n</dict>", "<true/>",
			"<dict>\n\t<key>j</key>\n\t<true/>\n\t<key>k</key> <!-- c -->\n\t<true/>\n</dict>", "<dict>\n\t<key>j</key>\n\t<true/>\n</dict>"},
		{"first, with a comment before", k, "<dict>\r\n  <!-- c -->\r\n  <key>k</key>\r\n  <dict/>\r\n  <key>l</key>\r\n  <true></true>\r\n</dict>", "<true/>",
			"<dict>\r\n  <!-- c -->\r\n  <key>k</key>\r\n  <true/>\r\n  <key>l</key>\r\n  <true></true>\r\n</dict>", "<dict>\r\n  <!-- c -->\r\n  <key>l</key>\r\n  <true></true>\r\n</dict>"},
		{"only", k, "<dict><key>&#107;</key><string>a&amp;b</string></dict>", "<true/>", "<dict><key>&#107;</key><true/></dict>", "<dict></dict>"},
		{"not there", k, "<dict>\n  <key>j</key>\n  <array>\n    <true/>\n  </array>\n  <!-- c -->\n</dict>", "<true/>",
			"<dict>\n  <key>j</key>\n  <array>\n    <true/>\n  </array>\n  <key>k</key>\n  <true/>\n  <!-- c -->\n</dict>", "<dict>\n  <key>j</key>\n  <array>\n    <true/>\n  </array>\n  <!-- c -->\n</dict>"},
		{"one line", k, "<dict><key>j</key><true/></dict>", "<true/>", "<dict><key>j</key><true/><key>k</key><true/></dict>", "<dict><key>j</key><true/></dict>"},
		{"empty", k, "<dict/>", "<true/>", "<dict>\n\t<key>k</key>\n\t<true/>\n</dict>", "<dict/>"},
		{"empty in lines", k, "<dict>\n</dict>", "<true/>", "<dict>\n\t<key>k</key>\n\t<true/>\n</dict>", "<dict>\n</dict>"},
		{"empty but for a comment", k, "<dict>\n\t<!-- c -->\n</dict>", "<true/>", "<dict>\n\t<key>k</key>\n\t<true/>\n\t<!-- c -->\n</dict>", "<dict>\n\t<!-- c -->\n</dict>"},
		{"parent not there", deep, "<dict>\n\t<key>j</key>\n\t<true/>\n</dict>", "<true/>",
			"<dict>\n\t<key>j</key>\n\t<true/>\n\t<key>a</key>\n\t<dict>\n\t\t<key>k</key>\n\t\t<true/>\n\t</dict>\n</dict>", "<dict>\n\t<key>j</key>\n\t<true/>\n</dict>"},
		{"empty parent", deep, "<dict>\n\t<key>a</key>\n\t<dict/>\n</dict>", "<true/>",
			"<dict>\n\t<key>a</key>\n\t<dict>\n\t\t<key>k</key>\n\t\t<true/>\n\t</dict>\n</dict>", "<dict>\n\t<key>a</key>\n\t<dict/>\n</dict>"},
		{"parent is a word", deep, "<dict><key>a</key><string>k</string></dict>", "<true/>", refused, "<dict><key>a</key><string>k</string></dict>"},
		{"name to escape", fact.At{Key: "a<b"}, "<dict><key>j</key><true/></dict>", "<true/>", "<dict><key>j</key><true/><key>a&lt;b</key><true/></dict>", "<dict><key>j</key><true/></dict>"},
		{"fold", fact.At{Key: "K", Fold: true}, "<dict><key>k</key><true/></dict>", "<false/>", "<dict><key>k</key><false/></dict>", "<dict></dict>"},
		{"fold, the exact name first", fact.At{Key: "K", Fold: true}, "<dict><key>k</key><true/><key>K</key><true/></dict>", "<false/>", "<dict><key>k</key><true/><key>K</key><false/></dict>", refused},
	}
	for i, r := range rows {
		for _, text := range []*string{&r.before, &r.set, &r.cut} {
			if *text != refused {
				*text = xmlHead + *text + xmlFoot
			}
		}
		rows[i] = r
	}
	testRows(t, "plist", rows)
}

func TestPlistEncode(t *testing.T) {
	testEncode(t, "plist", []encodeRow{
		{true, fact.At{}, "", "<true/>"},
		{false, fact.At{}, "<true/>", "<false/>"},
		{true, fact.At{Digits: true}, "", "<integer>1</integer>"},
		{false, fact.At{}, "<integer>1</integer>", "<integer>0</integer>"},
		{false, fact.At{}, "<string>YES</string>", "<string>NO</string>"},
		{false, fact.At{}, "<string>word</string>", "<false/>"},
		{30.0, fact.At{}, "", "<integer>30</integer>"},
		{30, fact.At{}, "<real>20</real>", "<real>30</real>"},
		{30, fact.At{}, "<string>20</string>", "<string>30</string>"},
		{0.5, fact.At{}, "", "<real>0.5</real>"},
		{"a<&\r", fact.At{}, "", "<string>a&lt;&amp;&#xD;</string>"},
		{"\x01", fact.At{}, "", refused},
		{[]string{"a", "b"}, fact.At{}, "", "<array><string>a</string><string>b</string></array>"},
		{map[string]any{}, fact.At{}, "", refused},
	})
}

// coreFoundation is {"a": true, "b": true, "c": 1} as CFBinaryPList.c writes
// it: the second true is written and not referred to.
const coreFoundation = "bplist00" +
	"\xd3\x01\x02\x03\x04\x04\x06" + "\x51a" + "\x51b" + "\x51c" + "\x09" + "\x09" + "\x10\x01" +
	"\x08\x0f\x11\x13\x15\x16\x17" +
	"\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x19"

func TestCoreFoundation(t *testing.T) {
	f := format(t, "plist")
	want := "bplist00" +
		"\xd3\x01\x02\x03\x04\x05\x06" + "\x51a" + "\x51b" + "\x51c" + "\x09" + "\x08" + "\x10\x01" +
		"\x08\x0f\x11\x13\x15\x16\x17" + coreFoundation[len(coreFoundation)-32:]
	got, err := f.Set([]byte(coreFoundation), fact.At{Key: "b"}, []byte("<false/>"))
	if err != nil || string(got) != want {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
	if back := undo(t, f, []byte(coreFoundation), got, fact.At{Key: "b"}); string(back) != coreFoundation {
		t.Errorf("the way back gives %q", back)
	}
}

// TestBinaryGrows: where more objects need wider references, and back.
func TestBinaryGrows(t *testing.T) {
	f := format(t, "plist")
	data := []byte(coreFoundation)
	var files [][]byte
	for i := range 300 {
		files = append(files, data)
		var err error
		if data, err = f.Set(data, fact.At{Key: fmt.Sprint("n", i)}, fmt.Appendf(nil, "<integer>%d</integer>", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 299; i >= 0; i-- {
		var err error
		if data, err = f.Cut(data, fact.At{Key: fmt.Sprint("n", i)}); err != nil || !bytes.Equal(data, files[i]) {
			t.Fatalf("%d: other bytes, %v", i, err)
		}
	}
}

// TestNotPutBack: what could not be put back exactly is not touched.
func TestNotPutBack(t *testing.T) {
	const trailer = "\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	for name, text := range map[string]string{
		"values before keys":     "bplist00" + "\xd1\x02\x01" + "\x09" + "\x51a" + "\x08\x0b\x0c" + trailer + "\x0e",
		"an integer of 8 bytes":  "bplist00" + "\xd1\x01\x02" + "\x51a" + "\x13\x00\x00\x00\x00\x00\x00\x00\x01" + "\x08\x0b\x0d" + trailer + "\x16",
		"a date within a second": "bplist00" + "\xd1\x01\x02" + "\x51a" + "\x33\x3f\xe0\x00\x00\x00\x00\x00\x00" + "\x08\x0b\x0d" + trailer + "\x16",
		"two shared answers":     "bplist00" + "\xd2\x01\x02\x03\x03" + "\x51a" + "\x51b" + "\x09" + "\x08\x0d\x0f\x11" + trailer[:15] + "\x04" + trailer[16:] + "\x12",
		"a dictionary":           "bplist00" + "\xd1\x01\x02" + "\x51a" + "\xd0" + "\x08\x0b\x0d" + trailer + "\x0e",
	} {
		if got, err := format(t, "plist").Set([]byte(text), fact.At{Key: "a"}, []byte("<false/>")); !errors.Is(err, ErrUnsafe) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestOtherForm: an entry of an XML list goes into the binary list it became.
func TestOtherForm(t *testing.T) {
	f := format(t, "plist")
	got, err := f.Set([]byte(coreFoundation), fact.At{Key: "c"}, []byte("<array>\n\t<integer>0x5</integer>\n</array>"))
	if err != nil {
		t.Fatal(err)
	}
	testFind(t, "plist", string(got), []findRow{{fact.At{Key: "a"}, "<true/>", true, true}})
	if raw, _, _, _ := f.Find(got, fact.At{Key: "c"}); string(raw) != "<array><integer>5</integer></array>" {
		t.Errorf("got %q", raw)
	}
}
