package report

import (
	"fmt"
	"strings"
	"unicode"

	"huddleguard/checks/message"
)

// maxShown bounds one text from a host in a rendering for people, in characters.
const maxShown = 200

// maxMarks bounds how many combining marks one letter carries. No writing needs
// more, and a hundred of them draw over the lines above.
const maxMarks = 4

// clean makes a text from a host fit for a terminal or a page: whatever would
// move the cursor, break the line, turn the direction of writing or hide is
// written out as <U+001B>, a text that never ends is cut, and what is not UTF-8
// becomes U+FFFD.
func clean(s string) string { return visible(s, maxShown) }

// visible does the work of clean. A limit of 0 is none, and leaves the
// no-break spaces of sentences in place.
func visible(s string, limit int) string {
	var b strings.Builder
	shown, marks, before := 0, 0, ' '
	for _, r := range s {
		if limit > 0 && shown == limit {
			b.WriteString("…")
			break
		}
		shown++
		if marks++; !unicode.IsMark(r) {
			marks = 0
		}
		switch {
		case marks > maxMarks || hides(r, before):
			fmt.Fprintf(&b, "<U+%04X>", r)
		case limit > 0 && unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

// hides says which characters are not drawn or act on those around them:
// controls, line ends, bidi and other format characters, private and unassigned
// ones, and letters that are blank. The joiners that Hindi, Tamil or Persian
// need stay where such a letter stands before them.
func hides(r, before rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	switch r {
	case nonJoiner, joiner:
		return before < unicode.MaxLatin1 || !unicode.IsLetter(before) && !unicode.IsMark(before)
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return true
	}
	return !unicode.IsGraphic(r)
}

// cleaned is a message whose arguments are clean, so that a long one cannot
// push the rest of its sentence out.
func cleaned(m message.Message) message.Message {
	args := make(map[string]any, len(m.Args))
	for k, v := range m.Args {
		args[k] = cleanArg(v, 0)
	}
	return message.Message{ID: clean(m.ID), Args: args}
}

// maxDepth bounds arguments within arguments.
const maxDepth = 8

func cleanArg(v any, depth int) any {
	if depth > maxDepth {
		return "…"
	}
	switch v := v.(type) {
	case string:
		return clean(v)
	case message.Message:
		return cleaned(v)
	case []string:
		out := make([]string, len(v))
		for i := range v {
			out[i] = clean(v[i])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cleanArg(v[i], depth+1)
		}
		return out
	case map[string]any: // a message that came through JSON
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = cleanArg(v[k], depth+1)
		}
		return out
	}
	return v
}
