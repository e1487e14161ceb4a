package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go

	"huddleguard/agent/harden/plan"
)

// Status is how far an entry of the journal has come.
type Status string

// The statuses. Intent and Undoing are on the way: after a crash they are
// settled by looking at the place.
const (
	Intent     Status = "intent"      // written down before the place was touched
	Done       Status = "done"        // changed, and read back
	Dropped    Status = "dropped"     // the place was not changed
	RolledBack Status = "rolled-back" // changed, did not take, and was put back
	Undoing    Status = "undoing"
	Undone     Status = "undone"
	// Superseded: somebody else wrote there since, so it is left alone.
	Superseded Status = "superseded"
)

// Entry is one change in the journal.
type Entry struct {
	ID     int64
	Plan   string // digest
	Change plan.Change
	Step   plan.Step
	Status Status
	// Actor is who asked: "ann", "root", "policy".
	Actor string
	// UID and Home tell whose home it was: user ids are given out again.
	UID  string
	Home string
	At   time.Time // written down, UTC
	// Ended is when the status last changed, and By who had it changed.
	Ended time.Time
	By    string
	// Why says, in English, why it was dropped, rolled back or superseded.
	Why string
}

// Journal is the record written before each change, and the history.
type Journal struct{ db *sql.DB }

// JournalFile is the journal's name in a state folder.
const JournalFile = "journal.db"

// edition counts the forms of the tables.
const edition = 1

// schema makes the tables.
const schema = `
BEGIN;
CREATE TABLE entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plan TEXT NOT NULL, change TEXT NOT NULL, step TEXT NOT NULL,
  place TEXT NOT NULL,
  status TEXT NOT NULL, actor TEXT NOT NULL, uid TEXT NOT NULL, home TEXT NOT NULL,
  at INTEGER NOT NULL, ended INTEGER NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX entries_status ON entries (status);
CREATE INDEX entries_place ON entries (place, at);
PRAGMA user_version = 1;
COMMIT;`

// OpenJournal opens, or makes, the journal in a state folder. The folder and
// the journal are for their owner alone.
func OpenJournal(ctx context.Context, dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	name := filepath.Join(dir, JournalFile)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) // born for its owner alone; SQLite would ask the umask
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(name))
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	db.SetMaxOpenConns(1) // one writer, and pragmas that hold for it
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the journal: %w", err), db.Close())
	}
	return &Journal{db}, nil
}

// prepare makes the tables of a new journal, and refuses one of a later edition.
func prepare(ctx context.Context, db *sql.DB) error {
	var have int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have > edition:
		return errors.New("a newer huddleguard made it; use that one")
	case have == edition:
		return nil
	}
	_, err := db.ExecContext(ctx, schema)
	return err
}

// dsn has the journal synced to the disk at every commit.
func dsn(name string) string {
	q := url.Values{"_pragma": {"busy_timeout(1000)", "journal_mode(WAL)", "synchronous(FULL)", "trusted_schema(OFF)"}, "_txlock": {"immediate"}}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(name), RawQuery: q.Encode()}).String()
}

// Close lets go of the journal.
func (j *Journal) Close() error { return j.db.Close() }

// Intend writes down what is about to be done. When it returns, it is on the disk.
func (j *Journal) Intend(ctx context.Context, e Entry) (int64, error) {
	change, err := json.Marshal(e.Change)
	if err != nil {
		return 0, fmt.Errorf("writing the journal: %w", err)
	}
	step, err := json.Marshal(e.Step)
	if err != nil {
		return 0, fmt.Errorf("writing the journal: %w", err)
	}
	place, err := placeKey(e.Change)
	if err != nil {
		return 0, fmt.Errorf("writing the journal: %w", err)
	}
	res, err := j.db.ExecContext(ctx, `INSERT INTO entries (plan, change, step, place, status, actor, uid, home, at, ended, by, why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`,
		e.Plan, string(change), string(step), place, string(Intent), e.Actor, e.UID, e.Home, e.At.UnixNano(), e.At.UnixNano(), e.Actor)
	if err != nil {
		return 0, fmt.Errorf("writing the journal: %w", err)
	}
	return res.LastInsertId()
}

