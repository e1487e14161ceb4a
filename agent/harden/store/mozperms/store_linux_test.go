package mozperms

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // as another program writes the database

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

var absent = fact.Held{State: fact.Absent}

// profile is a home with a Firefox profile in it.
type profile struct {
	t          *testing.T
	home, file string
	at         fact.At
}

// schema and rows as Firefox ESR 153 writes them.
const schema = `PRAGMA user_version = 13;
CREATE TABLE moz_perms ( id INTEGER PRIMARY KEY,origin TEXT,type TEXT,permission INTEGER,expireType INTEGER,expireTime INTEGER,modificationTime INTEGER);
INSERT INTO moz_perms VALUES(1,'https://meet.google.com','camera',1,0,0,1790000000000);
INSERT INTO moz_perms VALUES(2,'https://meet.google.com','microphone',1,0,0,1790000000000);
INSERT INTO moz_perms VALUES(3,'https://app.zoom.us','camera',2,0,0,1790000000000);
INSERT INTO moz_perms VALUES(7,'https://meet.google.com^userContextId=2','camera',1,2,1800000000000,1790000000001);`

func newProfile(t *testing.T) profile {
	t.Helper()
	home := t.TempDir()
	dir := filepath.Join(home, ".mozilla/firefox/abc.default")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p := profile{t: t, home: home, file: dir + "/permissions.sqlite"}
	p.at = fact.At{Store: "mozperms", Path: p.file, Key: "camera", Item: "https://meet.google.com"}
	p.run(schema)
	if err := os.Chmod(p.file, 0o640); err != nil {
		t.Fatal(err)
	}
	return p
}

// run changes the database as another program does.
func (p profile) run(statements string) {
	p.t.Helper()
	db, err := sql.Open("sqlite", p.file)
	if err == nil {
		_, err = db.Exec(statements)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// rows lists the rows for which a condition holds.
func (p profile) rows(where string) string {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.file+"?mode=ro&immutable=1") // which makes nothing beside it
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		p.t.Fatal(err)
	}
	lines := []string{fmt.Sprint("version ", version)}
	found, err := db.Query("SELECT id || ' ' || origin || ' ' || type || ' ' || permission || ' ' || expireType || ' ' || expireTime || ' ' || modificationTime FROM moz_perms WHERE " + where + " ORDER BY id")
	if err != nil {
		p.t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			p.t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// snapshot is every row, and what the folder holds, with modes and owners.
func (p profile) snapshot() string {
	p.t.Helper()
	entries, err := os.ReadDir(filepath.Dir(p.file))
	if err != nil {
		p.t.Fatal(err)
	}
	lines := []string{p.rows("true")}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			p.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(e.Name(), " ", info.Mode()))
	}
	return strings.Join(lines, "\n")
}

func (p profile) store() *Store {
	p.t.Helper()
	root, err := disk.Open(p.home, os.Getuid())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { root.Close() })
	return New(root, p.home)
}

// step reads and prepares taking the rows out.
func (p profile) step(s *Store) plan.Step {
	p.t.Helper()
	now, err := s.Read(p.t.Context(), p.at)
	if err != nil {
		p.t.Fatal(err)
	}
	step, err := s.Prepare(p.t.Context(), p.at, now, absent)
	if err != nil {
		p.t.Fatal(err)
	}
	return step
}

// named is the table with the columns that the rows of a test have.
const named = "moz_perms (id, origin, type, permission, expireType, expireTime, modificationTime)"

const ours = "origin = 'https://meet.google.com' AND type = 'camera'"

