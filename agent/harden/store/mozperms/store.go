// Package mozperms takes what a site may do out of a Firefox profile
// (permissions.sqlite), and puts it back.
//
// A place is the database (fact.At.Path), a type (Key: camera) and an origin
// (Item). What stands there are the rows of that origin and type, with every
// column but their numbers: Firefox gives a number out again once its row is
// gone, so one that was put back may have another.
//
// The database is never opened by SQLite on the disk. It is read whole, changed
// in memory and exchanged whole, as every other file in a home: no link, lock or
// second file beside it plays a part, and Firefox, which holds it open while it
// runs, is noticed. A database whose last words lie in a log beside it is left
// alone; Firefox leaves none when it ends as it should.
//
// After a row is taken out and put back, every row is as it was; the bytes of
// the file are not, since SQLite finds other room for it.
package mozperms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/mozperms"
)

// Store are the Firefox profiles of one home.
type Store struct {
	root *disk.Root
	home string
}

// New is the profiles beneath a home that is open.
func New(root *disk.Root, home string) *Store { return &Store{root, filepath.ToSlash(home)} }

var _ harden.Store = (*Store)(nil)

var (
	errPlace = errors.New("is no site's permission in a profile of this home")
	errGrant = errors.New("a permission is taken away here, and not given")
	errLog   = errors.New("its browser did not end as it should: what it wrote last lies in a log beside it")
	errStep  = errors.New("the step cannot be read")
)

// patience bounds work on a database that its owner may have made to take long.
const patience = 10 * time.Second

// name is a place's name beneath the home.
func (s *Store) name(at fact.At) (string, error) {
	p := filepath.ToSlash(at.Path)
	name, err := disk.Beneath(s.home, p)
	if err != nil || path.Clean(p) != p || path.Base(p) != "permissions.sqlite" || at.Key == "" || at.Item == "" {
		return "", errPlace
	}
	return name, nil
}

// site is one place, with its database as it was read; nil where there is none.
type site struct {
	ctx  context.Context
	root *disk.Root
	name string
	at   fact.At
	file *disk.File
}

// on reads a place's database for one errand.
func (s *Store) on(ctx context.Context, at fact.At, errand func(*site) error) error {
	name, err := s.name(at)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	t := &site{ctx, s.root, name, at, nil}
	for _, log := range []string{"-wal", "-journal"} {
		switch info, err := s.root.Stat(name + log); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Size > 0 || !info.Mode.IsRegular():
			return errLog
		}
	}
	if t.file, err = s.root.Read(name, disk.MaxSize); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return moved(err)
	}
	return errand(t)
}

// moved is the executor's word for what disk found.
func moved(err error) error {
	if errors.Is(err, disk.ErrMoved) {
		return harden.ErrMoved
	}
	return err
}

// rows are the site's rows in a database.
func (t *site) rows(data []byte) ([]mozperms.Row, error) {
	return mozperms.Find(t.ctx, data, t.at.Key, t.at.Item)
}

// now gives the site's rows and what they stand for.
func (t *site) now() ([]mozperms.Row, plan.Standing, error) {
	if t.file == nil {
		return nil, plan.Standing{}, nil
	}
	rows, err := t.rows(t.file.Data)
	return rows, standing(rows), err
}

func standing(rows []mozperms.Row) plan.Standing {
	if len(rows) == 0 {
		return plan.Standing{}
	}
	words := map[int64]string{mozperms.Allow: "allowed", mozperms.Deny: "denied"}
	value := words[rows[0].Permission()]
	if value == "" {
		value = "ask"
	}
	return plan.Standing{Present: true, Raw: mozperms.Encode(rows), Value: value}
}

// Read gives the rows of a site.
func (s *Store) Read(ctx context.Context, at fact.At) (now plan.Standing, err error) {
	err = s.on(ctx, at, func(t *site) error {
		_, now, err = t.now()
		return err
	})
	return now, err
}

// undo is what taking a step back needs to know.
type undo struct {
	IDs []int64 `json:"ids,omitempty"`
}

// Prepare draws up the step to no rows.
func (s *Store) Prepare(ctx context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	step := plan.Step{Prior: now}
	if want.State != fact.Absent {
		if !now.Present || now.Value != want.Value {
			return plan.Step{}, errGrant
		}
		step.Written = now
	}
	var u undo
	err := s.on(ctx, at, func(t *site) error {
		rows, seen, err := t.now()
		for _, r := range rows {
			u.IDs = append(u.IDs, r.ID)
		}
		if err == nil && !seen.Same(now) {
			err = harden.ErrMoved
		}
		return err
	})
	if err == nil {
		step.Undo, err = json.Marshal(u)
	}
	return step, err
}

// Do takes the rows out.
func (s *Store) Do(ctx context.Context, at fact.At, step plan.Step) error {
	return s.swap(ctx, at, step.Prior, step.Written, step)
}

// Undo puts the rows in again.
func (s *Store) Undo(ctx context.Context, at fact.At, step plan.Step) error {
	return s.swap(ctx, at, step.Written, step.Prior, step)
}

func (s *Store) swap(ctx context.Context, at fact.At, from, to plan.Standing, step plan.Step) error {
	return s.on(ctx, at, func(t *site) error {
		rows, now, err := t.now()
		switch {
		case err != nil:
			return err
		case !now.Same(from):
			return harden.ErrMoved
		case now.Same(to):
			return nil
		case t.file == nil:
			return fs.ErrNotExist // a profile that is gone is not made again
		}
		var data []byte
		if to.Present {
			data, err = t.with(t.file.Data, step)
		} else {
			data, err = mozperms.Cut(t.ctx, t.file.Data, rows)
		}
		if err != nil {
			return err
		}
		return moved(t.root.Replace(t.name, t.file, data))
	})
}

// with is a database with the rows that a step took out.
func (t *site) with(data []byte, step plan.Step) ([]byte, error) {
	var u undo
	if err := json.Unmarshal(step.Undo, &u); err != nil {
		return nil, errStep
	}
	rows, err := mozperms.Decode(step.Prior.Raw, u.IDs)
	if err != nil {
		return nil, errStep
	}
	return mozperms.Put(t.ctx, data, rows)
}

// Settle clears away the other form of the database, where an exchange broke
// off. It is ours if either form is what the step makes of the other.
func (s *Store) Settle(ctx context.Context, at fact.At, step plan.Step) error {
	return s.on(ctx, at, func(t *site) error {
		err := t.root.Settle(t.name, [32]byte{}, [32]byte{})
		var left *disk.Leftover
		if !errors.As(err, &left) || t.file == nil {
			return err
		}
		other, readErr := t.root.Read(path.Join(path.Dir(t.name), left.Name), disk.MaxSize)
		if readErr != nil || !t.follows(other.Data, t.file.Data, step) && !t.follows(t.file.Data, other.Data, step) {
			return err
		}
		return t.root.Settle(t.name, other.Sum, t.file.Sum)
	})
}

// follows says whether doing or undoing a step makes one form of the other.
func (t *site) follows(from, to []byte, step plan.Step) bool {
	rows, err := t.rows(from)
	if err != nil {
		return false
	}
	var made []byte
	if len(rows) > 0 {
		made, err = mozperms.Cut(t.ctx, from, rows)
	} else {
		made, err = t.with(from, step)
	}
	return err == nil && bytes.Equal(made, to)
}
