package policy

import "strings"

// anyWord stands for every word in one part of a pattern.
const anyWord = "*"

// Matches says whether a check id fits a pattern: client/kind/thing, each part
// a word or "*".
func Matches(pattern, check string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(check, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != anyWord && want[i] != have[i] {
			return false
		}
	}
	return true
}

// moreSpecific says which of two patterns for one check decides: the one that
// names more words, and of two that name as many, the one that names the client,
// then the kind.
func moreSpecific(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if n, m := named(x), named(y); n != m {
		return n > m
	}
	for i := range min(len(x), len(y)) {
		if (x[i] == anyWord) != (y[i] == anyWord) {
			return x[i] != anyWord
		}
	}
	return false
}

func named(parts []string) int {
	n := 0
	for _, p := range parts {
		if p != anyWord {
			n++
		}
	}
	return n
}
