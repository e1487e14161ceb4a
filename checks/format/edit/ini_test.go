package edit

import (
	"testing"

	"huddleguard/checks/fact"
)

func TestINI(t *testing.T) {
	k := fact.At{Section: "General", Key: "k"}
	testRows(t, "ini", []row{
		{"there", k, "[General]\nk=1\nl=2\n", "0", "[General]\nk=0\nl=2\n", "[General]\nl=2\n"},
		{"space and CRLF", k, "\ufeff[General]\r\n  k =\t1 \r\nl=2", "0", "\ufeff[General]\r\n  k =\t0 \r\nl=2", "\ufeff[General]\r\nl=2"},
		{"empty value", k, "[General]\nk=\n", "0", "[General]\nk=0\n", "[General]\n"},
		{"not there", k, "; top\n[General]\na=1\n\n; next\n[B]\n", "0", "; top\n[General]\na=1\nk=0\n\n; next\n[B]\n", "; top\n[General]\na=1\n\n; next\n[B]\n"},
		{"empty section", k, "[General]\n\n[B]\nk=1\n", "0", "[General]\nk=0\n\n[B]\nk=1\n", "[General]\n\n[B]\nk=1\n"},
		{"no end of line", k, "[General]\r\na=1", "0", "[General]\r\na=1\r\nk=0", "[General]\r\na=1"},
		{"no section", k, "[B]\r\nk=1\r\n", "0", "[B]\r\nk=1\r\n\r\n[General]\r\nk=0\r\n", "[B]\r\nk=1\r\n"},
		{"no section, no end of line", k, "[B]", "0", "[B]\n\n[General]\nk=0", "[B]"},
		{"no section, blank at the end", k, "[B]\n\n", "0", "[B]\n\n[General]\nk=0\n", "[B]\n\n"},
		{"repeated key", k, "[General]\nk=1\nl=2\nk=3\n", "0", "[General]\nk=1\nl=2\nk=0\n", "[General]\nl=2\n"},
		{"repeated section", k, "[General]\nk=1\n[B]\n[General]\nk=2\nm=3\n", "0", "[General]\nk=1\n[B]\n[General]\nk=0\nm=3\n", "[General]\n[B]\n[General]\nm=3\n"},
		{"other case", k, "[general]\nK=1\n", "0", "[general]\nK=1\n\n[General]\nk=0\n", "[general]\nK=1\n"},
		{"fold", fact.At{Section: "GENERAL", Key: "k", Fold: true}, "[General]\nK=1\n", "0", "[General]\nK=0\n", "[General]\n"},
		{"fold, not there", fact.At{Section: "GENERAL", Key: "k", Fold: true}, "[General]\na=1\n", "0", "[General]\na=1\nk=0\n", "[General]\na=1\n"},
		{"before the first section", fact.At{Key: "k"}, "a=1\n\n[B]\nk=1\n", "0", "a=1\nk=0\n\n[B]\nk=1\n", "a=1\n\n[B]\nk=1\n"},
		{"nothing before the first section", fact.At{Key: "k"}, "; top\n[B]\n", "0", "; top\nk=0\n[B]\n", "; top\n[B]\n"},
		{"Qt's names", fact.At{Section: "a/b", Key: "c#d"}, "[a\\b]\nc%23d=\"x\"\n", "\"y\"", "[a\\b]\nc%23d=\"y\"\n", "[a\\b]\n"},
		{"in an empty file", k, "", "0", "[General]\nk=0\n", ""},
		{"in a file of a mark", k, "\ufeff", "0", "\ufeff[General]\nk=0\n", "\ufeff"},
		{"bytes that are no text", k, "[General]\nz=\xff\xfe\nk=\xff\n", "0", "[General]\nz=\xff\xfe\nk=0\n", "[General]\nz=\xff\xfe\n"},
	})
}

func TestINIFind(t *testing.T) {
	testFind(t, "ini", "early=1\n[General]\nquoted = \"a\\x41\" \nempty=\n[A]\nK=2\n", []findRow{
		{fact.At{Key: "early"}, "1", "1", true},
		{fact.At{Section: "General", Key: "quoted"}, `"a\x41"`, "aA", true},
		{fact.At{Section: "General", Key: "empty"}, "", "", true},
		{fact.At{Section: "A", Key: "k"}, "", nil, false},
		{fact.At{Section: "a", Key: "k", Fold: true}, "2", "2", true},
	})
}

func TestINIEncode(t *testing.T) {
	digits := fact.At{Digits: true}
	testEncode(t, "ini", []encodeRow{
		{true, fact.At{}, "", "true"},
		{true, digits, "", "1"},
		{false, digits, "", "0"},
		{true, digits, "false", "true"},
		{false, fact.At{}, "1", "0"},
		{false, fact.At{}, "Yes", "No"},
		{true, fact.At{}, "OFF", "ON"},
		{true, fact.At{}, `"false"`, `"true"`},
		{true, fact.At{}, "2", "1"},
		{true, fact.At{}, "Something", "true"},
		{30, fact.At{}, "", "30"},
		{float64(30), fact.At{}, `"20"`, `"30"`},
		{0.5, fact.At{}, "", "0.5"},
		{"zrtp", fact.At{}, "none", "zrtp"},
		{"", fact.At{}, "none", ""},
		{"a;b", fact.At{}, "", `"a;b"`},
		{"a;b", fact.At{}, "c;d", "a;b"}, // this program writes them bare
		{" x", fact.At{}, "c;d", `" x"`},
		{`C:\new`, fact.At{}, "", `"C:\\new"`},
		{"é1", fact.At{}, "", `"\xe9\x31"`}, // Qt reads all the digits there are
		{"a\nb", fact.At{}, "", `"a\nb"`},
		{"@x", fact.At{}, "", refused},
		{"a\x00b", fact.At{}, "", `"a\x0\x62"`},
		{"\U0001f600", fact.At{}, "", refused}, // the reader knows no surrogates
		{[]string{"a", "b"}, fact.At{}, "", "a b"},
		{[]string{"a b"}, fact.At{}, "", refused},
		{map[string]any{}, fact.At{}, "", refused},
	})
}
