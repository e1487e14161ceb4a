package snapd

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Store is the snapd of this computer.
type Store struct {
	socket string
	// answers bounds one answer, change the time that snapd takes to carry out a
	// change: hooks of a snap run meanwhile.
	answers, change, poll time.Duration
}

// New is the snapd that listens on a socket.
func New(socket string) *Store {
	return &Store{socket, 10 * time.Second, 60 * time.Second, 100 * time.Millisecond}
}

// Socket is where snapd listens.
const Socket = "/run/snapd.socket"

var _ harden.Store = (*Store)(nil)

var errPlace = errors.New("is no place in snapd")

// plug and slot are the ends of a connection, in snapd's words.
type plug struct {
	Snap string `json:"snap"`
	Plug string `json:"plug"`
}

type slot struct {
	Snap string `json:"snap"`
	Slot string `json:"slot"`
}

type connection struct {
	Plug plug `json:"plug"`
	Slot slot `json:"slot"`
}

// connectionAt is the connection a place stands for.
func connectionAt(at fact.At) (connection, error) {
	snap, name, ok := strings.Cut(at.Item, ":")
	if !ok || at.Path == "" || at.Key == "" || snap == "" || name == "" {
		return connection{}, errPlace
	}
	return connection{plug{at.Path, at.Key}, slot{snap, name}}, nil
}

func (c connection) standing() plan.Standing {
	raw, _ := json.Marshal(c) // strings
	return plan.Standing{Present: true, Raw: raw, Value: "allowed"}
}

// Read says whether a plug is in its slot.
func (s *Store) Read(ctx context.Context, at fact.At) (plan.Standing, error) {
	c, err := connectionAt(at)
	if err != nil {
		return plan.Standing{}, err
	}
	var answer struct {
		Established []connection `json:"established"`
	}
	err = s.get(ctx, "/v2/connections?snap="+url.QueryEscape(at.Path), &answer)
	var refused *refusal
	if errors.As(err, &refused) && refused.kind == "snap-not-found" {
		return plan.Standing{}, nil
	}
	if err != nil || !slices.Contains(answer.Established, c) {
		return plan.Standing{}, err
	}
	return c.standing(), nil
}

// Prepare draws up the step to a plug that is out, or in.
func (s *Store) Prepare(_ context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	c, err := connectionAt(at)
	step := plan.Step{Prior: now}
	if want.State != fact.Absent {
		step.Written = c.standing()
	}
	return step, err
}

// Do takes the plug out, or puts it in.
func (s *Store) Do(ctx context.Context, at fact.At, step plan.Step) error {
	return s.swap(ctx, at, step.Prior, step.Written)
}

// Undo puts the plug back in, or takes it out.
func (s *Store) Undo(ctx context.Context, at fact.At, step plan.Step) error {
	return s.swap(ctx, at, step.Written, step.Prior)
}

func (s *Store) swap(ctx context.Context, at fact.At, from, to plan.Standing) error {
	c, err := connectionAt(at)
	if err != nil {
		return err
	}
	now, err := s.Read(ctx, at)
	switch {
	case err != nil:
		return err
	case !now.Same(from):
		return harden.ErrMoved
	case now.Same(to):
		return nil
	}
	action := "disconnect"
	if to.Present {
		action = "connect"
	}
	id, err := s.begin(ctx, action, c)
	if err != nil {
		return s.because(ctx, at, from, err)
	}
	return s.wait(ctx, id)
}

// because says why snapd refused: it may be that somebody was faster, which it
// has no word of its own for.
func (s *Store) because(ctx context.Context, at fact.At, from plan.Standing, why error) error {
	if now, err := s.Read(ctx, at); err == nil && !now.Same(from) {
		return harden.ErrMoved
	}
	return why
}

// Settle waits for a change that was begun and not waited for, since snapd
// carries it out whether anybody waits or not.
func (s *Store) Settle(ctx context.Context, at fact.At, _ plan.Step) error {
	if _, err := connectionAt(at); err != nil {
		return err
	}
	var running []change
	if err := s.get(ctx, "/v2/changes?select=in-progress&for="+url.QueryEscape(at.Path), &running); err != nil {
		return err
	}
	for _, c := range running {
		if c.Kind != "connect-snap" && c.Kind != "disconnect-snap" {
			continue
		}
		// How it ended is read from the connection, not from the change.
		if err := s.wait(ctx, c.ID); errors.Is(err, errSlow) {
			return err
		}
	}
	return nil
}