func TestContract(t *testing.T) {
	open := func(before string) func(*testing.T) hardentest.Case {
		return func(t *testing.T) hardentest.Case {
			p := newProfile(t)
			p.run(before)
			return hardentest.Case{
				Store: p.store(), At: p.at, Want: absent, Already: fact.Held{State: fact.Present, Value: "allowed", Whole: true},
				Snapshot: p.snapshot,
				Beside: func() {
					p.run("INSERT INTO " + named + " VALUES(9,'https://else.example','geo',1,0,0,4); DELETE FROM moz_perms WHERE id = 2; UPDATE moz_perms SET permission = 1 WHERE id = 3")
				},
				Others: func() string { return p.rows("NOT (" + ours + ")") },
				Overwrite: func() {
					p.run("INSERT OR REPLACE INTO " + named + " VALUES(1,'https://meet.google.com','camera',2,0,0,1790000000009)")
				},
			}
		}
	}
	t.Run("one row", func(t *testing.T) { hardentest.Suite(t, open("")) })
	t.Run("two rows", func(t *testing.T) {
		hardentest.Suite(t, open("INSERT INTO moz_perms VALUES(8,'https://meet.google.com','camera',1,1,5,6)"))
	})
	t.Run("the last row", func(t *testing.T) { hardentest.Suite(t, open("DELETE FROM moz_perms WHERE id <> 1")) })
	t.Run("with a log", func(t *testing.T) { hardentest.Suite(t, open("PRAGMA journal_mode = WAL")) })
	t.Run("a column more", func(t *testing.T) {
		hardentest.Suite(t, open(`ALTER TABLE moz_perms ADD COLUMN "odd ""name" TEXT DEFAULT 'x<&>'`))
	})
}

// TestNumberGivenOut: Firefox gave the number of our row to a new one, which
// stays, and ours reads as before.
func TestNumberGivenOut(t *testing.T) {
	p := newProfile(t)
	p.run("UPDATE moz_perms SET id = 20 WHERE id = 1")
	s := p.store()
	step := p.step(s)
	if err := s.Do(t.Context(), p.at, step); err != nil {
		t.Fatal(err)
	}
	p.run("INSERT INTO moz_perms VALUES(20,'https://else.example','geo',1,0,0,4)")
	if err := s.Undo(t.Context(), p.at, step); err != nil {
		t.Fatal(err)
	}
	now, err := s.Read(t.Context(), p.at)
	if err != nil || !now.Same(step.Prior) || !strings.Contains(p.rows("id = 20"), "else.example") {
		t.Errorf("%q %v, and there is %s", now.Raw, err, p.rows("true"))
	}
}

