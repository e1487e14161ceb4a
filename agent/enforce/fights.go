package enforce

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// Actor is who asks when policy does.
const Actor = "policy"

// Three writes of the same value within an hour, and it is drifted again: that
// is the third fight. Somebody insists, and going on would wear out a disk and
// a program and win nothing.
const (
	maxFights = 3
	fightTime = time.Hour
)

// Stopped says whether a place is fought over, and so left alone: the newest
// writes there are all policy's, of the value that is wanted, and the last three
// lie within an hour. It is read from the journal alone, so that a restart
// forgets nothing. An administrator's own apply, or another value in the
// policy, begins anew.
//
// entries are those of the change's place, the newest first.
func Stopped(c plan.Change, entries []state.Entry) bool {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e state.Entry) bool {
		return e.Status == state.Dropped || e.Status == state.RolledBack || e.Status == state.Intent
	})
	if len(entries) < maxFights {
		return false
	}
	last := entries[:maxFights]
	ours := !slices.ContainsFunc(last, func(e state.Entry) bool {
		return e.Actor != Actor || !same(e.Change.After, c.After)
	})
	return ours && last[0].At.Sub(last[maxFights-1].At) <= fightTime
}

// same says whether two values are: as they are written down, since one of them
// was read from a journal.
func same(a, b fact.Held) bool {
	one, err := json.Marshal(a)
	two, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(one, two)
}
