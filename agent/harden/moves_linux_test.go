package harden_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pgregory.net/rapid"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// edge leads from what stands somewhere to what an action makes of it.
type edge func(stand) stand

func (m *machine) apply(t *rapid.T) {
	wishes := rapid.SliceOfN(rapid.Custom(m.drawWish), 1, 4).Draw(t, "wishes")
	p := m.plan(wishes)
	m.turn(t, action{
		act:   func() []harden.Result { return m.exec.Apply(ctx, p) },
		judge: func(i int, r harden.Result) { m.judgeApply(t, wishes[i], r) },
		spots: func(i int) (spotted, bool) { return wishes[i].spotted, wishes[i].junk == "" },
		edges: func(s spotted) (edges []edge) {
			for _, w := range wishes {
				if w.spotted == s && w.junk == "" {
					edges = append(edges, m.pages()[w.page].spots[w.spot].goals[w.goal].of)
				}
			}
			return edges
		},
	})
}

func (m *machine) plan(wishes []wish) (p plan.Plan) {
	for _, w := range wishes {
		p.Changes = append(p.Changes, m.change(w))
	}
	p.Digest = plan.DigestOf(p.Changes)
	return p
}

// foresee is what becomes of a change, and what stands there after it.
func (m *machine) foresee(w wish) (harden.Outcome, stand) {
	switch {
	case w.junk == "eve":
		return harden.Forbidden, ""
	case w.junk == "secret" || w.junk == "unknown":
		return harden.Refused, ""
	case m.waiting:
		return harden.Waiting, ""
	case w.junk != "" || m.unreadable(w.spotted):
		return harden.Refused, ""
	}
	now := m.stand(w.spotted)
	switch want := m.pages()[w.page].spots[w.spot].goals[w.goal].of(now); {
	case want == refuses:
		return harden.Refused, ""
	case want == now:
		return harden.Already, ""
	case w.before.State != "" && (w.before.State == fact.Present) != (now != nothing && now != "=null"):
		return harden.Refused, ""
	default:
		return harden.Applied, want
	}
}

// judgeApply holds a result against the model and takes it over.
func (m *machine) judgeApply(t *rapid.T, w wish, r harden.Result) {
	want, written := m.foresee(w)
	if r.Outcome != want || (r.Entry != 0) != (want == harden.Applied) || (len(r.Waits) > 0) != (want == harden.Waiting) {
		t.Fatalf("a change of %q at %+v came to %s (entry %d, %s), want %s", m.standOr(w), r.Change.At, r.Outcome, r.Entry, r.Why, want)
	}
	if want != harden.Applied {
		return
	}
	prior := m.stand(w.spotted)
	for _, e := range m.doneAt(w.spotted) {
		if e.written == prior {
			break
		}
		e.status = state.Superseded
	}
	m.add(t, &entry{id: r.Entry, home: m.here, page: w.page, spot: w.spot, prior: prior, written: written, status: state.Done, actor: m.actor})
	m.adopt(w.spotted, written)
}

func (m *machine) standOr(w wish) stand {
	if w.junk != "" {
		return stand(w.junk)
	}
	return m.stand(w.spotted)
}

func (m *machine) add(t *rapid.T, e *entry) {
	if m.byID(e.id) != nil {
		t.Fatalf("entry %d was given out twice", e.id)
	}
	m.entries = append(m.entries, e)
	slices.SortFunc(m.entries, func(a, b *entry) int { return int(a.id - b.id) })
}

func (m *machine) byID(id int64) *entry {
	for _, e := range m.entries {
		if e.id == id {
			return e
		}
	}
	return nil
}

// at are the entries of a spot of this home, the newest first.
func (m *machine) entriesAt(s spotted) (all []*entry) {
	for _, e := range slices.Backward(m.entries) {
		if m.mine(e) && m.of(e) == s {
			all = append(all, e)
		}
	}
	return all
}

func (m *machine) doneAt(s spotted) []*entry {
	return slices.DeleteFunc(m.entriesAt(s), func(e *entry) bool { return e.status != state.Done })
}

func (m *machine) undo(t *rapid.T) {
	if len(m.entries) == 0 {
		t.Skip("nothing was ever done")
	}
	m.undoThese(t, rapid.SliceOfN(rapid.SampledFrom(m.entries), 1, 4).Draw(t, "entries"))
}

func (m *machine) undoAll(t *rapid.T) { m.undoThese(t, m.entries) }

