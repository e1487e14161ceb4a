package main

import (
	"bytes"
	"testing"
)

// TestAside: what comes from elsewhere neither acts on a terminal nor begins a
// line of its own that looks like ours.
func TestAside(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                         "huddleguard: plain\n",
		"a\x1b[2J\r\u009bb":             "huddleguard: a\uFFFD[2J\uFFFD\uFFFDb\n",
		"\u202egnihton\u2066 \u00ad":    "huddleguard: \uFFFDgnihton\uFFFD \uFFFD\n",
		"x\nhuddleguard: all is well\n": "huddleguard: x\n  huddleguard: all is well\n",
		"क\u094dष \u0995\u09cd\u200dষ":  "huddleguard: क\u094dष \u0995\u09cd\u200dষ\n",
	} {
		var b bytes.Buffer
		if aside(&b, text); b.String() != want {
			t.Errorf("%q is said as %q", text, b.String())
		}
	}
}
