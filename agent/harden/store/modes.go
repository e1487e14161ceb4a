package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Modes is the Store of the rights of files and folders. What is wanted is a
// change in chmod's words that takes rights away ("o-w", "ug-s"); what stands
// there is the mode in octal.
type Modes struct{ ground }

var _ harden.Store = (*Modes)(nil)

var (
	errKind    = errors.New("it is neither a file nor a folder")
	errForeign = errors.New("it belongs to somebody else")
	errAbsent  = errors.New("it is not there")
	errWords   = errors.New("rights are only taken away, in chmod's words")
)

// Read gives a mode. A link has none of its own.
func (m *Modes) Read(_ context.Context, at fact.At) (plan.Standing, error) {
	name, err := m.name(at)
	if err != nil {
		return plan.Standing{}, err
	}
	info, err := m.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return plan.Standing{}, nil
	case err != nil:
		return plan.Standing{}, err
	case !info.Mode.IsRegular() && !info.Mode.IsDir():
		return plan.Standing{}, errKind
	case m.uid != disk.AnyOwner && info.UID != m.uid:
		return plan.Standing{}, errForeign
	}
	return standing(info.Mode), nil
}

func standing(mode fs.FileMode) plan.Standing {
	text := fmt.Sprintf("%04o", octal(mode))
	return plan.Standing{Present: true, Raw: []byte(text), Value: text}
}

// specials are the rights that Go and chmod write differently.
var specials = []struct {
	mode fs.FileMode
	bit  uint32
}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}}

func octal(mode fs.FileMode) uint32 {
	n := uint32(mode.Perm())
	for _, s := range specials {
		if mode&s.mode != 0 {
			n |= s.bit
		}
	}
	return n
}

// modeOf reads the octal form again.
func modeOf(s plan.Standing) (fs.FileMode, error) {
	var n uint32
	if _, err := fmt.Sscanf(string(s.Raw), "%o", &n); err != nil || n > 0o7777 {
		return 0, errRecord
	}
	mode := fs.FileMode(n) & fs.ModePerm
	for _, s := range specials {
		if n&s.bit != 0 {
			mode |= s.mode
		}
	}
	return mode, nil
}

// Prepare takes the rights away from the mode that stands there.
func (m *Modes) Prepare(_ context.Context, _ fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	words, ok := want.Value.(string)
	switch {
	case want.State != fact.Present || !ok:
		return plan.Step{}, errWords
	case !now.Present:
		return plan.Step{}, errAbsent
	}
	mode, err := modeOf(now)
	if err != nil {
		return plan.Step{}, err
	}
	for change := range strings.SplitSeq(words, ",") {
		gone, err := taken(change)
		if err != nil {
			return plan.Step{}, err
		}
		mode &^= gone
	}
	return plan.Step{Prior: now, Written: standing(mode)}, nil
}

// taken are the rights that a change like "go-w" takes away. The setuid right
// is the owner's, the setgid right the group's.
func taken(change string) (fs.FileMode, error) {
	who, what, ok := strings.Cut(change, "-")
	if !ok || who == "" || what == "" || strings.Trim(who, "ugoa") != "" || strings.Trim(what, "rwxst") != "" {
		return 0, errWords
	}
	var gone fs.FileMode
	for _, w := range strings.ReplaceAll(who, "a", "ugo") {
		shift := map[rune]uint{'u': 6, 'g': 3, 'o': 0}[w]
		for _, r := range what {
			gone |= right(w, r, shift)
		}
	}
	return gone, nil
}

func right(who, what rune, shift uint) fs.FileMode {
	switch {
	case what == 's' && who == 'u':
		return fs.ModeSetuid
	case what == 's' && who == 'g':
		return fs.ModeSetgid
	case what == 't' && who == 'o':
		return fs.ModeSticky
	}
	return fs.FileMode(map[rune]uint32{'r': 4, 'w': 2, 'x': 1}[what]) << shift
}

// Do changes the mode.
func (m *Modes) Do(_ context.Context, at fact.At, s plan.Step) error {
	return m.change(at, s.Prior, s.Written)
}

// Undo changes it back.
func (m *Modes) Undo(_ context.Context, at fact.At, s plan.Step) error {
	return m.change(at, s.Written, s.Prior)
}

func (m *Modes) change(at fact.At, from, to plan.Standing) error {
	name, err := m.name(at)
	if err != nil {
		return err
	}
	was, err := modeOf(from)
	if err != nil {
		return err
	}
	mode, err := modeOf(to)
	if err != nil {
		return err
	}
	if err = m.root.Chmod(name, was, mode); errors.Is(err, fs.ErrNotExist) {
		return harden.ErrMoved
	}
	return moved(err)
}

// Settle has nothing to clear away: a mode changes in one piece.
func (m *Modes) Settle(context.Context, fact.At, plan.Step) error { return nil }
