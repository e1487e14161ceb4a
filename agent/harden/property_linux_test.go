package harden_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/harden/store"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

// TestProperties goes through random sequences of applying, undoing, writing by
// others, crashes and failures, over the real executor, journal and stores of
// files, beside a model written by hand. What failed is made small and printed
// with its seed: run it again with -rapid.seed.
func TestProperties(t *testing.T) {
	const sequences, lanes = 3072, 32 // a fifth of the sequences with -short
	limit(t, "rapid.checks", strconv.Itoa(sequences/lanes))
	limit(t, "rapid.steps", "12")
	limit(t, "rapid.nofailfile", "true")
	counts := &tally{seen: map[string]int{}}
	var wg sync.WaitGroup // most of a sequence is waiting until a file has settled, so there are more lanes than processors
	for lane := range lanes {
		wg.Go(func() {
			t.Run(strconv.Itoa(lane), func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) { sequence(rt, counts) })
			})
		})
	}
	wg.Wait()
	counts.report(t)
}

// limit sets one of rapid's flags, unless whoever runs the test has.
func limit(t *testing.T, name, value string) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return
	}
	was := flag.Lookup(name).Value.String()
	ok(flag.Set(name, value))
	t.Cleanup(func() { ok(flag.Set(name, was)) })
}

// tally counts what happened, so that it is seen that all of it does.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[what]++
}

// must are what every run has to come upon.
var must = []string{"sequence", "applied", "already", "waiting", "refused", "rolled-back", "failed", "undone", "superseded", "not-permitted",
	"crash", "lost journal", "meddling", "failure", "settled done", "settled dropped", "settled undone"}

func (c *tally) report(t *testing.T) {
	for _, what := range slices.Sorted(maps.Keys(c.seen)) {
		t.Logf("%7d %s", c.seen[what], what)
	}
	for _, what := range must {
		if c.seen[what] == 0 && !t.Failed() && !testing.Short() { // too few sequences to come upon all
			t.Errorf("%s never happened", what)
		}
	}
}

func sequence(t *rapid.T, counts *tally) {
	m := newMachine(t, counts)
	defer m.close()
	counts.add("sequence")
	actions := map[string]func(*rapid.T){
		"": m.check, "apply": m.apply, "apply again": m.apply, "apply once more": m.apply, "undo": m.undo, "undo again": m.undo, "undo all": m.undoAll,
		"rehearse": m.rehearse, "interrupt": m.interrupt,
		"their entry": m.theirEntry, "another entry of theirs": m.theirEntry, "beside": m.beside, "replace": m.replace, "remove": m.remove,
		"reformat": m.reformat, "spoil": m.spoil,
		"other home": m.otherHome, "call": m.call, "clock": m.clock, "start anew": m.startAnew,
	}
	t.Repeat(actions)
	m.waiting, m.calm = false, true
	for range m.worlds {
		m.undoAll(t)
		m.check(t)
		m.nothingLeft(t)
		if now := m.beyond(); now != m.others {
			t.Fatalf("what is nobody's business is\n%s\nand was\n%s", now, m.others)
		}
		m.otherHome(t)
	}
}

// nothingLeft: in the end, with nothing in the way, nothing of ours stands.
func (m *machine) nothingLeft(t *rapid.T) {
	for i, p := range m.pages() {
		if m.live(i) && !p.broken {
			t.Fatalf("%s: all was taken back, and something of ours stands: %v", p.name, p.stands)
		}
	}
}

// entry is one of the journal's as it must be.
type entry struct {
	id             int64
	home           int
	page, spot     int
	prior, written stand
	status         state.Status
	actor          string
	lost           bool // what it took away was not in quarantine when the turn began
}

// world is one home.
type world struct {
	pages []*page
	id    string
}

// machine is the model, and what it is held against.
type machine struct {
	dir     string
	worlds  [2]*world
	here    int // which of them has the name
	others  string
	stores  *store.Stores
	journal *state.Journal
	exec    *harden.Executor
	rig     *rig
	entries []*entry // by number, from 1
	waiting bool
	calm    bool // nothing goes wrong any more
	now     time.Time
	actor   string
	counts  *tally
}

func newMachine(t *rapid.T, counts *tally) *machine {
	base := "/dev/shm" // far quicker than a disk
	if _, err := os.Stat(base); err != nil {
		base = ""
	}
	dir, err := os.MkdirTemp(base, "huddleguard-property-")
	ok(err)
	m := &machine{dir: dir, now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), actor: "ann", counts: counts}
	ok(os.Mkdir(m.state(), 0o700))
	for i := range m.worlds {
		ok(os.Mkdir(m.home(), 0o755))
		w := &world{}
		for _, s := range chosen(t) {
			w.pages = append(w.pages, newPage(t, m.home(), s))
		}
		m.bystanders()
		m.worlds[i] = w
		if i == 0 {
			ok(os.Rename(m.home(), m.away()))
		}
	}
	m.here = 1
	m.swap()
	m.others = m.beyond()
	m.open()
	return m
}

