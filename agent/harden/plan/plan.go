// Package plan holds what is to be changed, as plain values: a Plan of Changes
// drawn up from findings, the Step a store prepares for one of them, and what
// stood at a place before and after. It touches nothing, so it may be imported
// anywhere: what is shown, what is asked for and what is journalled are the
// same values.
package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"huddleguard/checks"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// Schema names the JSON form of a Plan. Readers ignore fields they do not know.
const Schema = "huddleguard.plan/1"

// Plan is an ordered list of changes.
type Plan struct {
	Schema string `json:"schema"`
	// Digest names the changes and nothing else: a plan that was shown and one
	// that was drawn up again are the same while their digests are. What a change
	// waits for does not count.
	Digest  string   `json:"digest"`
	Changes []Change `json:"changes"`
	// Left are findings that were asked for and that no change mends, with why.
	Left []Left `json:"left"`
}

// Change is one setting, grant, mode or file that is to be other than it is.
type Change struct {
	// ID names the finding and the place: stable while both are.
	ID           string          `json:"id"`
	Finding      string          `json:"finding"` // the finding's key
	Check        string          `json:"check"`
	Client       string          `json:"client"`
	Installation string          `json:"installation,omitempty"`
	User         string          `json:"user,omitempty"` // whose; empty for the machine's
	Severity     checks.Severity `json:"severity"`
	Message      message.Message `json:"message"` // what is wanted, in a few words
	Title        string          `json:"title"`   // the message in English
	At           fact.At         `json:"at"`
	Type         string          `json:"type,omitempty"` // bool int string list; empty where the store has its own words
	// Before is what is expected to stand there, After what is wanted.
	Before fact.Held `json:"before"`
	After  fact.Held `json:"after"`
	// Advisories are the items served.
	Advisories []string `json:"advisories"`
	// Loses is what the person gives up, empty where nothing is known.
	Loses *message.Message `json:"loses,omitempty"`
	// EffectSeen says whether it was seen that the client heeds the place.
	EffectSeen bool `json:"effect_seen"`
	// NeedsRoot is set for the machine's places.
	NeedsRoot bool `json:"needs_root"`
	// Mode is what policy says of the check: audit, advise or enforce.
	Mode string `json:"mode"`
	// Waits are what the change has to wait for as things stood when the plan
	// was drawn up.
	Waits []Wait `json:"waits"`
}

// Wait is something a change has to wait for.
type Wait struct {
	// Kind is "call" while somebody is, or may be, in a call; "running" while the
	// program that owns the place runs, or may run.
	Kind string `json:"kind"`
	// Name is the program's name.
	Name string `json:"name"`
	// Sure is false where it could not be known.
	Sure bool `json:"sure"`
	// PIDs are the processes whose end would end it, as far as they are known. They
	// are for whoever waits, and in no plan that travels.
	PIDs []int `json:"-"`
}

// The kinds of Wait.
const (
	WaitCall    = "call"
	WaitRunning = "running"
)

// Left is a finding that no change mends.
type Left struct {
	Finding string          `json:"finding"`
	Check   string          `json:"check"`
	User    string          `json:"user,omitempty"`
	Message message.Message `json:"message"`
	Text    string          `json:"text"` // the message in English
}

// Standing is what stands at a place.
type Standing struct {
	Present bool `json:"present"`
	// Raw is the store's exact form of the entry, and of nothing beside it.
	Raw []byte `json:"raw,omitempty"`
	// Value is the entry as a catalogue's type. It can be a secret: it is
	// compared and never kept.
	Value any `json:"-"`
}

// Same says whether two are the same to the byte.
func (s Standing) Same(o Standing) bool {
	return s.Present == o.Present && bytes.Equal(s.Raw, o.Raw)
}

// Step is one change as a store prepared it.
type Step struct {
	Prior   Standing `json:"prior"`
	Written Standing `json:"written"`
	// Undo is what the store itself needs to put the place back exactly.
	Undo json.RawMessage `json:"undo,omitempty"`
}

// DigestOf names a list of changes.
func DigestOf(changes []Change) string {
	h := sha256.New()
	enc := json.NewEncoder(h) // a hash takes everything
	for _, c := range changes {
		_ = enc.Encode([]any{c.ID, c.Finding, c.User, c.At, c.Before, c.After})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// idOf names a finding and a place in it.
func idOf(finding string, at fact.At) string {
	data, _ := json.Marshal([]any{finding, at}) // strings and flags
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// Of are the changes of one person, or of the machine where user is empty.
func (p Plan) Of(user string) Plan {
	p.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return c.User != user })
	p.Digest = DigestOf(p.Changes)
	return p
}

// Users are whose changes a plan holds, the machine's "" among them, in order.
func (p Plan) Users() []string {
	var users []string
	for _, c := range p.Changes {
		users = append(users, c.User)
	}
	slices.Sort(users)
	return slices.Compact(users)
}
