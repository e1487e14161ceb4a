// Package call knows whether a client is in a call.
//
// It has three parts. A source watches one of the system's signals and tells
// what it saw, as events: it waits for the system's word and asks nothing in a
// loop. A Matcher says which client a sighting belongs to, from the catalogue.
// A Tracker, which is pure, keeps what is on and answers, with a dwell (a signal
// that is too short is no call) and a grace (a call that broke off may go on).
//
// An answer is yes, no or unknown with its reason. For whoever wants to write,
// update or remind, unknown counts as yes: see Answer.Blocks.
package call

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"huddleguard/checks/fact"
)

// ErrUnsupported says that this system's signals cannot be watched yet.
var ErrUnsupported = errors.New("calls cannot be watched on this system yet")

// Source is one signal as one account sees it.
type Source struct {
	Signal string `json:"signal"` // an id of calls.yaml
	// UID is the account in whose session it is watched; empty for the machine's.
	UID string `json:"uid,omitempty"`
}

// Kind is what an event says.
type Kind string

// The kinds of Event.
const (
	On    Kind = "on"    // one thing came on
	Off   Kind = "off"   // one thing went off
	All   Kind = "all"   // all that is on now
	Blind Kind = "blind" // the source cannot be watched, Why says why
)

// Event is what a source tells. It can be sent from one process to another.
type Event struct {
	Time   time.Time `json:"time"`
	Source Source    `json:"source"`
	Kind   Kind      `json:"kind"`
	Claims []Claim   `json:"claims,omitempty"` // one for On and Off
	Why    string    `json:"why,omitempty"`
}

// Claim is one thing that is on, and for whom.
type Claim struct {
	// Place names it within its source: a device and its holder, a stream.
	Place string `json:"place"`
	// Client is empty where nobody can tell whose it is: then it may be anybody's.
	Client string `json:"client,omitempty"`
	UID    string `json:"uid,omitempty"` // of the holder, empty where not known
	// Unsure says why this is perhaps no call.
	Unsure string `json:"unsure,omitempty"`
	// Unless is a source that knows better: while it is watched, the claim of
	// somebody who holds a device for others says nothing.
	Unless *Source `json:"unless,omitempty"`
}

// Answer says whether a client is in a call.
type Answer struct {
	InCall fact.Tri  `json:"in_call"`
	Since  time.Time `json:"since,omitzero"` // of a call
	Why    string    `json:"why,omitempty"`  // where it is unknown
}

// Blocks says whether the answer keeps a write, an update or a reminder back:
// only a sure no does not.
func (a Answer) Blocks() bool { return a.InCall != fact.No }

// Person is whose client is asked about.
type Person struct {
	Client string `json:"client"` // an id of the catalogue; empty: any client
	UID    string `json:"uid"`    // an account; empty: anybody's
	// Running is fact.No where the client is known not to run: then it is in no
	// call, whatever cannot be watched.
	Running fact.Tri `json:"-"`
}

// Refine puts into the copies of a look what is known of calls now. uid gives an
// account's id by name. What the look itself saw stays: a device that is held
// is a call, and what does not run is in none.
func Refine(copies []fact.Installation, t *Tracker, now time.Time, uid func(string) string) {
	for i := range copies {
		c := &copies[i]
		who := Person{Client: c.Client, Running: c.Running}
		if c.User != "" {
			who.UID = uid(c.User)
		}
		if a := t.State(who, now); a.InCall == fact.Yes || cmp.Or(c.InCall, fact.Unknown) == fact.Unknown {
			c.InCall = a.InCall
		}
	}
}

// Hold puts calls into the copies of a look that somebody who watches knows to be
// on: a look sees no grace.
func Hold(copies []fact.Installation, on []Person, uid func(string) string) {
	for i := range copies {
		c := &copies[i]
		who := Person{Client: c.Client}
		if c.User != "" {
			who.UID = uid(c.User)
		}
		if slices.ContainsFunc(on, func(p Person) bool { return who.asksFor(p.Client, p.UID) }) {
			c.InCall = fact.Yes
		}
	}
}
