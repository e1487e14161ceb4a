package harden_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"pgregory.net/rapid"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// What can go wrong in a turn.
const (
	crash   = "crash"        // the process ends there and then
	lose    = "lost journal" // it cannot be written or read any more
	failure = "failure"      // a call fails: before it did anything, or after it did it all
	meddle  = "meddling"     // somebody else writes right then
)

// fault goes wrong at one of the points before and after each call of a store.
type fault struct {
	kind  string // empty: nothing does
	point int
	err   error
	spot  int // what is meddled with: a spot of the page, or beside it if it has none so
	value stand
}

var failures = []error{
	fmt.Errorf("writing: %w", syscall.ENOSPC), fmt.Errorf("writing: %w", syscall.EROFS), fmt.Errorf("reading: %w", syscall.EIO), harden.ErrMoved,
}

func drawFault(t *rapid.T) fault {
	f := fault{kind: rapid.SampledFrom([]string{"", "", "", "", crash, crash, lose, failure, failure, meddle}).Draw(t, "fault")}
	if f.kind == "" {
		return f
	}
	f.point = rapid.IntRange(0, 14).Draw(t, "point")
	f.err = rapid.SampledFrom(failures).Draw(t, "failure")
	f.spot = rapid.IntRange(0, 5).Draw(t, "meddled with")
	f.value = stand(fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "with which")))
	return f
}

// rig stands between the executor and its stores.
type rig struct {
	*machine
	fault
	points int
	hit    *spotted // where it went wrong; of a place that is no spot of ours, page -1
	bases  map[spotted][]stand
}

func (r *rig) arm(f fault) { r.fault, r.points, r.hit, r.bases = f, 0, nil, map[spotted][]stand{} }

// point is passed before and after every call.
func (r *rig) point(at fact.At) error {
	r.points++
	if r.kind == "" || r.hit != nil || r.points-1 != r.fault.point {
		return nil
	}
	s, known := r.find(at)
	if !known {
		s.page = -1
	}
	r.hit = &s
	r.counts.add(r.kind)
	switch r.kind {
	case crash:
		panic(crash)
	case lose:
		return r.journal.Close()
	case failure:
		return r.err
	}
	if known {
		r.meddle(s)
	}
	return nil
}

// meddle has somebody else write to the page that is being worked on.
func (r *rig) meddle(s spotted) {
	p := r.pages()[s.page]
	if p.broken {
		return
	}
	for i := range p.spots { // the model is not told of a turn before its end
		now, err := p.seen(i)
		ok(err)
		p.adopt(i, now)
		r.bases[spotted{s.page, i}] = []stand{now}
	}
	which := int(r.value[0] - '0')
	switch i := r.spot; {
	case i < len(p.spots) && len(p.spots[i].theirs) > 0 && (p.exists || p.format != nil && p.spots[i].at.Store == p.store):
		p.theirEntry(i, p.spots[i].theirs[which%len(p.spots[i].theirs)])
	case p.store == "quarantine":
		p.put(0)
	case p.format != nil:
		p.theirBeside(which%len(p.sheet.beside), p.sheet.theirs[which%len(p.sheet.theirs)])
	}
	for i := range p.spots {
		r.bases[spotted{s.page, i}] = append(r.bases[spotted{s.page, i}], p.stands[i])
	}
}

// bent is a store that goes wrong where the rig says so.
type bent struct {
	harden.Store
	rig *rig
}

func (r *rig) wrap(s harden.Store) harden.Store { return &bent{s, r} }

// around passes the two points of a call.
func (b *bent) around(at fact.At, call func() error) error {
	if err := b.rig.point(at); err != nil {
		return err
	}
	done, later := call(), b.rig.point(at)
	if errors.Is(later, harden.ErrMoved) {
		later = syscall.EIO // who did it all does not say that it did nothing
	}
	return cmpErr(done, later)
}

// cmpErr is the first of two errors.
func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (b *bent) Read(ctx context.Context, at fact.At) (now plan.Standing, err error) {
	err = b.around(at, func() (err error) { now, err = b.Store.Read(ctx, at); return err })
	return now, err
}

func (b *bent) Prepare(ctx context.Context, at fact.At, now plan.Standing, want fact.Held) (s plan.Step, err error) {
	err = b.around(at, func() (err error) { s, err = b.Store.Prepare(ctx, at, now, want); return err })
	return s, err
}

func (b *bent) Do(ctx context.Context, at fact.At, s plan.Step) error {
	return b.around(at, func() error { return b.Store.Do(ctx, at, s) })
}

func (b *bent) Undo(ctx context.Context, at fact.At, s plan.Step) error {
	return b.around(at, func() error { return b.Store.Undo(ctx, at, s) })
}

func (b *bent) Settle(ctx context.Context, at fact.At, s plan.Step) error {
	return b.around(at, func() error { return b.Store.Settle(ctx, at, s) })
}

