package update

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode"
)

// maxOutput bounds what is passed on of a program's output, and maxLine what is
// kept of one line of it.
const (
	maxOutput = 1 << 20
	maxLine   = 2000
)

// cleaner passes on a program's output line by line, without control and
// invisible characters, until there was enough of it. It never fails: a program
// that is changing packages must not end because nobody reads on.
type cleaner struct {
	out  io.Writer
	left int
	line []byte
	last string
	// skipped is a line that says a repository was not asked.
	skipped string
}

// silent are what programs write where they could not ask a repository, and end
// well all the same: flatpak 1.14 does (seen 2026-11-24), and dnf for the
// repositories it may skip.
var silent = []string{"Treating remote fetch error as non-fatal", "Failed to synchronize cache for repo", "Errors during downloading metadata for repo"}

func (c *cleaner) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexAny(p, "\r\n")
		if i < 0 {
			c.keep(p)
			break
		}
		c.keep(p[:i])
		c.flush()
		p = p[i+1:]
	}
	return n, nil
}

func (c *cleaner) keep(p []byte) {
	c.line = append(c.line, p[:min(len(p), maxLine-len(c.line))]...)
}

// flush passes on the line that has begun.
func (c *cleaner) flush() {
	text := strings.TrimRightFunc(plain(c.line), unicode.IsSpace)
	c.line = c.line[:0]
	if text == "" {
		return
	}
	c.last = text
	if slices.ContainsFunc(silent, func(mark string) bool { return strings.Contains(text, mark) }) {
		c.skipped = text
	}
	if len(text) >= c.left {
		c.left = 0
		return
	}
	c.left -= len(text) + 1
	_, _ = io.WriteString(c.out, text+"\n") // see cleaner
}

// plain replaces what could lead a terminal: controls, bidi overrides, invisible
// characters, bytes that are no text.
func plain(line []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsGraphic(r) && r != '\u2028' && r != '\u2029' {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(string(line), "\uFFFD"))
}