// chosen are a few of the sheets, so that a sequence comes back to them.
func chosen(t *rapid.T) []*sheet {
	n := rapid.IntRange(1, 3).Draw(t, "sheets")
	order := rapid.Permutation(sheets).Draw(t, "which")
	return order[:n]
}

func (m *machine) home() string  { return filepath.Join(m.dir, "home") }
func (m *machine) away() string  { return filepath.Join(m.dir, "away") }
func (m *machine) state() string { return filepath.Join(m.dir, "state") }

// bystanders are what nobody has a reason to touch.
func (m *machine) bystanders() {
	docs := filepath.Join(m.home(), "Documents")
	ok(os.MkdirAll(filepath.Join(m.dir, "outside"), 0o755))
	ok(os.WriteFile(filepath.Join(m.dir, "outside/note"), []byte("not yours"), 0o666))
	ok(os.Mkdir(docs, 0o777))
	ok(os.WriteFile(filepath.Join(docs, "note"), []byte("mine"), 0o600))
	ok(os.Symlink("../../outside/note", filepath.Join(docs, "link")))
	ok(syscall.Mkfifo(filepath.Join(docs, "fifo"), 0o600))
}

func (m *machine) beyond() string {
	return hardentest.Tree(filepath.Join(m.home(), "Documents")) + hardentest.Tree(filepath.Join(m.dir, "outside"))
}

// swap gives the other home the name.
func (m *machine) swap() {
	third := filepath.Join(m.dir, "third")
	ok(os.Rename(m.home(), third))
	ok(os.Rename(m.away(), m.home()))
	ok(os.Rename(third, m.away()))
	m.here = 1 - m.here
}

// open is a process that begins.
func (m *machine) open() {
	var err error
	m.stores, err = store.ForPerson(m.home(), os.Geteuid(), m.state())
	ok(err)
	m.journal, err = state.OpenJournal(ctx, m.state())
	ok(err)
	m.worlds[m.here].id = m.stores.Home
	m.rig = &rig{machine: m}
	kinds := map[string]harden.Store{}
	for kind, s := range m.stores.Kinds {
		kinds[kind] = m.rig.wrap(s)
	}
	m.exec = &harden.Executor{
		Owner: harden.Owner{User: "ann", UID: "1000", Home: m.stores.Home}, Stores: kinds, Journal: m.journal, Actor: m.actor,
		Waits: func(context.Context, plan.Change) []plan.Wait { return m.waits() },
		Now:   func() time.Time { return m.now },
	}
}

func (m *machine) waits() []plan.Wait {
	if m.waiting {
		return []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom", Sure: true}}
	}
	return nil
}

// end is a process that ends, however it does.
func (m *machine) end() {
	ok(m.journal.Close())
	ok(m.stores.Close())
}

func (m *machine) close() {
	m.end()
	ok(os.RemoveAll(m.dir))
}

func (m *machine) pages() []*page { return m.worlds[m.here].pages }

// spotted is one spot of one page of this home.
type spotted struct{ page, spot int }

func (m *machine) at(s spotted) fact.At     { return m.pages()[s.page].at(s.spot) }
func (m *machine) stand(s spotted) stand    { return m.pages()[s.page].stands[s.spot] }
func (m *machine) of(e *entry) spotted      { return spotted{e.page, e.spot} }
func (m *machine) mine(e *entry) bool       { return e.home == m.here }
func (m *machine) adopt(s spotted, v stand) { m.pages()[s.page].adopt(s.spot, v) }

// find is the spot of a place.
func (m *machine) find(at fact.At) (s spotted, ok bool) {
	for i, p := range m.pages() {
		for j := range p.spots {
			if p.at(j) == at {
				return spotted{i, j}, true
			}
		}
	}
	return s, false
}

// unreadable: nobody can tell what stands there.
func (m *machine) unreadable(s spotted) bool {
	p := m.pages()[s.page]
	return p.broken && p.spots[s.spot].at.Store == p.store
}

// wish is a change as it is drawn: a goal at a spot.
type wish struct {
	spotted
	goal   int
	before fact.Held
	junk   string // not a change of this home's at all
}

func (m *machine) change(w wish) plan.Change {
	c := change(fmt.Sprint(w.spotted), w.before, absent)
	c.User, c.Type = "ann", ""
	switch w.junk {
	case "eve":
		c.User = "eve"
	case "secret":
		c.At = fact.At{Store: "ini", Path: m.home() + "/x", Key: "auth_token"}
	case "unknown":
		c.At = fact.At{Store: "nothing", Path: m.home() + "/x", Key: "k"}
	case "escape":
		c.At = fact.At{Store: "ini", Path: m.dir + "/outside/note", Key: "k"}
	default:
		c.At, c.After = m.at(w.spotted), m.pages()[w.page].spots[w.spot].goals[w.goal].held
	}
	return c
}

