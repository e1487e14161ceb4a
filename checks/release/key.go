package release

import (
	"cmp"
	"strconv"
	"strings"
)

// key is a version's numbers, as far as they tell releases apart. A part that
// is not there is nought.
type key [4]int64

// keyOf reads the numbers a normalised version begins with. What distributions
// put around them, an epoch before and a revision after, is left out.
func keyOf(s string) (key, bool) {
	if _, after, ok := strings.Cut(s, ":"); ok {
		s = after
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); i >= 0 {
		s = s[:i]
	}
	var k key
	for i, part := range strings.Split(strings.TrimRight(s, "."), ".") {
		if i == len(k) {
			break
		}
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return key{}, false
		}
		k[i] = n
	}
	return k, true
}

func (k key) compare(other key) int {
	for i := range k {
		if c := cmp.Compare(k[i], other[i]); c != 0 {
			return c
		}
	}
	return 0
}
