// Package splice holds the difference between two forms of a file as the few
// bytes that differ, so that one can be made of the other and the rest of the
// file need not be kept anywhere.
package splice

import (
	"bytes"
	"errors"
	"slices"
)

// Piece is one place where two forms of a file differ.
type Piece struct {
	Offset int    `json:"offset"` // in the first form
	Old    []byte `json:"old,omitempty"`
	New    []byte `json:"new,omitempty"`
}

// Splice is every place where they differ, from the front to the back.
type Splice []Piece

// ErrOther means that a file is not the one a splice was made of.
var ErrOther = errors.New("the file is not the one that was changed")

// Between gives the difference. Where whole lines were taken out, what stands
// between them is not in it; any other difference is one piece.
func Between(before, after []byte) Splice {
	head := commonStart(before, after)
	tail := commonEnd(before[head:], after[head:])
	old, new := before[head:len(before)-tail], after[head:len(after)-tail]
	if len(old) == 0 && len(new) == 0 {
		return nil
	}
	if len(new) > 0 {
		if s, ok := linesTakenOut(before, after); ok {
			return s
		}
	}
	return Splice{{head, slices.Clone(old), slices.Clone(new)}}
}

func commonStart(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func commonEnd(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// linesTakenOut is the difference where after is before without some lines.
func linesTakenOut(before, after []byte) (Splice, bool) {
	var s Splice
	offset, rest := 0, bytes.SplitAfter(after, []byte("\n"))
	for _, line := range bytes.SplitAfter(before, []byte("\n")) {
		switch last := len(s) - 1; {
		case len(rest) > 0 && bytes.Equal(line, rest[0]):
			rest = rest[1:]
		case last >= 0 && s[last].Offset+len(s[last].Old) == offset:
			s[last].Old = append(s[last].Old, line...)
		default:
			s = append(s, Piece{Offset: offset, Old: slices.Clone(line)})
		}
		offset += len(line)
	}
	return s, len(rest) == 0
}

// Apply makes the second form of the first.
func (s Splice) Apply(before []byte) ([]byte, error) {
	var out []byte
	done := 0
	for _, p := range s {
		end := p.Offset + len(p.Old)
		if p.Offset < done || end > len(before) || !bytes.Equal(before[p.Offset:end], p.Old) {
			return nil, ErrOther
		}
		out = append(append(out, before[done:p.Offset]...), p.New...)
		done = end
	}
	return append(out, before[done:]...), nil
}

// Reversed is the difference the other way round.
func (s Splice) Reversed() Splice {
	out := make(Splice, len(s))
	shift := 0
	for i, p := range s {
		out[i] = Piece{p.Offset + shift, p.New, p.Old}
		shift += len(p.New) - len(p.Old)
	}
	return out
}

// Size is how many bytes of the two forms it holds.
func (s Splice) Size() int {
	n := 0
	for _, p := range s {
		n += len(p.Old) + len(p.New)
	}
	return n
}
