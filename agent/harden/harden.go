// Package harden is the only executor: it applies a plan's changes and takes
// them back. The order never varies: read; if it is not what was expected,
// stop; write the journal and sync it; change; read back; mark it done. Undo
// restores a value only while it is still ours.
//
// An Executor works for one person, or for the machine. It takes no place from
// outside: plans are drawn up by the process that carries them out.
package harden

import (
	"context"
	"errors"

	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Store is one kind of place: files of one format, a permission store, a
// registry. Every Store passes the contract suite of agent/harden/hardentest.
// A Store reads and writes nothing but the place it is given.
type Store interface {
	Reader
	// Do takes the step, whole or not at all. ErrMoved: the place is not as the
	// step was prepared for.
	Do(ctx context.Context, at fact.At, s plan.Step) error
	// Undo takes the step back: exactly, where nobody else wrote since; else by
	// key, and what others wrote stays. ErrMoved: the value is not ours any more.
	// ErrGone: there is nothing to take it back to.
	Undo(ctx context.Context, at fact.At, s plan.Step) error
	// Settle clears away what a Do or Undo that broke off left beside the place.
	// ErrGone: the place reads as if it had been done, and somebody else did it.
	Settle(ctx context.Context, at fact.At, s plan.Step) error
}

// Stacked is a Store whose changes can lie upon each other, as those of one file
// do.
type Stacked interface {
	// Lift is asked before the first of some steps in the same path is taken back
	// from beneath the others, which are in the order they were taken. It gives all
	// of them anew, so that taking back first that one and in the end the others
	// gives the very file of before. None: that cannot be had, and they are taken
	// back by their keys. The steps hold for the place as it is, too.
	Lift(ctx context.Context, made []Made) ([]plan.Step, error)
}

// Made is a step that was taken at a place.
type Made struct {
	At   fact.At
	Step plan.Step
}

// Reader is the half of a Store that cannot change anything.
type Reader interface {
	// Read gives what stands at a place. Nothing there is no error.
	Read(ctx context.Context, at fact.At) (plan.Standing, error)
	// Prepare draws up the step from what stands there to what is wanted. Where
	// that stands there already, Prior and Written are the same.
	Prepare(ctx context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error)
}

// ErrMoved means that a place is not as it was a moment ago.
var ErrMoved = errors.New("it was changed by somebody else meanwhile")

// ErrLeft means that a place was changed by somebody else meanwhile, and not all
// could be put in order: something is left beside it, for Settle.
var ErrLeft = errors.New("it was changed by somebody else meanwhile, and something was left beside it")

// ErrGone means that what a change was made in, or what it took away, is not
// there any more: somebody else removed it.
var ErrGone = errors.New("somebody else removed it since")

// Owner is whose places an Executor changes.
type Owner struct {
	User string // empty: the machine
	UID  string
	// Home identifies the very folder, since names and ids are given out again;
	// empty for the machine.
	Home string
}

// Outcome is what became of a change.
type Outcome string

// The outcomes of applying and undoing.
const (
	Applied    Outcome = "applied"
	Already    Outcome = "already" // it stood there before
	Planned    Outcome = "planned" // a rehearsal: it would be changed
	Waiting    Outcome = "waiting" // for a call or a program to end
	Refused    Outcome = "refused" // not as expected, or not to be changed safely
	RolledBack Outcome = "rolled-back"
	Failed     Outcome = "failed"
	Undone     Outcome = "undone"
	Superseded Outcome = "superseded" // somebody else wrote there since
	Forbidden  Outcome = "not-permitted"
	Drifted    Outcome = "drifted"     // enforced, and not so; it is about to be put back
	Fought     Outcome = "fought-over" // put back too often within an hour, and left alone
)

// Result is what became of one change.
type Result struct {
	Change plan.Change `json:"change"`
	// Entry is its number in the journal, 0 where nothing was journalled.
	Entry   int64       `json:"entry,omitempty"`
	Outcome Outcome     `json:"outcome"`
	Why     string      `json:"why,omitempty"` // a reason, in English, from the system or a store
	Waits   []plan.Wait `json:"waits,omitempty"`
	cause   error
}

// ends makes a result of an outcome and, where there is one, its reason.
func ends(c plan.Change, entry int64, o Outcome, why error) Result {
	r := Result{Change: c, Entry: entry, Outcome: o, cause: why}
	if why != nil {
		r.Why = why.Error()
	}
	return r
}
