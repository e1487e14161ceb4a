//go:build unix

// Package quarantine is the Store that takes a leftover out of the way: a file,
// a link or a whole folder is moved into the state folder of its owner, where
// nobody else can enter and nothing in it can be started, and can be put back
// exactly.
//
// Moving a name is one call of the system, done or not done, and it leaves
// content, owners and attributes alone. Only rights to start a file are taken,
// once it lies in quarantine; the journal holds each entry's mode, owner and a
// digest of its attributes, so that what is put back is known to be what was
// taken.
package quarantine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Store takes away what lies beneath one root.
type Store struct {
	root  string
	owner int
	state string
}

var _ harden.Store = (*Store)(nil)

// New is a store for what lies beneath a root, a home or "/". Only things that
// belong to owner are taken, anybody's if it is negative. What is taken lies in
// the folder "quarantine" of the state folder, which must be there.
func New(root string, owner int, state string) *Store { return &Store{root, owner, state} }

// undoing is what the journal holds besides the digest of the tree.
type undoing struct {
	ID   string `json:"id"` // its name in quarantine
	Tree tree   `json:"tree"`
}

// Read names what lies at a place. Its form is a digest of every name, mode,
// owner, size and time in it.
func (s *Store) Read(_ context.Context, at fact.At) (plan.Standing, error) {
	_, now, err := s.look(at)
	return now, err
}

func (s *Store) look(at fact.At) (tree, plan.Standing, error) {
	folder, base, err := s.open(at.Path)
	if lost(err) {
		return nil, plan.Standing{}, nil
	}
	if err != nil {
		return nil, plan.Standing{}, err
	}
	defer folder.Close()
	t, err := list(int(folder.Fd()), base, s.owner)
	switch {
	case lost(err) && len(t) == 0:
		return nil, plan.Standing{}, nil
	case err != nil:
		return nil, plan.Standing{}, err
	}
	return t, plan.Standing{Present: true, Raw: t.digest(), Value: kindOf(&t[0])}, nil
}

func kindOf(e *entry) string {
	switch e.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "folder"
	case unix.S_IFLNK:
		return "link"
	}
	return "file"
}

var (
	errOnlyAway  = errors.New("things can only be taken away")
	errElsewhere = errors.New("it lies on another file system than the quarantine folder, and would have to be copied")
)

// Prepare lists the tree that is to be taken.
func (s *Store) Prepare(_ context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	if want.State == fact.Present && now.Present || want.State != fact.Present && !now.Present {
		return plan.Step{Prior: now, Written: now}, nil
	}
	if want.State == fact.Present {
		return plan.Step{}, errOnlyAway
	}
	t, again, err := s.look(at)
	switch {
	case err != nil:
		return plan.Step{}, err
	case !again.Same(now):
		return plan.Step{}, harden.ErrMoved
	}
	if err := s.sameFileSystem(at); err != nil {
		return plan.Step{}, err
	}
	id := make([]byte, 16)
	rand.Read(id) // never fails
	undo, err := json.Marshal(undoing{hex.EncodeToString(id), t})
	return plan.Step{Prior: now, Undo: undo}, err
}

// sameFileSystem refuses what no rename can take: a copy could not be put back
// exactly.
func (s *Store) sameFileSystem(at fact.At) error {
	folder, _, err := s.open(at.Path)
	if err != nil {
		return moved(err)
	}
	defer folder.Close()
	var here, there unix.Stat_t
	if err := errors.Join(unix.Fstat(int(folder.Fd()), &here), unix.Stat(s.state, &there)); err != nil {
		return fmt.Errorf("looking for the quarantine folder: %w", err)
	}
	if here.Dev != there.Dev {
		return errElsewhere
	}
	return nil
}

// Do moves the item away and then takes the rights of its files. Where that
// fails it is put back.
func (s *Store) Do(_ context.Context, at fact.At, step plan.Step) error {
	u, err := read(step)
	if err != nil {
		return err
	}
	folder, base, err := s.open(at.Path)
	if err != nil {
		return moved(err)
	}
	defer folder.Close()
	if t, err := list(int(folder.Fd()), base, s.owner); err != nil || !sameAs(t, step.Prior) {
		return errors.Join(err, harden.ErrMoved)
	}
	shelf, err := s.shelf(true)
	if err != nil {
		return fmt.Errorf("opening the quarantine folder: %w", err)
	}
	defer shelf.Close()
	if err := s.take(folder, base, shelf, u, step.Prior); err != nil {
		s.clearShelf()
		return err
	}
	return nil
}