// TestRunning: Firefox holds the database open while it runs.
func TestRunning(t *testing.T) {
	p := newProfile(t)
	s := p.store()
	step := p.step(s)
	f, err := os.OpenFile(p.file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := p.snapshot()
	if err := s.Do(t.Context(), p.at, step); !errors.Is(err, disk.ErrInUse) || p.snapshot() != before {
		t.Errorf("%v, and it is %s", err, p.snapshot())
	}
}

func TestUnmerged(t *testing.T) {
	for _, log := range []string{"-wal", "-journal"} {
		p := newProfile(t)
		if err := os.WriteFile(p.file+log, []byte("last words"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.store().Read(t.Context(), p.at); err != errLog {
			t.Errorf("%s: %v", log, err)
		}
	}
}

// TestHostile: what stands there is not the person's own ordinary database, or
// the place is none.
func TestHostile(t *testing.T) {
	elsewhere := newProfile(t)
	for name, set := range map[string]func(p profile) error{
		"a link out of the home": func(p profile) error { return errors.Join(os.Remove(p.file), os.Symlink(elsewhere.file, p.file)) },
		"a hard link":            func(p profile) error { return os.Link(p.file, p.home+"/second") },
		"a folder":               func(p profile) error { return errors.Join(os.Remove(p.file), os.Mkdir(p.file, 0o700)) },
		"no database":            func(p profile) error { return os.WriteFile(p.file, []byte("secret"), 0o600) },
		"nothing in it":          func(p profile) error { return os.Truncate(p.file, 0) },
	} {
		p := newProfile(t)
		if err := set(p); err != nil {
			t.Fatal(err)
		}
		if _, err := p.store().Read(t.Context(), p.at); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := newProfile(t)
	p.run("CREATE TRIGGER x AFTER DELETE ON moz_perms BEGIN DELETE FROM moz_perms; END")
	s := p.store()
	step, before := p.step(s), p.snapshot()
	if err := s.Do(t.Context(), p.at, step); err == nil || p.snapshot() != before {
		t.Errorf("a trigger: %v", err)
	}
	for _, change := range []func(*fact.At){
		func(at *fact.At) { at.Path = "/etc/permissions.sqlite" },
		func(at *fact.At) { at.Path = p.home + "/../permissions.sqlite" },
		func(at *fact.At) { at.Path = p.home + "/cookies.sqlite" },
		func(at *fact.At) { at.Key = "" },
		func(at *fact.At) { at.Item = "" },
	} {
		at := p.at
		change(&at)
		if _, err := s.Read(t.Context(), at); err != errPlace {
			t.Errorf("%+v: %v", at, err)
		}
	}
}

func TestNotThere(t *testing.T) {
	p := newProfile(t)
	s := p.store()
	step := p.step(s)
	if err := os.Remove(p.file); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Read(t.Context(), p.at); err != nil || now.Present {
		t.Errorf("no database: %v %v", now, err)
	}
	if err := s.Do(t.Context(), p.at, step); !errors.Is(err, harden.ErrMoved) {
		t.Errorf("doing: %v", err)
	}
	if err := s.Undo(t.Context(), p.at, step); err == nil {
		t.Error("a profile that is gone was made again")
	}
}

func TestOnlyTakenAway(t *testing.T) {
	p := newProfile(t)
	s := p.store()
	now, err := s.Read(t.Context(), p.at)
	if err != nil || now.Value != "allowed" {
		t.Fatalf("it is %v %v", now.Value, err)
	}
	if _, err := s.Prepare(t.Context(), p.at, now, fact.Held{State: fact.Present, Value: "denied"}); err != errGrant {
		t.Errorf("got %v", err)
	}
}

// tempName is agent/harden/disk's name for the other form of the file.
func (p profile) tempName() string {
	sum := sha256.Sum256([]byte("permissions.sqlite"))
	return filepath.Dir(p.file) + "/.huddleguard-" + hex.EncodeToString(sum[:8])
}

// TestSettleBrokenOff: the two forms of the database lie beside each other, in
// either order, after a doing or an undoing that broke off. Somebody else's
// file under that name stays, and is said.
func TestSettleBrokenOff(t *testing.T) {
	p := newProfile(t)
	s := p.store()
	step := p.step(s)
	states := [][]byte{read(t, p.file)}
	for _, turn := range []func(context.Context, fact.At, plan.Step) error{s.Do, s.Undo} {
		if err := turn(t.Context(), p.at, step); err != nil {
			t.Fatal(err)
		}
		states = append(states, read(t, p.file))
	}
	for _, pair := range [][2]int{{0, 1}, {1, 0}, {1, 2}, {2, 1}} {
		write(t, p.file, states[pair[0]])
		write(t, p.tempName(), states[pair[1]])
		if err := s.Settle(t.Context(), p.at, step); err != nil {
			t.Errorf("%v: %v", pair, err)
		}
		if _, err := os.Stat(p.tempName()); !os.IsNotExist(err) || !bytes.Equal(read(t, p.file), states[pair[0]]) {
			t.Errorf("%v: the other form is left (%v), or the file is another", pair, err)
		}
	}
	write(t, p.tempName(), []byte("mine"))
	var left *disk.Leftover
	if err := s.Settle(t.Context(), p.at, step); !errors.As(err, &left) || string(read(t, p.tempName())) != "mine" {
		t.Errorf("somebody's file: %v", err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o640); err != nil {
		t.Fatal(err)
	}
}

// TestJournal: the journal's form of a step holds the site's rows and no others.
func TestJournal(t *testing.T) {
	p := newProfile(t)
	data, err := json.Marshal(p.step(p.store()))
	if err != nil || bytes.Contains(data, []byte("zoom")) {
		t.Errorf("%s %v", data, err)
	}
	var kept plan.Step
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	want := `[{"expireTime":0,"expireType":0,"modificationTime":1790000000000,"origin":"https://meet.google.com","permission":1,"type":"camera"}]`
	if string(kept.Prior.Raw) != want || !slices.Equal(kept.Undo, []byte(`{"ids":[1]}`)) {
		t.Errorf("%s %s", kept.Prior.Raw, kept.Undo)
	}
}
