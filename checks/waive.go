package checks

import (
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

// The two who waive.
const (
	ByPolicy = "policy"
	ByPerson = "person"
)

// Waiver says who accepted a finding, why, and until when. It never makes a
// finding pass, and it takes nothing away from what a policy enforces.
type Waiver struct {
	By     string      `json:"by"` // ByPolicy or ByPerson
	Reason string      `json:"reason"`
	Owner  string      `json:"owner"`
	Until  policy.Date `json:"until"` // the last day it holds
	// Returns is set from two weeks before the end: the finding comes back then.
	Returns bool `json:"returns"`
	// Ended is set where it holds no longer; the finding fails then.
	Ended   bool            `json:"ended"`
	Message message.Message `json:"message"`
	Text    string          `json:"text"` // the message in English
}

// returnsBefore is how many days before its end a waiver says that it ends.
const returnsBefore = 14

// waive looks for a waiver of each finding that failed. Of several the one that
// holds longest counts.
func (e *evaluation) waive() {
	today := policy.Day(e.Now)
	for i := range e.findings {
		f := &e.findings[i]
		if f.Outcome != Fail {
			continue
		}
		w, by := e.waiverOf(f)
		if w == nil {
			continue
		}
		f.Waiver = &Waiver{By: by, Reason: w.Reason, Owner: w.Owner, Until: w.Until, Ended: today > w.Until,
			Returns: today <= w.Until && today.Plus(returnsBefore) >= w.Until}
		id := "waiver.holds"
		switch {
		case f.Waiver.Ended:
			id = "waiver.ended"
		case f.Waiver.Returns:
			id = "waiver.returns"
		}
		if !f.Waiver.Ended {
			f.OutcomeWithoutWaiver, f.Outcome = f.Outcome, Waived
		}
		f.Waiver.Message = message.New(id, "until", string(w.Until), "owner", w.Owner, "reason", w.Reason)
		f.Waiver.Text = e.english.Text(f.Waiver.Message)
	}
}

// waiverOf finds the waiver of a finding: the policy's, or the person's who
// asks, which reaches their own findings and, in their view, the machine's.
func (e *evaluation) waiverOf(f *Finding) (best *policy.Waiver, by string) {
	s := policy.Subject{Key: f.Key, Check: f.ID, Installation: f.Installation, User: f.User}
	for i := range e.Policy.Waivers {
		if w := &e.Policy.Waivers[i]; w.Covers(s) && (best == nil || w.Until > best.Until) {
			best, by = w, ByPolicy
		}
	}
	if !e.Policy.MayWaive() || f.User != "" && f.User != e.Person {
		return best, by
	}
	for _, w := range e.Waivers {
		w = w.Bounded(e.Now, e.Policy.WaiverDays())
		if w.Covers(s) && (best == nil || w.Until > best.Until) {
			best, by = &w, ByPerson
		}
	}
	return best, by
}
