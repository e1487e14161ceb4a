package edit

import (
	"testing"

	"huddleguard/checks/fact"
)

func TestYAML(t *testing.T) {
	k, deep := fact.At{Key: "k"}, fact.At{Key: "a.k"}
	testRows(t, "yaml", []row{
		{"there", k, "# top\nj: 1\nk:  true   # why\n\nl: x\n", "false", "# top\nj: 1\nk:  false   # why\n\nl: x\n", "# top\nj: 1\n\nl: x\n"},
		{"quoted, CRLF", k, "j: 'it''s' # c\r\n\"k\" : \"a\\\"#\" # c\r\n", "'x'", "j: 'it''s' # c\r\n\"k\" : 'x' # c\r\n", "j: 'it''s' # c\r\n"},
		{"behind letters beyond ASCII", deep, "ä: ö\na: {ü: ß, k: 1}\n", "2", "ä: ö\na: {ü: ß, k: 2}\n", refused},
		{"no end of line", k, "j: 1\nk: 2", "3", "j: 1\nk: 3", "j: 1"},
		{"not there, no end of line", k, "j: 1", "3", "j: 1\nk: 3", "j: 1"},
		{"not there, comment at the end", k, "j: 1\n\n# end\n", "3", "j: 1\nk: 3\n\n# end\n", "j: 1\n\n# end\n"},
		{"in a mapping", deep, "a:\n    j: 1\n    # of a\n\n# of b\nb:\n- 1\n", "3", "a:\n    j: 1\n    k: 3\n    # of a\n\n# of b\nb:\n- 1\n", "a:\n    j: 1\n    # of a\n\n# of b\nb:\n- 1\n"},
		{"behind a list", deep, "a:\n  l:\n  - 1\n  - b: 2\n", "3", "a:\n  l:\n  - 1\n  - b: 2\n  k: 3\n", "a:\n  l:\n  - 1\n  - b: 2\n"},
		{"behind text", deep, "a:\n  t: |\n    # text\n    more\nb: 1\n", "3", "a:\n  t: |\n    # text\n    more\n  k: 3\nb: 1\n", "a:\n  t: |\n    # text\n    more\nb: 1\n"},
		{"text that is not ended", deep, "a:\n  t: |\n    more", "3", refused, "a:\n  t: |\n    more"},
		{"only one", deep, "a:\n  k: 1 # c\nb: 2\n", "3", "a:\n  k: 3 # c\nb: 2\n", "a:\n  {} # c\nb: 2\n"},
		{"an empty mapping on its line", fact.At{Key: "a.b.k"}, "a:\n  {}\nc: 1\n", "3", "a:\n  b:\n    k: 3\nc: 1\n", "a:\n  {}\nc: 1\n"},
		{"an empty mapping behind its key", deep, "a: {}\n", "3", refused, "a: {}\n"},
		{"parents not there", fact.At{Key: "x.y.k"}, "a:\n    b: 1\n", "3", "a:\n    b: 1\nx:\n    y:\n        k: 3\n", "a:\n    b: 1\n"},
		{"flow style", deep, "a: {j: 1}\n", "3", refused, "a: {j: 1}\n"},
		{"parent is a word", deep, "a: b\n", "3", refused, "a: b\n"},
		{"parent is nothing", deep, "a:\n", "3", refused, "a:\n"},
		{"two lines", k, "k: one\n  two\n", "3", refused, refused},
		{"a list", k, "k: [1]\n", "3", refused, refused},
		{"a tag", k, "k: !!str 1\n", "3", refused, refused},
		{"nothing written", k, "k:\nj: 1\n", "3", refused, refused},
		{"null", k, "k: null\nj: 1\n", "3", "k: 3\nj: 1\n", "j: 1\n"},
		{"end of the document", k, "j: 1\n...\n", "3", "j: 1\nk: 3\n...\n", "j: 1\n...\n"},
		{"beginning of the document", k, "---\nj: 1\n", "3", "---\nj: 1\nk: 3\n", "---\nj: 1\n"},
		{"a name that needs quotes", fact.At{Key: "yes it: is"}, "j: 1\n", "3", "j: 1\n\"yes it: is\": 3\n", "j: 1\n"},
		{"fold", fact.At{Key: "A.K", Fold: true}, "a:\n  k: 1\n  l: 1\n", "3", "a:\n  k: 3\n  l: 1\n", "a:\n  l: 1\n"},
	})
}

func TestYAMLFind(t *testing.T) {
	testFind(t, "yaml", "a:\n  s: 'it''s'\n  n: 0x10\n  nothing: ~\n", []findRow{
		{fact.At{Key: "a.s"}, "'it''s'", "it's", true},
		{fact.At{Key: "a.n"}, "0x10", uint64(16), true},
		{fact.At{Key: "a.nothing"}, "~", nil, false},
		{fact.At{Key: "a.x"}, "", nil, false},
		{fact.At{Key: "a.s.x"}, "", nil, false},
	})
}

func TestYAMLEncode(t *testing.T) {
	testEncode(t, "yaml", []encodeRow{
		{true, fact.At{}, "", "true"},
		{true, fact.At{Digits: true}, "", "1"},
		{false, fact.At{}, "Yes", "No"},
		{false, fact.At{}, `"true"`, `"false"`},
		{false, fact.At{}, `"word"`, "false"},
		{30.0, fact.At{}, "20", "30"},
		{30, fact.At{}, "'20'", "'30'"},
		{"auto", fact.At{}, "none", "auto"},
		{"it's", fact.At{}, "'x'", "'it''s'"},
		{"off", fact.At{}, "none", `"off"`},
		{"12", fact.At{}, "", `"12"`},
		{"2026-11-24", fact.At{}, "", `"2026-11-24"`},
		{"a: b", fact.At{}, "", `"a: b"`},
		{"a\nb", fact.At{}, "'x'", `"a\nb"`},
		{"", fact.At{}, "", `""`},
		{[]string{"a"}, fact.At{}, "", refused},
	})
}
