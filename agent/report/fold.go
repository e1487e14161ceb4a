package report

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// columns measures text as terminals draw it. It does not ask the environment,
// so that a report is folded the same way everywhere.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

func width(s string) int { return columns.StringWidth(s) }

// fold breaks a text into lines of at most room columns: at spaces, and within
// a word that fills a line alone, there behind a separator of paths if it can.
// Runs of spaces become one. A room below 1 does not fold.
func fold(s string, room int) []string {
	var lines []string
	line := ""
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }) {
		switch {
		case line == "":
			line = word
		case room < 1 || width(line)+1+width(word) <= room:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
		for room > 0 {
			head, rest := cut(line, room)
			if rest == "" {
				break
			}
			lines, line = append(lines, head), rest
		}
	}
	if line != "" || lines == nil {
		lines = append(lines, line)
	}
	return lines
}

// cut splits a line that takes more than room columns, behind a separator of
// paths if there is one in the second half. rest is "" where the line fits. It
// looks at a bounded piece of the line, so that folding takes linear time.
func cut(line string, room int) (head, rest string) {
	const most = 16 // bytes that a column takes in any writing, marks included
	head = line[:ahead(line, most*room)]
	if width(head) > room {
		head = columns.Truncate(head, room, "")
	}
	if len(head) == len(line) {
		return line, ""
	}
	if i := strings.LastIndexAny(head, `/\`); i >= room/2 {
		head = head[:i+1]
	}
	if head == "" { // one letter is wider than the room
		head = line[:ahead(line, 1)]
	}
	return head, line[len(head):]
}

// ahead is n, or a little more so that no letter is split, or all of s.
func ahead(s string, n int) int {
	for n < len(s) && !utf8.RuneStart(s[n]) {
		n++
	}
	return min(n, len(s))
}
