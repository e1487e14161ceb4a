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
		for room > 0 && width(line) > room {
			head := headOf(line, room)
			lines, line = append(lines, head), line[len(head):]
		}
	}
	if line != "" || lines == nil {
		lines = append(lines, line)
	}
	return lines
}

// headOf is the beginning of a word that fits into room columns, and never "".
func headOf(word string, room int) string {
	head := columns.Truncate(word, room, "")
	if i := strings.LastIndexAny(head, `/\`); i >= room/2 {
		head = head[:i+1]
	}
	if head == "" { // one letter is wider than the room
		_, n := utf8.DecodeRuneInString(word)
		head = word[:n]
	}
	return head
}
