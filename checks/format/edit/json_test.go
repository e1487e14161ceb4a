package edit

import (
	"testing"

	"huddleguard/checks/fact"
)

func TestJSON(t *testing.T) {
	k, deep := fact.At{Key: "k"}, fact.At{Key: "a.b.k"}
	testRows(t, "json", []row{
		{"there", k, `{"j":1,"k":true,"l":[]}`, "false", `{"j":1,"k":false,"l":[]}`, `{"j":1,"l":[]}`},
		{"first", k, "{\n\t\"k\" : {\"x\": \"}\\\"\"},\n\t\"l\" : 1\n}\n", "0", "{\n\t\"k\" : 0,\n\t\"l\" : 1\n}\n", "{\n\t\"l\" : 1\n}\n"},
		{"last", k, "{\r\n  \"a\": 1,\r\n  \"k\": 2\r\n}", "0", "{\r\n  \"a\": 1,\r\n  \"k\": 0\r\n}", "{\r\n  \"a\": 1\r\n}"},
		{"only", k, "\ufeff { \"k\" : 1 } ", "0", "\ufeff { \"k\" : 0 } ", "\ufeff {} "},
		{"not there, one line", k, `{ "a" : 1 }`, "0", `{ "a" : 1, "k" : 0 }`, `{ "a" : 1 }`},
		{"not there, compact", k, `{"a":1,"b":2}`, "0", `{"a":1,"b":2,"k":0}`, `{"a":1,"b":2}`},
		{"not there, lines", k, "{\r\n    \"a\": 1\r\n}\r\n", "0", "{\r\n    \"a\": 1,\r\n    \"k\": 0\r\n}\r\n", "{\r\n    \"a\": 1\r\n}\r\n"},
		{"comma first", k, "{ \"a\": 1\n, \"b\": 2\n}", "0", "{ \"a\": 1\n, \"b\": 2\n, \"k\": 0\n}", "{ \"a\": 1\n, \"b\": 2\n}"},
		{"repeated", k, `{"k":1,"a":0,"\u006b":2,"k":3}`, "4", `{"k":1,"a":0,"\u006b":2,"k":4}`, `{"a":0}`},
		{"only repeated", k, `{"k":1,"k":2}`, "4", `{"k":1,"k":4}`, `{}`},
		{"first two of three", k, `{"k":1, "k":2, "a":3}`, "4", `{"k":1, "k":4, "a":3}`, `{"a":3}`},
		{"parents not there", deep, "{\n  \"x\": 1\n}\n", "0",
			"{\n  \"x\": 1,\n  \"a\": {\n    \"b\": {\n      \"k\": 0\n    }\n  }\n}\n", "{\n  \"x\": 1\n}\n"},
		{"parents not there, compact", deep, `{"x":1}`, "0", `{"x":1,"a":{"b":{"k":0}}}`, `{"x":1}`},
		{"an empty parent", deep, "{\n\t\"a\": {\n\t\t\"b\": {}\n\t}\n}", "0", "{\n\t\"a\": {\n\t\t\"b\": {\n\t\t\t\"k\": 0\n\t\t}\n\t}\n}", "{\n\t\"a\": {\n\t\t\"b\": {}\n\t}\n}"},
		{"an empty document", deep, "{}", "0", `{"a": {"b": {"k": 0}}}`, "{}"},
		{"repeated parent", deep, `{"a":{"b":{"k":1}},"a":{"b":{}}}`, "0", `{"a":{"b":{"k":1}},"a":{"b":{"k":0}}}`, `{"a":{"b":{"k":1}},"a":{"b":{}}}`},
		{"parent is a word", deep, `{"a":"b"}`, "0", refused, `{"a":"b"}`},
		{"parent is null", deep, `{"a":null}`, "0", refused, `{"a":null}`},
		{"top is a list", k, `[{"k":1}]`, "0", refused, `[{"k":1}]`},
		{"null", k, `{"k":null}`, "0", `{"k":0}`, `{}`},
		{"dot in a name", fact.At{Key: `a\.b.c`}, `{"a.b":{"c":1},"a":{"b":{"c":2}}}`, "0", `{"a.b":{"c":0},"a":{"b":{"c":2}}}`, `{"a.b":{},"a":{"b":{"c":2}}}`},
		{"case counts", fact.At{Key: "K", Fold: true}, `{"k":1}`, "0", `{"k":1,"K":0}`, `{"k":1}`},
	})
}

func TestJSONFind(t *testing.T) {
	testFind(t, "json", "{\"s\": \"\\u0041\", \"n\" : 1.0 ,\"null\":null,\"o\":{\"b\":false}}", []findRow{
		{fact.At{Key: "s"}, `"\u0041"`, "A", true},
		{fact.At{Key: "n"}, "1.0", 1.0, true},
		{fact.At{Key: "null"}, "null", nil, false},
		{fact.At{Key: "o.b"}, "false", false, true},
		{fact.At{Key: "o.c"}, "", nil, false},
		{fact.At{Key: "s.c"}, "", nil, false},
	})
}

func TestJSONEncode(t *testing.T) {
	testEncode(t, "json", []encodeRow{
		{true, fact.At{}, "", "true"},
		{true, fact.At{}, "false", "true"},
		{true, fact.At{}, "0", "1"},
		{true, fact.At{Digits: true}, "", "1"},
		{false, fact.At{}, `"True"`, `"False"`},
		{false, fact.At{}, `"word"`, "false"},
		{false, fact.At{}, "null", "false"},
		{false, fact.At{}, `{"A":1}`, "false"},
		{int64(5), fact.At{}, "", "5"},
		{5.5, fact.At{}, "1", "5.5"},
		{5.0, fact.At{}, `"4"`, `"5"`},
		{"a<\"b", fact.At{}, "", `"a<\"b"`},
		{[]string{"[*.]zoom.us", "x"}, fact.At{}, "", `["[*.]zoom.us", "x"]`},
		{[]any{}, fact.At{}, "", "[]"},
		{map[string]any{}, fact.At{}, "", refused},
	})
}
