package store

import (
	"context"
	"encoding/json"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
)

var _ harden.Stacked = (*Files)(nil)

// Lift makes the steps anew that lie upon one that goes. Each form that the file
// had is made in memory, one of the other, down to the one before them all; from
// there the others are made again. Where somebody else wrote between them that
// cannot be done.
func (s *Files) Lift(_ context.Context, made []harden.Made) ([]plan.Step, error) {
	name, f, _, err := s.open(made[0].At, made[0].Step)
	if err != nil || f == nil {
		return nil, err
	}
	l := lifting{Files: s, made: made, records: make([]*undoing, len(made)), last: f.Data}
	first, ok := l.unwind()
	if !ok {
		return nil, nil
	}
	steps, err := l.rewind(name, first)
	if err != nil {
		return nil, nil // it has no exact way back, as some changes have none
	}
	return steps, nil
}

// lifting takes the first of some changes out from beneath the others.
type lifting struct {
	*Files
	made []harden.Made
	// records are those that hold for the forms the file had.
	records []*undoing
	last    []byte // the file as it is, after all of them
}

// unwind gives the file of before the first.
func (l *lifting) unwind() (data []byte, ok bool) {
	data = l.last
	for i := len(l.made) - 1; i >= 0; i-- {
		u, err := read(l.made[i].Step)
		if err != nil {
			return nil, false
		}
		u = u.as(hash(data))
		if l.records[i] = u; u.After != hash(data) || u.made() && i > 0 {
			return nil, false
		}
		if u.made() {
			return l.format.Blank(), true
		}
		if data, err = l.exact(data, l.made[i].At, l.made[i].Step, u); err != nil {
			return nil, false
		}
	}
	return data, true
}

// rewind makes the others again from the file of before the first, and then the
// step that leads from what they come to, to the file as it is.
func (l *lifting) rewind(name string, data []byte) ([]plan.Step, error) {
	steps := make([]plan.Step, len(l.made))
	d := draft{Files: l.Files, made: l.records[0].made(), before: data}
	for i := 1; i < len(l.made); i++ {
		m := l.made[i]
		after, err := l.put(d.before, m.At, m.Step.Written)
		if err == nil {
			steps[i], err = l.again(d, i, name, after)
		}
		if err != nil {
			return nil, err
		}
		d.before, d.made = after, false
	}
	var err error
	steps[0], err = l.again(d, 0, name, l.last)
	return steps, err
}

// again is a step with the record of leading from the draft's file to another.
func (l *lifting) again(d draft, i int, name string, after []byte) (plan.Step, error) {
	step := l.made[i].Step
	d.at, d.prior, d.written, d.after = l.made[i].At, step.Prior, step.Written, after
	for data, want := range map[*[]byte]plan.Standing{&d.before: d.prior, &d.after: d.written} {
		if now, err := l.find(*data, d.at); err != nil || !now.Same(want) {
			return step, errNoWay // one lies within the other
		}
	}
	u, err := d.wayBack(name)
	if err != nil {
		return step, err
	}
	if d.made {
		u.Folders = l.records[0].Folders
	}
	old := *l.records[i]
	old.Or, u.Or = nil, &old
	step.Undo, err = json.Marshal(u)
	return step, err
}
