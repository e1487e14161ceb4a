package portal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Store is the permission store of one account.
type Store struct {
	uid      int
	patience time.Duration
}

// New is the store on the session bus of an account, which must be the one
// that runs.
func New(uid int) *Store { return &Store{uid, 10 * time.Second} }

var _ harden.Store = (*Store)(nil)

var errPlace = errors.New("is no place in a permission store")

// The words that stand for a grant, as xdg-desktop-portal writes them.
var words = map[any]string{"allowed": "yes", "denied": "no", "ask": "ask"}

// valueOf puts an application's list into one word.
func valueOf(list []string) string {
	for value, word := range words {
		if len(list) > 0 && list[0] == word {
			return value.(string)
		}
	}
	return "ask"
}

func standing(list []string, present bool) plan.Standing {
	if !present {
		return plan.Standing{}
	}
	if list == nil {
		list = []string{}
	}
	raw, _ := json.Marshal(list) // strings
	return plan.Standing{Present: true, Raw: raw, Value: valueOf(list)}
}

// checked says whether a place is one: the store makes a file's name of the table.
func checked(at fact.At) error {
	if at.Path == "" || strings.ContainsAny(at.Path, "/.") || at.Key == "" || at.Item == "" {
		return errPlace
	}
	return nil
}

// Read gives an application's list.
func (s *Store) Read(ctx context.Context, at fact.At) (plan.Standing, error) {
	var now plan.Standing
	err := s.on(ctx, at, func(b *bus) (err error) {
		now, _, err = b.standing(at)
		return err
	})
	return now, err
}

// undo is what taking a step back needs to know.
type undo struct {
	// Row is set where the id had a row before: one that was made by us is taken
	// out again, unless others have put something in it.
	Row bool `json:"row"`
}

// Prepare draws up the step to one word, or to none.
func (s *Store) Prepare(ctx context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	step := plan.Step{Prior: now, Written: now}
	if want.State == fact.Absent {
		step.Written = plan.Standing{}
	} else if !now.Present || now.Value != want.Value {
		word, ok := words[want.Value]
		if !ok {
			return plan.Step{}, errors.New("is no word for a grant")
		}
		step.Written = standing([]string{word}, true)
	}
	var u undo
	err := s.on(ctx, at, func(b *bus) (err error) {
		_, u.Row, err = b.standing(at)
		return err
	})
	if err == nil {
		step.Undo, err = json.Marshal(u)
	}
	return step, err
}

// Do writes the application's list, or takes it out.
func (s *Store) Do(ctx context.Context, at fact.At, step plan.Step) error {
	return s.on(ctx, at, func(b *bus) error { return b.swap(at, step.Prior, step.Written) })
}

// Undo puts the list back. What others wrote for the id stays.
func (s *Store) Undo(ctx context.Context, at fact.At, step plan.Step) error {
	var u undo
	if err := json.Unmarshal(step.Undo, &u); err != nil {
		return errors.New("the step cannot be read")
	}
	return s.on(ctx, at, func(b *bus) error {
		if err := b.swap(at, step.Written, step.Prior); err != nil || u.Row {
			return err
		}
		return b.tidy(at)
	})
}

// Settle takes out a row that a step which broke off left with nothing in it.
func (s *Store) Settle(ctx context.Context, at fact.At, step plan.Step) error {
	var u undo
	if err := json.Unmarshal(step.Undo, &u); err != nil {
		return errors.New("the step cannot be read")
	}
	if u.Row {
		return nil
	}
	return s.on(ctx, at, func(b *bus) error { return b.tidy(at) })
}
