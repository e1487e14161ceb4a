package state

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

var ctx = context.Background()

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := OpenJournal(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func entry(key string, at time.Time) Entry {
	c := plan.Change{ID: key, Check: "zoom/a/" + key, User: "ann", At: fact.At{Store: "ini", Path: "/home/ann/a b.conf", Key: key},
		Before: fact.Held{State: fact.Absent}, After: fact.Held{State: fact.Present, Value: false}}
	return Entry{Plan: "d", Change: c, Actor: "ann", UID: "1000", Home: "8:1:2", At: at,
		Step: plan.Step{Prior: plan.Standing{}, Written: plan.Standing{Present: true, Raw: []byte("k=\xff")}, Undo: []byte(`{"x":1}`)}}
}

// TestJournal: what was written is read again, also by the next process.
func TestJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a?b #c%20", "state") // a folder's name is no address
	j := open(t, dir)
	day := time.Date(2026, 11, 26, 9, 0, 0, 1, time.UTC)
	first, err := j.Intend(ctx, entry("k", day))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Intend(ctx, entry("l", day.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	if err := j.Mark(ctx, first, Done, "root", "said", day.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := j.Mark(ctx, 99, Done, "", "", day); err == nil {
		t.Error("an entry that is not there was marked")
	}
	j.Close()
	j = open(t, dir)
	want := entry("k", day)
	want.ID, want.Status, want.By, want.Why, want.Ended = first, Done, "root", "said", day.Add(time.Minute)
	got, err := j.Entries(ctx, Filter{Statuses: []Status{Done, Undone}})
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for name, c := range map[string]struct {
		f    Filter
		keys string
	}{
		"all":   {Filter{}, "l k"},
		"id":    {Filter{IDs: []int64{first, 77}}, "k"},
		"place": {Filter{Place: &want.Change}, "k"},
		"since": {Filter{Since: day.Add(time.Second)}, "l"},
		"both":  {Filter{Since: day.Add(time.Second), Statuses: []Status{Done}}, ""},
	} {
		got, err := j.Entries(ctx, c.f)
		var keys []string
		for _, e := range got {
			keys = append(keys, e.Change.At.Key)
		}
		if err != nil || strings.Join(keys, " ") != c.keys {
			t.Errorf("%s: %v, %v; want %s", name, keys, err, c.keys)
		}
	}
}

// TestJournalRights: the journal is for its owner alone, and a later edition's
// is not touched.
func TestJournalRights(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	j := open(t, dir)
	if _, err := j.Intend(ctx, entry("k", time.Unix(0, 0))); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, JournalFile+"*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range append(names, dir) {
		if st, err := os.Stat(name); err != nil || st.Mode().Perm()&0o077 != 0 && os.Getuid() >= 0 {
			t.Errorf("%s has %v, %v", name, st.Mode(), err)
		}
	}
	var mode string
	if err := j.db.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal_mode %s, %v", mode, err)
	}
	var sync int
	if err := j.db.QueryRow("PRAGMA synchronous").Scan(&sync); err != nil || sync != 2 { // 2 is FULL
		t.Errorf("synchronous %d, %v", sync, err)
	}
	if _, err := j.db.Exec("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if _, err := OpenJournal(ctx, dir); err == nil || !strings.Contains(err.Error(), "newer huddleguard") {
		t.Errorf("a later edition: %v", err)
	}
}

// TestAmend: another way back is written down for what is done, and for nothing else.
func TestAmend(t *testing.T) {
	j := open(t, t.TempDir())
	day := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	other := plan.Step{Prior: plan.Standing{Present: true, Raw: []byte("x")}, Undo: []byte(`{"y":2}`)}
	for status, want := range map[Status]plan.Step{Done: other, Undone: entry("k", day).Step, Intent: entry("k", day).Step} {
		id, err := j.Intend(ctx, entry("k", day))
		if err == nil {
			err = j.Mark(ctx, id, status, "root", "", day)
		}
		if err == nil {
			err = j.Amend(ctx, id, other)
		}
		got, err2 := j.Entries(ctx, Filter{IDs: []int64{id}})
		if err != nil || err2 != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Step, want) {
			t.Errorf("%s: %+v, %v, %v", status, got, err, err2)
		}
	}
}

// TestTrim: of what came to its end the newest is kept; what stands, or is on the
// way, stays however old it is, and numbers are not given out again.
func TestTrim(t *testing.T) {
	j := open(t, t.TempDir())
	day := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	add := func(s Status) int64 {
		t.Helper()
		id, err := j.Intend(ctx, entry("k", day))
		if err == nil && s != Intent {
			err = j.Mark(ctx, id, s, "", "", day)
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	count := func(s Status) (n int, oldest int64) {
		t.Helper()
		got, err := j.Entries(ctx, Filter{Statuses: []Status{s}})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 {
			oldest = got[len(got)-1].ID
		}
		return len(got), oldest
	}
	if _, err := j.db.Exec("PRAGMA synchronous = OFF"); err != nil { // some thousand entries
		t.Fatal(err)
	}
	done, intent := add(Done), add(Intent)
	superseded := add(Superseded)
	for range keptTries + 10 {
		add(Dropped)
	}
	last := add(RolledBack)
	if err := j.Trim(ctx); err != nil {
		t.Fatal(err)
	}
	if n, oldest := count(Dropped); n != keptTries-1 || oldest != superseded+12 {
		t.Errorf("%d tries are kept, the oldest %d", n, oldest)
	}
	for s, id := range map[Status]int64{Done: done, Intent: intent, Superseded: superseded, RolledBack: last} {
		if n, oldest := count(s); n != 1 || oldest != id {
			t.Errorf("%s: %d entries, the oldest %d; want %d", s, n, oldest, id)
		}
	}
	if _, err := j.db.Exec("DELETE FROM entries"); err != nil {
		t.Fatal(err)
	}
	if id := add(Intent); id <= last {
		t.Errorf("the number %d is given out again", id)
	}
}
