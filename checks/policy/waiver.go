package policy

import (
	"strings"
	"time"
)

// Waiver accepts a finding for a time. It keeps the finding from failing and
// never makes it pass.
type Waiver struct {
	// Check is a check id, or in a policy also a pattern of ids. A person's can
	// be the key of one finding.
	Check string `yaml:"check" json:"check"`
	// Installation and User limit an administrator's waiver to one copy or to
	// one person's findings.
	Installation string `yaml:"installation,omitempty" json:"installation,omitempty"`
	User         string `yaml:"user,omitempty" json:"user,omitempty"`
	Reason       string `yaml:"reason" json:"reason"`
	Owner        string `yaml:"owner" json:"owner"` // who answers for it
	// Until is the last day it holds.
	Until Date `yaml:"until" json:"until"`
	// Made is the day a person made it; an administrator's has none.
	Made Date `yaml:"-" json:"made,omitempty"`
}

// Subject is a finding, as far as waivers tell findings apart.
type Subject struct{ Key, Check, Installation, User string }

// Covers says whether a waiver speaks of a finding.
func (w *Waiver) Covers(s Subject) bool {
	if w.Installation != "" && w.Installation != s.Installation || w.User != "" && w.User != s.User {
		return false
	}
	return w.Check == s.Key || Matches(w.Check, s.Check)
}

// Bounded is a person's waiver that holds no longer than the policy allows,
// whatever its file says.
func (w Waiver) Bounded(now time.Time, days int) Waiver {
	made := min(w.Made, Day(now))
	if last := made.Plus(days); w.Until > last {
		w.Until = last
	}
	return w
}

// Date is a day in UTC, "2027-01-31". Days are in the order of their texts.
type Date string

// Day is the day of a time.
func Day(t time.Time) Date { return Date(t.UTC().Format(time.DateOnly)) }

// Valid says whether a date is one.
func (d Date) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// Plus is the day a number of days later. What is no day stays as it is.
func (d Date) Plus(days int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Day(t.AddDate(0, 0, days))
}

// key tells waivers apart: a later one of the same key takes an earlier one's place.
func (w *Waiver) key() string {
	return strings.TrimRight(strings.Join([]string{w.Check, w.Installation, w.User}, "|"), "|")
}