func (m *machine) undoThese(t *rapid.T, some []*entry) {
	some = slices.SortedFunc(slices.Values(some), func(a, b *entry) int { return int(b.id - a.id) })
	some = slices.Compact(some)
	rows := m.rowsOf(t, some)
	m.turn(t, action{
		act: func() []harden.Result {
			for i := range rows { // as they are once what was left is settled
				rows[i] = m.row(t, rows[i].ID)
			}
			return m.exec.Undo(ctx, rows)
		},
		judge: func(i int, r harden.Result) { m.judgeUndo(t, some[i], r) },
		spots: func(i int) (spotted, bool) { return m.of(some[i]), m.mine(some[i]) },
		edges: func(s spotted) (edges []edge) {
			for _, e := range some {
				if m.mine(e) && m.of(e) == s {
					edges = append(edges, func(now stand) stand {
						if now == e.written {
							return e.prior
						}
						return now
					})
				}
			}
			return edges
		},
	})
}

func (m *machine) rows(t *rapid.T) []state.Entry {
	rows, err := m.journal.Entries(ctx, state.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(rows)
	return rows
}

func (m *machine) rowsOf(t *rapid.T, some []*entry) (rows []state.Entry) {
	for _, e := range some {
		rows = append(rows, m.row(t, e.id))
	}
	return rows
}

func (m *machine) row(t *rapid.T, id int64) state.Entry {
	rows, err := m.journal.Entries(ctx, state.Filter{IDs: []int64{id}})
	if err != nil || len(rows) != 1 {
		return state.Entry{ID: id} // the journal is lost in this turn
	}
	return rows[0]
}

// foreseeUndo is what becomes of taking an entry back.
func (m *machine) foreseeUndo(e *entry) harden.Outcome {
	switch {
	case e.status != state.Done || !m.mine(e):
		return harden.Refused
	case m.waiting:
		return harden.Waiting
	case m.unreadable(m.of(e)):
		return harden.Failed
	}
	now := m.stand(m.of(e))
	for _, newer := range m.doneAt(m.of(e)) {
		if newer == e {
			break
		}
		if newer.written == now {
			return harden.Refused
		}
	}
	page := m.pages()[e.page]
	inFile := page.spots[e.spot].at.Store == page.store && page.format != nil
	_, err := os.Lstat(page.path)
	switch takenBack := err != nil && page.maker > e.id && e.written == nothing; { // a newer one made the file, and it went with that
	case now != e.written, inFile && (!page.existed || takenBack), e.lost:
		return harden.Superseded
	}
	return harden.Undone
}

func (m *machine) judgeUndo(t *rapid.T, e *entry, r harden.Result) {
	want := m.foreseeUndo(e)
	if r.Outcome != want || r.Entry != e.id {
		t.Fatalf("undoing %+v came to %s (entry %d, %s), want %s", *e, r.Outcome, r.Entry, r.Why, want)
	}
	if !m.mine(e) || e.status != state.Done || m.waiting || m.unreadable(m.of(e)) {
		return
	}
	for _, newer := range m.doneAt(m.of(e)) {
		if newer == e || newer.written == m.stand(m.of(e)) {
			break
		}
		newer.status = state.Superseded
	}
	switch want {
	case harden.Superseded:
		e.status = state.Superseded
	case harden.Undone:
		e.status = state.Undone
		m.adopt(m.of(e), e.prior)
	}
}

// kept says whether what an entry took away lies in quarantine. Nothing else is kept.
func (m *machine) kept(e *entry) bool {
	if m.worlds[e.home].pages[e.page].store != "quarantine" {
		return true
	}
	rows, err := m.journal.Entries(ctx, state.Filter{IDs: []int64{e.id}})
	ok(err)
	_, err = os.Lstat(filepath.Join(m.state(), "quarantine", shelfName(rows[0])))
	return err == nil
}

// shelfName is the name of what an entry took away.
func shelfName(row state.Entry) string {
	var u struct{ ID string }
	_ = json.Unmarshal(row.Step.Undo, &u)
	return u.ID
}

// interrupt has somebody press a key before anything was begun.
func (m *machine) interrupt(t *rapid.T) {
	over, cancel := context.WithCancel(ctx)
	cancel()
	wishes := rapid.SliceOfN(rapid.Custom(m.drawWish), 1, 2).Draw(t, "wishes")
	results := append(m.exec.Apply(over, m.plan(wishes)), m.exec.Undo(over, m.rows(t))...)
	for _, r := range results {
		if r.Outcome != harden.Refused {
			t.Fatalf("an interrupted change came to %s", r.Outcome)
		}
	}
}

// rehearse says what would be, and changes nothing: check sees to that.
func (m *machine) rehearse(t *rapid.T) {
	wishes := rapid.SliceOfN(rapid.Custom(m.drawWish), 1, 3).Draw(t, "wishes")
	readers := map[string]harden.Reader{}
	for kind, s := range m.exec.Stores {
		readers[kind] = s
	}
	r := &harden.Rehearsal{Owner: m.exec.Owner, Stores: readers, Waits: m.exec.Waits}
	for i, res := range r.Apply(ctx, m.plan(wishes)) {
		want, _ := m.foresee(wishes[i])
		if want == harden.Applied {
			want = harden.Planned
		}
		if res.Outcome != want || res.Entry != 0 {
			t.Fatalf("a rehearsed change came to %s (%s), want %s", res.Outcome, res.Why, want)
		}
	}
	for _, e := range m.entries {
		m.rehearseUndo(t, r, e)
	}
}

// rehearseUndo is of one entry on which no other stands: a rehearsal knows of no
// others than those it is given.
func (m *machine) rehearseUndo(t *rapid.T, r *harden.Rehearsal, e *entry) {
	if done := m.doneAt(m.of(e)); !m.mine(e) || len(done) == 0 || done[0] != e || m.pages()[e.page].store == "quarantine" {
		return
	}
	want := m.foreseeUndo(e)
	switch {
	case want == harden.Undone:
		want = harden.Planned
	case want == harden.Superseded && m.stand(m.of(e)) == e.written: // what it was in is gone
		return
	}
	if res := r.Undo(ctx, []state.Entry{m.row(t, e.id)})[0]; res.Outcome != want || res.Entry != e.id {
		t.Fatalf("rehearsed undoing of %+v came to %s (%s), want %s", *e, res.Outcome, res.Why, want)
	}
}

// drawPage is a page of which some do not do.
func (m *machine) drawPage(t *rapid.T, does func(*page) bool) *page {
	p := rapid.SampledFrom(m.pages()).Draw(t, "page")
	if !does(p) {
		t.Skip("not with this one")
	}
	return p
}

func whole(p *page) bool  { return p.format != nil && !p.broken }
func filled(p *page) bool { return whole(p) && p.exists }

func (m *machine) theirEntry(t *rapid.T) {
	s := m.drawSpot(t)
	p := m.pages()[s.page]
	if m.unreadable(s) || p.spots[s.spot].at.Store == "mode" && !p.exists {
		t.Skip("not with this one")
	}
	p.theirEntry(s.spot, drawTheirs(t, p, s.spot))
}

func drawTheirs(t *rapid.T, p *page, spot int) stand {
	if len(p.spots[spot].theirs) == 0 {
		return nothing
	}
	return rapid.SampledFrom(p.spots[spot].theirs).Draw(t, "theirs")
}

func (m *machine) beside(t *rapid.T) {
	p := m.drawPage(t, whole)
	p.theirBeside(rapid.IntRange(0, len(p.sheet.beside)-1).Draw(t, "beside"), rapid.SampledFrom(p.sheet.theirs).Draw(t, "theirs"))
}

func (m *machine) replace(t *rapid.T) {
	p := m.drawPage(t, whole)
	p.replaced(rapid.IntRange(0, len(p.sheet.beside)-1).Draw(t, "beside"), rapid.SampledFrom(p.sheet.theirs).Draw(t, "theirs"))
}

func (m *machine) remove(t *rapid.T) { m.drawPage(t, func(p *page) bool { return p.exists }).removed() }

func (m *machine) reformat(t *rapid.T) {
	p := m.drawPage(t, func(p *page) bool { return filled(p) && p.sheet.reformat != nil })
	p.write(p.sheet.reformat(p.data()))
}

// spoil makes a file unreadable, or readable again.
func (m *machine) spoil(t *rapid.T) {
	p := m.drawPage(t, func(p *page) bool { return p.format != nil })
	if p.broken {
		p.mended()
	} else {
		p.spoiled()
	}
}

func (m *machine) otherHome(*rapid.T) {
	m.end()
	m.swap()
	m.open()
}

func (m *machine) call(*rapid.T) { m.waiting = !m.waiting }

func (m *machine) clock(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(-48, 48).Draw(t, "hours")) * time.Hour)
}

func (m *machine) startAnew(t *rapid.T) {
	m.end()
	m.actor = rapid.SampledFrom([]string{"ann", "root", "policy"}).Draw(t, "actor")
	m.open()
}
