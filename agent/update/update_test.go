package update

import (
	"strings"
	"testing"
)

func TestCleaner(t *testing.T) {
	var out strings.Builder
	c := &cleaner{out: &out, left: 60}
	for _, part := range []string{"one\x1b]0;title\x07\rtwo \xe2\x80", "\xaebidi\n\n", strings.Repeat("x", 3000) + "\nlast\x9b", "2J"} {
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	c.flush()
	const want = "one\uFFFD]0;title\uFFFD\ntwo \uFFFDbidi\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if c.last != "last\uFFFD2J" {
		t.Errorf("the last line is %q", c.last)
	}
}
