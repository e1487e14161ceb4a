package textline

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	got, err := Split([]byte("a\r\n\nb"))
	want := []Line{{1, []byte("a"), "\r\n"}, {2, []byte{}, "\n"}, {3, []byte("b"), ""}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestSplitRefuses(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"NUL":                   {"a\nse\x00cret\n", "line 2: holds a NUL byte"},
		"stray carriage return": {"a=1\rb=2\n", "line 1: holds a stray carriage return"},
		"too many lines":        {strings.Repeat("\n", MaxLines), "more than 100000 lines"},
		"too long":              {"\n" + strings.Repeat(" ", MaxLine+1), "line 2: is longer than 1048576 bytes"},
		"too large":             {strings.Repeat(" ", MaxSize+1), "larger than 16777216 bytes"},
	} {
		if _, err := Split([]byte(c.data)); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("a\r\n\nb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := Split(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		for i, l := range lines {
			if l.Number != i+1 || bytes.ContainsAny(l.Text, "\r\n") {
				t.Fatalf("line %d is %q", i+1, l.Text)
			}
			b.Write(l.Text)
			b.WriteString(l.Ending)
		}
		if !bytes.Equal(b.Bytes(), data) {
			t.Errorf("put together: %q, was %q", b.Bytes(), data)
		}
	})
}

func TestInsert(t *testing.T) {
	for _, c := range []struct {
		data string
		at   int
		want string
	}{
		{"", 0, "x\ny\n"},
		{"a\r\nb\r\n", 1, "a\r\nx\r\ny\r\nb\r\n"},
		{"a\r\nb", 2, "a\r\nb\r\nx\r\ny"},
		{"a", 1, "a\nx\ny"},
		{"a", 0, "x\ny\na"},
	} {
		lines, err := Split([]byte(c.data))
		if err != nil {
			t.Fatal(err)
		}
		if got := Join(Insert(lines, c.at, "x", "y")); string(got) != c.want {
			t.Errorf("%q at %d: got %q, want %q", c.data, c.at, got, c.want)
		}
		if string(Join(lines)) != c.data {
			t.Errorf("%q: the lines given were changed", c.data)
		}
	}
}