func (b *bent) Lift(ctx context.Context, made []harden.Made) (steps []plan.Step, err error) {
	if stacked, ok := b.Store.(harden.Stacked); ok {
		err = b.around(made[0].At, func() (err error) { steps, err = stacked.Lift(ctx, made); return err })
	}
	return steps, err
}

// action is what is done in a turn, and how it is judged.
type action struct {
	act   func() []harden.Result
	judge func(i int, r harden.Result)
	spots func(i int) (spotted, bool) // of the i-th result
	edges func(spotted) []edge        // what it can make of a spot
}

// turn is one turn of a process: it settles what was left, and acts. Where
// nothing goes wrong the model says exactly what becomes of it. Where something
// does, it says what may become of the places that can feel it, and that the
// journal, the results and what stands there agree.
func (m *machine) turn(t *rapid.T, a action) {
	before := m.allStands()
	last := int64(len(m.entries))
	for _, p := range m.pages() {
		p.existed = p.exists
	}
	for _, e := range m.entries {
		e.lost = !m.kept(e)
		if p := m.worlds[e.home].pages[e.page]; m.mine(e) && !p.exists && (e.status == state.Intent || e.status == state.Undoing) {
			p.touched = true // settling takes away folders that were made for it, and are empty
		}
	}
	var f fault
	if !m.calm {
		f = drawFault(t)
	}
	m.rig.arm(f)
	results, acted, crashed := m.run(t, a.act)
	r := *m.rig
	m.rig.arm(fault{})
	if r.hit != nil && (r.kind == crash || r.kind == lose) {
		m.restart()
	}
	loose := func(s spotted) bool {
		switch {
		case r.hit == nil:
			return false
		case r.kind == meddle || r.kind == failure:
			return s.page == r.hit.page
		}
		return true
	}
	m.judgeSettle(t, loose)
	for i, res := range results {
		m.counts.add(string(res.Outcome))
		if s, known := a.spots(i); !known && r.kind != lose && r.kind != failure || known && !loose(s) {
			a.judge(i, res)
		}
	}
	if !acted && !crashed && r.hit == nil {
		t.Fatal("the turn came to nothing")
	}
	if r.hit != nil {
		m.reconcile(t, &r, before, loose, a.edges, results)
	}
	for i, p := range m.pages() {
		if p.exists && !p.existed {
			p.maker = m.firstOn(i, last)
		}
	}
}

// firstOn is the number of the first entry of a page after another.
func (m *machine) firstOn(page int, after int64) int64 {
	for _, e := range m.entries {
		if m.mine(e) && e.page == page && e.id > after && m.pages()[page].spots[e.spot].at.Store != "mode" {
			return e.id
		}
	}
	return 0
}

// run settles and acts, and says whether the process lived to its end.
func (m *machine) run(t *rapid.T, act func() []harden.Result) (results []harden.Result, acted, crashed bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != crash {
				panic(p)
			}
			results, crashed = nil, true
		}
	}()
	if _, err := m.exec.Settle(ctx); err != nil {
		if m.rig.hit == nil {
			t.Fatalf("settling: %v", err)
		}
		return nil, false, false
	}
	return act(), true, false
}

// restart is a new process after one that died.
func (m *machine) restart() {
	m.end()
	m.open()
}

func (m *machine) allStands() map[spotted]stand {
	all := map[spotted]stand{}
	for i, p := range m.pages() {
		for j := range p.spots {
			all[spotted{i, j}] = p.stands[j]
		}
	}
	return all
}

// judgeSettle takes over what becomes of entries that were left on the way.
func (m *machine) judgeSettle(t *rapid.T, loose func(spotted) bool) {
	for _, e := range slices.Backward(m.entries) {
		on := e.status == state.Intent || e.status == state.Undoing
		if !on || !m.mine(e) || loose(m.of(e)) || m.unreadable(m.of(e)) {
			continue
		}
		now := m.stand(m.of(e))
		switch {
		case now == e.written && e.lost:
			e.status = state.Superseded
		case now == e.written:
			e.status = state.Done
		case now != e.prior:
			e.status = state.Superseded
		case e.status == state.Undoing:
			e.status = state.Undone
		default:
			e.status = state.Dropped
		}
		m.counts.add("settled " + string(e.status))
	}
}

// reconcile takes over what something that went wrong left, as far as it is
// allowed: what stands is what stood, what was wanted or what was written by
// others meanwhile, and the journal agrees.
func (m *machine) reconcile(t *rapid.T, r *rig, before map[spotted]stand, loose func(spotted) bool, edges func(spotted) []edge, results []harden.Result) {
	rows := m.rows(t)
	for s, was := range before {
		if !loose(s) {
			continue
		}
		now, err := m.pages()[s.page].seen(s.spot)
		if m.unreadable(s) {
			now = was
		} else if err != nil {
			t.Fatal(err)
		}
		meddled := false
		if b := r.bases[s]; len(b) > 1 {
			meddled = b[0] != b[1]
		}
		if m.at(s).Store == "mode" && m.pages()[s.page].format != nil { // the file may have been made, or be gone again
			r.bases[s] = append(r.bases[s], nothing, "=0600")
		}
		allowed := reachable(append(r.bases[s], was), edges(s))
		if !allowed[now] {
			t.Fatalf("at %+v stood %q and stands %q, which nobody wrote (%v)", m.at(s), was, now, slices.Collect(maps.Keys(allowed)))
		}
		changed := m.takeOver(t, s, rows, allowed)
		if !meddled {
			agree(t, changed, was, now)
		}
		m.adopt(s, now)
	}
	if r.kind != meddle {
		m.compareResults(t, results)
	}
}

