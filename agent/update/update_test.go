package update

import (
	"io"
	"strings"
	"testing"

	updates "huddleguard/checks/update"
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

// TestEndedWell: zypper has good codes of its own; and a program that ended well
// may have said that it could not ask.
func TestEndedWell(t *testing.T) {
	for _, c := range []struct {
		tool string
		code int
		want bool
	}{{"apt-get", 0, true}, {"apt-get", 100, false}, {"apt-get", 102, false}, {"zypper", 102, true}, {"zypper", 103, true}, {"zypper", 104, false}} {
		if got := endedWell(updates.Command{Argv: []string{c.tool}}, c.code); got != c.want {
			t.Errorf("%s %d: got %v", c.tool, c.code, got)
		}
	}
	clean := &cleaner{out: io.Discard, left: maxOutput}
	if _, err := io.WriteString(clean, "Updating\nF: Treating remote fetch error as non-fatal since it is installed\nNothing to do.\n"); err != nil || !strings.Contains(clean.skipped, "non-fatal") {
		t.Errorf("got %q, %v", clean.skipped, err)
	}
}
