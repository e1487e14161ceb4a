package hardentest

import (
	"context"
	"fmt"
	"maps"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// Memory is a Store made of data: entries by their key, as text.
type Memory struct {
	Entries map[string]string
	// Fail, where it is set, is asked before every call, and its error returned.
	Fail func(call string) error
	// Ignores makes Do change nothing and say nothing, as some services do.
	Ignores bool
}

// NewMemory is a store that holds these entries.
func NewMemory(entries map[string]string) *Memory {
	m := &Memory{Entries: map[string]string{}}
	maps.Copy(m.Entries, entries)
	return m
}

func (m *Memory) fails(call string) error {
	if m.Fail == nil {
		return nil
	}
	return m.Fail(call)
}

// Read gives an entry.
func (m *Memory) Read(_ context.Context, at fact.At) (plan.Standing, error) {
	v, ok := m.Entries[at.Key]
	if !ok {
		return plan.Standing{}, m.fails("read")
	}
	return plan.Standing{Present: true, Raw: []byte(v), Value: v}, m.fails("read")
}

// Prepare draws up the step to a value, or to nothing.
func (m *Memory) Prepare(_ context.Context, _ fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	s := plan.Step{Prior: now}
	if want.State == fact.Present {
		s.Written = plan.Standing{Present: true, Raw: []byte(fmt.Sprint(want.Value))}
	}
	return s, m.fails("prepare")
}

// Do writes the entry.
func (m *Memory) Do(_ context.Context, at fact.At, s plan.Step) error {
	return m.swap("do", at, s.Prior, s.Written)
}

// Undo puts the entry back.
func (m *Memory) Undo(_ context.Context, at fact.At, s plan.Step) error {
	return m.swap("undo", at, s.Written, s.Prior)
}

func (m *Memory) swap(call string, at fact.At, from, to plan.Standing) error {
	now, _ := (&Memory{Entries: m.Entries}).Read(context.Background(), at)
	if err := m.fails(call); err != nil {
		return err
	}
	switch {
	case !now.Same(from):
		return harden.ErrMoved
	case m.Ignores:
	case to.Present:
		m.Entries[at.Key] = string(to.Raw)
	default:
		delete(m.Entries, at.Key)
	}
	return nil
}

// Settle has nothing to clear away.
func (m *Memory) Settle(context.Context, fact.At, plan.Step) error { return nil }
