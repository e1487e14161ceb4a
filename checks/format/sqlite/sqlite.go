// Package sqlite reads tables of SQLite databases that lie in hostile places: a
// person's home, where a browser or the system keeps its grants.
//
// A database is read from memory and never from its path, so that nothing is
// locked, created or written beside it. What a program has not yet moved from
// the write-ahead log into the database is laid over it first. Only plain
// tables are read: a view or a trigger is a program, and is somebody else's.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go
)

// Bounds on one database.
const (
	MaxSize = 64 << 20 // bytes
	maxRows = 100_000
)

// ErrForm means that the bytes are not a whole database.
var ErrForm = errors.New("is not a whole SQLite database")

// ErrNoTable means that the database has no plain table of that name.
var ErrNoTable = errors.New("has no such table")

// DB is an open database.
type DB struct{ db *sql.DB }

// Open opens a database from its file's bytes and those of its write-ahead
// log, which may be nil. It keeps main and may change it.
func Open(main, wal []byte) (*DB, error) {
	image, err := replay(main, wal)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := load(db, image); err != nil {
		db.Close()
		return nil, fmt.Errorf("%w (%s)", ErrForm, "it does not open")
	}
	return &DB{db}, nil
}

// load puts the image in the place of the empty database in memory.
func load(db *sql.DB, image []byte) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		return driver.(interface{ Deserialize([]byte) error }).Deserialize(image)
	})
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(context.Background(), "PRAGMA trusted_schema=OFF; PRAGMA query_only=ON; PRAGMA cell_size_check=ON")
	return err
}

// Close lets go of the database.
func (d *DB) Close() error { return d.db.Close() }

// Columns lists the columns of a plain table.
func (d *DB) Columns(ctx context.Context, table string) ([]string, error) {
	var kind string
	err := d.db.QueryRowContext(ctx, "SELECT type FROM sqlite_master WHERE name = ? AND sql NOT LIKE '%VIRTUAL%'", table).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) || err == nil && kind != "table" {
		return nil, ErrNoTable
	}
	if err != nil {
		return nil, broken(err)
	}
	rows, err := d.db.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		return nil, broken(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, broken(err)
		}
		names = append(names, n)
	}
	return names, broken(rows.Err())
}

// Rows calls each for every row of a plain table, with the named columns'
// values: int64, float64, string, []byte or nil.
func (d *DB) Rows(ctx context.Context, table string, columns []string, each func([]any) error) error {
	have, err := d.Columns(ctx, table)
	if err != nil {
		return err
	}
	quoted := make([]string, len(columns))
	for i, c := range columns {
		if !slices.Contains(have, c) {
			return fmt.Errorf("%w with a column %s", ErrNoTable, c)
		}
		quoted[i] = quote(c)
	}
	rows, err := d.db.QueryContext(ctx, "SELECT "+strings.Join(quoted, ", ")+" FROM "+quote(table))
	if err != nil {
		return broken(err)
	}
	defer rows.Close()
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for n := 0; rows.Next(); n++ {
		if n == maxRows {
			return fmt.Errorf("has more than %d rows", maxRows)
		}
		if err := rows.Scan(into...); err != nil {
			return broken(err)
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return broken(rows.Err())
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// broken keeps SQLite's own words, which can quote the schema, out of an error.
func broken(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errors.New("took too long to read")
	}
	return ErrForm
}

const magic = "SQLite format 3\x00"

// header is what is needed of a database's first page (fileformat2.html, 1.3).
type header struct {
	pageSize int
	pages    int // 0 where the header does not say
}

func readHeader(b []byte) (header, error) {
	if len(b) < 100 || string(b[:len(magic)]) != magic {
		return header{}, ErrForm
	}
	h := header{pageSize: int(binary.BigEndian.Uint16(b[16:]))}
	if h.pageSize == 1 {
		h.pageSize = 65536
	}
	if h.pageSize < 512 || h.pageSize&(h.pageSize-1) != 0 {
		return header{}, ErrForm
	}
	if binary.BigEndian.Uint32(b[24:]) == binary.BigEndian.Uint32(b[92:]) {
		h.pages = int(binary.BigEndian.Uint32(b[28:]))
	}
	return h, nil
}
