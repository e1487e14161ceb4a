// Package localapi is how one process of Huddleguard asks another on the same
// computer: what is asked and answered, as plain values; the handlers over
// whatever carries it out; and the caller. It is HTTP with JSON over a socket
// that somebody else made.
//
// A request names ids of checks, keys of findings, numbers of entries and the
// digest of a plan that was shown. There is no word in it for a path, a key, a
// value or a command.
package localapi

import (
	"context"
	"time"

	"huddleguard/agent/harden/plan"
)

// Backend carries out what is asked for.
type Backend interface {
	// Plan draws up what would mend the findings asked for, or every one.
	Plan(context.Context, PlanRequest) (plan.Plan, error)
	// Apply draws the plan up again, and carries it out if it is still the one
	// that was shown.
	Apply(context.Context, ApplyRequest) ([]Result, error)
	// RehearseApply says what would become of it, and changes nothing.
	RehearseApply(context.Context, ApplyRequest) ([]Result, error)
	// Undo takes entries of the journal back.
	Undo(context.Context, UndoRequest) ([]Result, error)
	// RehearseUndo says what would become of it, and changes nothing.
	RehearseUndo(context.Context, UndoRequest) ([]Result, error)
	// Held says how what policy enforces stands, and changes nothing.
	Held(context.Context, HeldRequest) (Held, error)
	// Enforce puts back what policy enforces and is not so.
	Enforce(context.Context, EnforceRequest) ([]Result, error)
	// History lists the journal, the newest entry first.
	History(context.Context, HistoryRequest) ([]Entry, error)
}

// PlanRequest asks for a plan.
type PlanRequest struct {
	// IDs are ids of checks or keys of findings; none means all.
	IDs []string `json:"ids"`
}

// ApplyRequest asks for a plan to be carried out.
type ApplyRequest struct {
	IDs []string `json:"ids"`
	// Digest is that of the plan that was shown for these ids.
	Digest string `json:"digest"`
}

// UndoRequest asks for entries to be taken back; one of the three is set.
type UndoRequest struct {
	Entries []int64 `json:"entries"`
	Last    bool    `json:"last"` // those of the newest plan
	All     bool    `json:"all"`
}

// EnforceRequest asks for what policy enforces to be put back. What that is
// stands in the policy, and nothing of it in the request.
type EnforceRequest struct{}

// HeldRequest asks how it stands.
type HeldRequest struct{}

// Held is how what policy enforces stands.
type Held struct {
	// Drift is what is not so, each with what becomes of it: it is drifted, waiting
	// or fought over.
	Drift []Drift `json:"drift"`
	// Unseen is what could not be looked at.
	Unseen []plan.Left `json:"unseen"`
	// Places are where all of it stands, drifted or not.
	Places []Place `json:"places"`
	// Cut is set where somebody has more of it than their share of an answer.
	Cut bool `json:"cut,omitempty"`
}

// Drift is one place that is not as policy wants it.
type Drift struct {
	Result
	// PIDs are the processes whose end would end what it waits for.
	PIDs []int `json:"pids,omitempty"`
}

// Place is a file, and the home that it lies in where it lies in one.
type Place struct {
	Home string `json:"home,omitempty"`
	Path string `json:"path"`
}

// HistoryRequest asks for the journal.
type HistoryRequest struct {
	// Limit is how many entries there are at most; 0 means all. From another
	// process no more than some thousand come, the newest.
	Limit int `json:"limit"`
}

// Result is what became, or would become, of one change.
type Result struct {
	Change plan.Change `json:"change"`
	// Entry is its number in the journal of whose it is; 0 where there is none.
	Entry int64 `json:"entry,omitempty"`
	// Outcome is one of the words of agent/harden.
	Outcome string `json:"outcome"`
	// Why is a reason in English, from the system or a store.
	Why   string      `json:"why,omitempty"`
	Waits []plan.Wait `json:"waits,omitempty"`
}

// Entry is one change in the journal, as it may be shown: what stands in the
// plan, and never what was read from the place.
type Entry struct {
	ID     int64       `json:"id"`
	Plan   string      `json:"plan"` // digest
	Change plan.Change `json:"change"`
	Status string      `json:"status"` // a word of agent/state
	Actor  string      `json:"actor"`  // who asked for it
	At     time.Time   `json:"at"`     // when, UTC
	Ended  time.Time   `json:"ended"`  // when the status last changed, and by whom
	By     string      `json:"by"`
	Why    string      `json:"why,omitempty"`
}

// Reason is the sort of a Refusal.
type Reason string

// The reasons for refusing a request.
const (
	BadRequest  Reason = "bad-request"  // it is none, or asks for what cannot be asked for
	UnknownID   Reason = "unknown-id"   // no check, finding or entry here is called that
	PlanChanged Reason = "plan-changed" // it is not the plan that was shown
	Busy        Reason = "busy"         // another process works there
	Failed      Reason = "failed"       // it could not be looked at, or the journal not be opened
)

// Refusal is why a request was not carried out. Nothing was changed.
type Refusal struct {
	Reason Reason `json:"reason"`
	Text   string `json:"text"` // in English
	// ID is the one that is unknown.
	ID string `json:"id,omitempty"`
}

func (r *Refusal) Error() string { return r.Text }