// placeKey names a place among all of a journal's.
func placeKey(c plan.Change) (string, error) {
	at := c.At
	key, err := json.Marshal([]string{c.User, at.Store, at.Path, at.Section, at.Key, at.Item})
	return string(key), err
}

// Mark says how far an entry has come. When it returns, it is on the disk.
func (j *Journal) Mark(ctx context.Context, id int64, s Status, by, why string, at time.Time) error {
	res, err := j.db.ExecContext(ctx, `UPDATE entries SET status = ?, by = ?, why = ?, ended = ? WHERE id = ?`, string(s), by, why, at.UnixNano(), id)
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("writing the journal: there is no entry %d", id)
	}
	return nil
}

// Amend writes down another way back for a change that is done. When it returns,
// it is on the disk.
func (j *Journal) Amend(ctx context.Context, id int64, s plan.Step) error {
	step, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	if _, err := j.db.ExecContext(ctx, `UPDATE entries SET step = ? WHERE id = ? AND status = ?`, string(step), id, string(Done)); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

// What is kept of entries that came to their end, so that a journal does not grow
// without bound. What stands, or is on the way, is kept as long as it is.
const (
	keptTries = 500  // that changed nothing, or not for long
	keptEnded = 2000 // taken back, or superseded
)

// Trim forgets the oldest entries that came to their end.
func (j *Journal) Trim(ctx context.Context) error {
	return errors.Join(j.trim(ctx, keptTries, Dropped, RolledBack), j.trim(ctx, keptEnded, Undone, Superseded))
}

func (j *Journal) trim(ctx context.Context, kept int, a, b Status) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM entries WHERE status IN (?1, ?2) AND id <=
		(SELECT id FROM entries WHERE status IN (?1, ?2) ORDER BY id DESC LIMIT 1 OFFSET ?3)`, string(a), string(b), kept)
	if err != nil {
		return fmt.Errorf("trimming the journal: %w", err)
	}
	return nil
}

// Filter chooses entries. Its zero value chooses all.
type Filter struct {
	IDs      []int64
	Statuses []Status
	// Place chooses the entries of one change's place.
	Place *plan.Change
	// Since leaves out what was written down before.
	Since time.Time
}

// Entries lists entries, the newest first.
func (j *Journal) Entries(ctx context.Context, f Filter) ([]Entry, error) {
	where, args, err := f.where()
	if err != nil {
		return nil, err
	}
	rows, err := j.db.QueryContext(ctx, `SELECT id, plan, change, step, status, actor, uid, home, at, ended, by, why FROM entries`+where+` ORDER BY id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer rows.Close()
	var all []Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func (f Filter) where() (string, []any, error) {
	var parts []string
	var args []any
	oneOf := func(column string, n int) {
		parts = append(parts, column+" IN (?"+strings.Repeat(", ?", n-1)+")")
	}
	if len(f.IDs) > 0 {
		oneOf("id", len(f.IDs))
		for _, id := range f.IDs {
			args = append(args, id)
		}
	}
	if len(f.Statuses) > 0 {
		oneOf("status", len(f.Statuses))
		for _, s := range f.Statuses {
			args = append(args, string(s))
		}
	}
	if f.Place != nil {
		place, err := placeKey(*f.Place)
		if err != nil {
			return "", nil, err
		}
		parts, args = append(parts, "place = ?"), append(args, place)
	}
	if !f.Since.IsZero() {
		parts, args = append(parts, "at >= ?"), append(args, f.Since.UnixNano())
	}
	if len(parts) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args, nil
}

func scanEntry(rows *sql.Rows) (Entry, error) {
	var e Entry
	var change, step string
	var at, ended int64
	err := rows.Scan(&e.ID, &e.Plan, &change, &step, &e.Status, &e.Actor, &e.UID, &e.Home, &at, &ended, &e.By, &e.Why)
	if err != nil {
		return e, err
	}
	e.At, e.Ended = time.Unix(0, at).UTC(), time.Unix(0, ended).UTC()
	return e, errors.Join(json.Unmarshal([]byte(change), &e.Change), json.Unmarshal([]byte(step), &e.Step))
}