// take moves an item and sees that it was the one that was listed: somebody may
// have put another in its place a moment before.
func (s *Store) take(folder *os.File, base string, shelf *os.File, u undoing, prior plan.Standing) error {
	if err := move(folder, base, shelf, u.ID); err != nil {
		if errors.Is(err, unix.EXDEV) {
			return errElsewhere
		}
		return moved(err)
	}
	t, err := list(int(shelf.Fd()), u.ID, s.owner)
	if err != nil || !sameAs(t, prior) {
		return errors.Join(err, harden.ErrMoved, move(shelf, u.ID, folder, base))
	}
	if err := errors.Join(settled(folder, shelf), rights(shelf, u.ID, u.Tree, takes)); err != nil {
		return errors.Join(err, rights(shelf, u.ID, u.Tree, gives), move(shelf, u.ID, folder, base))
	}
	return nil
}

func sameAs(t tree, s plan.Standing) bool {
	return (plan.Standing{Present: true, Raw: t.digest()}).Same(s)
}

var errChanged = errors.New("what lies in quarantine is not what was put there")

// Undo gives the files their rights again and moves the item back, never onto
// something that came to its place meanwhile.
func (s *Store) Undo(_ context.Context, at fact.At, step plan.Step) error {
	u, err := read(step)
	if err != nil {
		return err
	}
	folder, base, err := s.open(at.Path)
	if err != nil {
		return fmt.Errorf("opening the folder it stood in: %w", err)
	}
	defer folder.Close()
	if err := unix.Fstatat(int(folder.Fd()), base, &unix.Stat_t{}, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		return harden.ErrMoved
	}
	shelf, err := s.shelf(false)
	if lost(err) {
		return harden.ErrGone
	}
	if err != nil {
		return fmt.Errorf("opening the quarantine folder: %w", err)
	}
	defer shelf.Close()
	switch t, err := list(int(shelf.Fd()), u.ID, s.owner); {
	case lost(err) && len(t) == 0:
		return harden.ErrGone
	case err != nil || !t.same(u.Tree):
		return errors.Join(err, errChanged)
	}
	err = rights(shelf, u.ID, u.Tree, gives)
	if err == nil {
		err = moved(move(shelf, u.ID, folder, base))
	}
	if err != nil {
		return errors.Join(err, rights(shelf, u.ID, u.Tree, takes))
	}
	s.clearShelf()
	return settled(shelf, folder)
}

// Settle ends what broke off. What lies in quarantine as it was taken stays
// there, without rights. Another thing that was put in its place in that very
// moment goes back.
func (s *Store) Settle(_ context.Context, at fact.At, step plan.Step) error {
	u, err := read(step)
	if err != nil {
		return err
	}
	shelf, err := s.shelf(false)
	if lost(err) {
		return s.stillThere(at)
	}
	if err != nil {
		return err
	}
	defer shelf.Close()
	t, err := list(int(shelf.Fd()), u.ID, s.owner)
	switch {
	case lost(err) && len(t) == 0:
		s.clearShelf()
		return s.stillThere(at)
	case err == nil && t.same(u.Tree):
		return rights(shelf, u.ID, u.Tree, takes)
	}
	folder, base, err := s.open(at.Path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return errors.Join(move(shelf, u.ID, folder, base), settled(shelf, folder))
}

// stillThere is for an item that is not in quarantine: where it does not stand
// in its place either, somebody else took it.
func (s *Store) stillThere(at fact.At) error {
	_, now, err := s.look(at)
	if err == nil && !now.Present {
		return harden.ErrGone
	}
	return err
}

var errRecord = errors.New("the journal's record of it cannot be used")

// read takes the record apart. A name that is not one we gave leads anywhere.
func read(step plan.Step) (undoing, error) {
	var u undoing
	if err := json.Unmarshal(step.Undo, &u); err != nil {
		return u, errRecord
	}
	if id, err := hex.DecodeString(u.ID); err != nil || len(id) != 16 || len(u.Tree) == 0 {
		return u, errRecord
	}
	return u, nil
}