func (m *machine) drawWish(t *rapid.T) wish {
	junk := rapid.SampledFrom([]string{"", "", "", "", "", "", "", "", "eve", "secret", "unknown", "escape"}).Draw(t, "junk")
	w := wish{spotted: m.drawSpot(t), junk: junk}
	w.goal = rapid.IntRange(0, len(m.pages()[w.page].spots[w.spot].goals)-1).Draw(t, "goal")
	switch rapid.IntRange(0, 5).Draw(t, "expected") {
	case 0: // what is shown may be out of date
		w.before = fact.Held{State: fact.Present}
	case 1:
		w.before = absent
	}
	return w
}

func (m *machine) drawSpot(t *rapid.T) spotted {
	i := rapid.IntRange(0, len(m.pages())-1).Draw(t, "page")
	return spotted{i, rapid.IntRange(0, len(m.pages()[i].spots)-1).Draw(t, "spot")}
}

// check holds everything against the model.
func (m *machine) check(t *rapid.T) {
	rows := m.rows(t)
	if len(rows) != len(m.entries) {
		t.Fatalf("the journal has %d entries, want %d", len(rows), len(m.entries))
	}
	for i, row := range rows {
		m.checkRow(t, m.entries[i], row)
	}
	for i, p := range m.pages() {
		if err := errors.Join(p.agrees(), p.same(m.live(i))); err != nil {
			t.Fatal(err)
		}
	}
	m.checkNames(t)
	m.checkShelf(t, rows)
}

func (m *machine) checkRow(t *rapid.T, e *entry, row state.Entry) {
	prior, written := standOf(row.Step.Prior), standOf(row.Step.Written)
	if p := m.worlds[e.home].pages[e.page]; p.store == "quarantine" { // its form is a digest
		prior, written = e.prior, e.written
	}
	if row.ID != e.id || row.Status != e.status || prior != e.prior || written != e.written || row.Actor != e.actor ||
		row.Home != m.worlds[e.home].id || row.UID != "1000" {
		t.Fatalf("the journal has %d %s %s %q %q by %s, want %+v", row.ID, row.Status, row.Change.At.Key, prior, written, row.Actor, *e)
	}
	if strings.Contains(fmt.Sprintf("%s %s %s", row.Step.Prior.Raw, row.Step.Written.Raw, row.Step.Undo), canary) {
		t.Fatalf("entry %d holds what stands beside it", e.id)
	}
}

func standOf(s plan.Standing) stand {
	if !s.Present && s.Raw == nil {
		return nothing
	}
	return stand("=" + string(s.Raw))
}

// live says whether anything of ours stands in a page, or may.
func (m *machine) live(page int) bool {
	return slices.ContainsFunc(m.entries, func(e *entry) bool {
		onIt := e.status == state.Done || e.status == state.Intent || e.status == state.Undoing
		return m.mine(e) && e.page == page && onIt && e.written == m.stand(m.of(e))
	})
}

// checkNames sees that no name is there that nobody put there.
func (m *machine) checkNames(t *rapid.T) {
	may := map[string]bool{".": true, "Documents": true}
	for _, p := range m.pages() {
		may[p.name] = p.exists
		for dir := filepath.Dir(p.name); dir != "."; dir = filepath.Dir(dir) {
			may[dir] = may[dir] || p.folders
		}
	}
	err := filepath.WalkDir(m.home(), func(name string, d fs.DirEntry, err error) error {
		ok(err)
		rel, _ := filepath.Rel(m.home(), name)
		if !may[rel] {
			return fmt.Errorf("%s is there", rel)
		}
		if rel == "Documents" || rel == "old/opener" && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkShelf sees that what lies in quarantine belongs to an entry, and cannot
// be started.
func (m *machine) checkShelf(t *rapid.T, rows []state.Entry) {
	shelf := filepath.Join(m.state(), "quarantine")
	items, err := os.ReadDir(shelf)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, item := range items {
		i := slices.IndexFunc(rows, func(r state.Entry) bool { return shelfName(r) == item.Name() })
		if i < 0 || !slices.Contains([]state.Status{state.Done, state.Superseded, state.Intent, state.Undoing}, rows[i].Status) {
			t.Fatalf("what lies in quarantine belongs to no entry")
		}
		if tree := hardentest.Tree(filepath.Join(shelf, item.Name())); rows[i].Status == state.Done && strings.Contains(tree, "-rwx") {
			t.Fatalf("it can be started: %s", tree)
		}
	}
}
