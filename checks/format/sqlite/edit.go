package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrTrigger means that the database runs something of its own when it is
// changed.
var ErrTrigger = errors.New("holds triggers, which run when it is changed")

// Edit makes one change to a database that lies in memory, whole or not at all,
// and gives the new form. main is kept as it is. What a change takes out is
// written over, and not only forgotten. The same change to the same bytes gives
// the same bytes.
func Edit(ctx context.Context, main []byte, change func(*sql.Tx) error) ([]byte, error) {
	d, err := Open(bytes.Clone(main), nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, broken(err)
	}
	defer conn.Close()
	if err := sound(ctx, conn); err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only=OFF; PRAGMA secure_delete=ON"); err != nil {
		return nil, broken(err)
	}
	if err := transact(ctx, conn, change); err != nil {
		return nil, err
	}
	return image(conn, main)
}

// sound refuses a database that is broken, or that has programs in it.
func sound(ctx context.Context, conn *sql.Conn) error {
	var word string
	if err := conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&word); err != nil {
		return broken(err)
	}
	if word != "ok" {
		return fmt.Errorf("%w (%s)", ErrForm, "its tables do not add up")
	}
	var triggers int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").Scan(&triggers); err != nil {
		return broken(err)
	}
	if triggers > 0 {
		return ErrTrigger
	}
	return nil
}

func transact(ctx context.Context, conn *sql.Conn, change func(*sql.Tx) error) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return broken(err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := change(tx); err != nil {
		return err
	}
	return broken(tx.Commit())
}

// image takes the database out of memory again, with the word of the old one on
// whether it has a write-ahead log.
func image(conn *sql.Conn, main []byte) ([]byte, error) {
	var out []byte
	err := conn.Raw(func(driver any) (err error) {
		out, err = driver.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	if err != nil || len(out) < len(magic)+4 {
		return nil, ErrForm
	}
	copy(out[18:20], main[18:20])
	return out, nil
}