// reachable is what can come of some stands.
func reachable(from []stand, edges []edge) map[stand]bool {
	all := map[stand]bool{}
	for len(from) > 0 {
		s := from[0]
		from = from[1:]
		if all[s] || s == refuses {
			continue
		}
		all[s] = true
		for _, e := range edges {
			from = append(from, e(s))
		}
	}
	return all
}

// steps are the ways an entry's status can go.
var steps = map[state.Status][]state.Status{
	state.Intent:  {state.Done, state.Dropped, state.Superseded},
	state.Undoing: {state.Done, state.Undone, state.Superseded},
	state.Done:    {state.Undoing, state.Undone, state.Superseded},
}

// takeOver has the model know the journal's entries of a spot, and gives those
// that are new or changed.
func (m *machine) takeOver(t *rapid.T, s spotted, rows []state.Entry, allowed map[stand]bool) (changed []*entry) {
	for _, row := range rows {
		e := m.byID(row.ID)
		switch {
		case row.Home != m.worlds[m.here].id || row.Change.At != m.at(s):
		case e == nil:
			e = &entry{id: row.ID, home: m.here, page: s.page, spot: s.spot, prior: m.named(s, shelfName(row), row.Step.Prior), written: m.named(s, shelfName(row), row.Step.Written), status: row.Status, actor: m.actor}
			if !allowed[e.prior] || !allowed[e.written] {
				t.Fatalf("entry %d leads from %q to %q at %+v, which is none of %v", e.id, e.prior, e.written, m.at(s), allowed)
			}
			m.add(t, e)
			changed = append(changed, e)
		case row.Status != e.status:
			two := e.status == state.Intent || e.status == state.Undoing // settled, and then something more
			if !slices.Contains(steps[e.status], row.Status) && !(two && slices.Contains(steps[state.Done], row.Status)) {
				t.Fatalf("entry %d was %s and is %s", e.id, e.status, row.Status)
			}
			e.status = row.Status
			changed = append(changed, e)
		}
	}
	return changed
}

// named is how the model calls what the journal has: what lies in quarantine has
// a digest there.
func (m *machine) named(s spotted, name string, st plan.Standing) stand {
	if m.pages()[s.page].store != "quarantine" || !st.Present {
		return standOf(st)
	}
	item := filepath.Join(m.state(), "quarantine", name)
	for _, file := range []string{item, filepath.Join(item, "in/run")} {
		var n int
		data, _ := os.ReadFile(file)
		if _, err := fmt.Sscanf(string(data), "thing %d", &n); err == nil {
			return stand(fmt.Sprintf("=%d", n+1))
		}
	}
	return m.stand(s)
}

// agree sees that what stands somewhere is what its entries say: each that was
// done or undone in this turn left what stands now, or what another one began with.
func agree(t *rapid.T, changed []*entry, was, now stand) {
	for _, e := range changed {
		var left stand
		switch e.status {
		case state.Done:
			left = e.written
		case state.Undone, state.Dropped, state.RolledBack:
			left = e.prior
		case state.Superseded:
			continue
		default:
			if now != e.prior && now != e.written {
				t.Fatalf("%+v is on the way and %q stands", *e, now)
			}
			continue
		}
		another := slices.ContainsFunc(changed, func(o *entry) bool { return o != e && (o.prior == left || o.written == left) })
		if left != now && !another {
			t.Fatalf("%+v says that %q stands; %q stood and %q stands", *e, left, was, now)
		}
	}
}

// tells is what results may say of an entry by its status.
var tells = map[state.Status][]harden.Outcome{
	state.Intent: {harden.Failed, harden.Refused}, state.Undoing: {harden.Failed, harden.Refused},
	state.Done:    {harden.Applied, harden.Failed, harden.Waiting, harden.Refused},
	state.Dropped: {harden.Refused, harden.Applied}, state.RolledBack: {harden.RolledBack, harden.Refused}, state.Undone: {harden.Undone, harden.Refused}, state.Superseded: {harden.Superseded, harden.Refused, harden.Failed},
}

func (m *machine) compareResults(t *rapid.T, results []harden.Result) {
	for _, r := range results {
		if e := m.byID(r.Entry); r.Entry != 0 && (e == nil || !slices.Contains(tells[e.status], r.Outcome)) {
			t.Fatalf("the result says %s of entry %d (%s), and the journal %+v", r.Outcome, r.Entry, r.Why, e)
		}
	}
}
