package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown bounds one text in a rendering for people, in characters.
const maxShown = 300

// clean makes a text from a host fit for a terminal or a page: what would move
// the cursor, turn the direction of writing, hide, or break a line is written
// out as \u…, and a text that never ends is cut.
func clean(s string) string {
	var b strings.Builder
	shown := 0
	for i, r := range s {
		if shown == maxShown {
			b.WriteString("…")
			break
		}
		shown++
		switch {
		case r == utf8.RuneError && !utf8.ValidString(s[i:i+1]):
			b.WriteString("\uFFFD")
		case unsafeToShow(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafeToShow says which characters are written out: controls, line and
// paragraph separators, and format characters such as bidi overrides, zero-width
// signs and tags. The joiners that Hindi and Tamil need stay.
func unsafeToShow(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}
