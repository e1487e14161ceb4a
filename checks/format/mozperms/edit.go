package mozperms

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"huddleguard/checks/format/sqlite"
)

// Row is one row of moz_perms, as it stands there. ID is its number, which
// Firefox gives out again once its row is gone.
type Row struct {
	ID      int64
	Columns map[string]any // every other column: int64, string or nil
}

const table = "moz_perms"

// Find gives the rows of one site and type, in order of their numbers.
func Find(ctx context.Context, data []byte, kind, origin string) ([]Row, error) {
	db, err := sqlite.Open(slices.Clone(data), nil)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	columns, err := db.Columns(ctx, table)
	if err != nil && !errors.Is(err, sqlite.ErrNoTable) {
		return nil, err
	}
	for _, needed := range []string{"id", "origin", "type", "permission"} {
		if !slices.Contains(columns, needed) {
			return nil, ErrForm
		}
	}
	var rows []Row
	site, sort := slices.Index(columns, "origin"), slices.Index(columns, "type")
	err = db.Rows(ctx, table, columns, func(values []any) error {
		if values[site] != origin || values[sort] != kind {
			return nil
		}
		r, err := rowOf(columns, values)
		rows = append(rows, r)
		return err
	})
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	return rows, err
}

// rowOf takes a row as Firefox writes them: whole numbers and text.
func rowOf(columns []string, values []any) (Row, error) {
	r := Row{Columns: map[string]any{}}
	for i, name := range columns {
		text, isText := values[i].(string)
		number, isNumber := values[i].(int64)
		switch {
		case name == "id" && isNumber:
			r.ID = number
		case name == "id", isText && !utf8.ValidString(text), !isText && !isNumber && values[i] != nil:
			return Row{}, ErrForm
		default:
			r.Columns[name] = values[i]
		}
	}
	return r, nil
}

// Permission is what a row grants.
func (r Row) Permission() int64 {
	p, _ := r.Columns["permission"].(int64)
	return p
}

// Cut takes rows out, and gives the database without them.
func Cut(ctx context.Context, data []byte, rows []Row) ([]byte, error) {
	return sqlite.Edit(ctx, data, func(tx *sql.Tx) error {
		for _, r := range rows {
			if err := one(tx.ExecContext(ctx, "DELETE FROM moz_perms WHERE id = ? AND origin = ? AND type = ?",
				r.ID, r.Columns["origin"], r.Columns["type"])); err != nil {
				return err
			}
		}
		return nil
	})
}

// Put puts rows in, each under its own number, or under a new one where that was
// given out again, and gives the database with them.
func Put(ctx context.Context, data []byte, rows []Row) ([]byte, error) {
	return sqlite.Edit(ctx, data, func(tx *sql.Tx) error {
		for _, r := range rows {
			if err := put(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func put(ctx context.Context, tx *sql.Tx, r Row) error {
	var taken int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM moz_perms WHERE id = ?", r.ID).Scan(&taken); err != nil {
		return ErrForm
	}
	columns, values := []string{"id"}, []any{r.ID}
	if taken > 0 {
		columns, values = nil, nil
	}
	for name, v := range r.Columns {
		columns, values = append(columns, `"`+strings.ReplaceAll(name, `"`, `""`)+`"`), append(values, v)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")
	return one(tx.ExecContext(ctx, "INSERT INTO moz_perms ("+strings.Join(columns, ",")+") VALUES ("+marks+")", values...))
}

// one sees that a statement changed one row. SQLite's own words can quote what
// stands in the database, and stay here.
func one(result sql.Result, err error) error {
	if err != nil {
		return ErrForm
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return ErrForm
	}
	return nil
}

// Encode writes rows without their numbers, the same rows as the same bytes.
func Encode(rows []Row) []byte {
	all := make([]map[string]any, len(rows))
	for i := range rows {
		all[i] = rows[i].Columns
	}
	data, _ := json.Marshal(all) // whole numbers and strings; names in order
	return data
}

// Decode reads what Encode wrote, with the numbers that belong to the rows.
func Decode(data []byte, ids []int64) ([]Row, error) {
	var all []map[string]any
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil || len(all) != len(ids) {
		return nil, ErrForm
	}
	rows := make([]Row, len(all))
	for i, columns := range all {
		for name, v := range columns {
			n, isNumber := v.(json.Number)
			if !isNumber {
				continue
			}
			whole, err := n.Int64()
			if err != nil {
				return nil, ErrForm
			}
			columns[name] = whole
		}
		rows[i] = Row{ids[i], columns}
	}
	return rows, nil
}
