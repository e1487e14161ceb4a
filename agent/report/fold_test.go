package report

import (
	"slices"
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for _, c := range []struct {
		in   string
		room int
		want []string
	}{
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 0, []string{"one two three"}},
		{"  one   two\nthree ", 40, []string{"one two three"}},
		{"", 10, []string{""}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"see /home/asha/.config/zoomus.conf", 20, []string{"see", "/home/asha/.config/", "zoomus.conf"}},
		{`C:\Users\asha\AppData`, 16, []string{`C:\Users\asha\`, "AppData"}},
		{"你好世界", 5, []string{"你好", "世界"}}, // two columns each
		{"你好", 1, []string{"你", "好"}},     // wider than the room: on it goes
		{"e\u0301e\u0301e\u0301", 2, []string{"e\u0301e\u0301", "e\u0301"}},
	} {
		if got := fold(c.in, c.room); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d columns: got %q, want %q", c.in, c.room, got, c.want)
		}
	}
}

// A word of any length is folded in time that grows with its length.
func BenchmarkFoldLongWord(b *testing.B) {
	word := strings.Repeat("a", 1<<16)
	b.SetBytes(int64(len(word)))
	for b.Loop() {
		fold(word, 40)
	}
}
