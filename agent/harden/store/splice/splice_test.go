package splice

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func TestBetween(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		want                Splice
	}{
		{"same", "a\n", "a\n", nil},
		{"both empty", "", "", nil},
		{"made", "", "[a]\nb=1\n", Splice{{0, nil, []byte("[a]\nb=1\n")}}},
		{"one value", "a=1\nb=2\n", "a=1\nb=30\n", Splice{{6, []byte("2"), []byte("30")}}},
		{"one line out", "a=1\nb=2\nc=3\n", "a=1\nc=3\n", Splice{{4, []byte("b=2\n"), nil}}},
		{"two lines out", "a=1\nt=x\na=2\nz\n", "t=x\nz\n", Splice{{0, []byte("a=1\n"), nil}, {8, []byte("a=2\n"), nil}}},
		{"neighbours out", "a=1\na=2\nz", "z", Splice{{0, []byte("a=1\na=2\n"), nil}}},
	} {
		got := Between([]byte(c.before), []byte(c.after))
		if c.want == nil && len(got) == 0 {
			continue
		}
		for i := range got { // an empty piece and none are the same
			if len(got[i].Old) == 0 {
				got[i].Old = nil
			}
			if len(got[i].New) == 0 {
				got[i].New = nil
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestApplyRefusesAnother(t *testing.T) {
	s := Between([]byte("a=1\nb=2\n"), []byte("a=1\nb=3\n"))
	for _, other := range []string{"", "a=1\n", "a=1\nb=4\n"} {
		if _, err := s.Apply([]byte(other)); !errors.Is(err, ErrOther) {
			t.Errorf("applied to %q: %v", other, err)
		}
	}
	if _, err := (Splice{{4, nil, nil}, {2, nil, nil}}).Apply([]byte("123456")); !errors.Is(err, ErrOther) {
		t.Errorf("pieces in disorder: %v", err)
	}
	if _, err := (Splice{{-1, nil, nil}}).Apply([]byte("123456")); !errors.Is(err, ErrOther) {
		t.Errorf("before the beginning: %v", err)
	}
}

// FuzzThereAndBack: a splice makes each form of the other.
func FuzzThereAndBack(f *testing.F) {
	for _, pair := range [][2]string{{"", ""}, {"a\nb\nc", "b\n"}, {"a=1\r\nt\r\na=2\r\n", "t\r\n"}, {"xx", "xxx"}} {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, before, after []byte) {
		s := Between(before, after)
		there, err := s.Apply(before)
		if err != nil || !bytes.Equal(there, after) {
			t.Fatalf("there: %q, %v, want %q", there, err, after)
		}
		back, err := s.Reversed().Apply(after)
		if err != nil || !bytes.Equal(back, before) {
			t.Fatalf("back: %q, %v, want %q", back, err, before)
		}
	})
}
