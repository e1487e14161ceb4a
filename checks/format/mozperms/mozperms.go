// Package mozperms reads what sites a Firefox profile lets use camera,
// microphone and screen: the rows of permissions.sqlite (user_version 13 in
// Firefox ESR 153, seen live 2026-11-23).
package mozperms

import (
	"context"
	"errors"

	"huddleguard/checks/format/sqlite"
)

// The values of Permission.Permission.
const (
	Allow = 1
	Deny  = 2
	Ask   = 3
)

// Permission is one row of moz_perms.
type Permission struct {
	Origin     string // "https://meet.google.com"
	Type       string // "camera"
	Permission int64
}

// ErrForm means that the database is not Firefox' permissions.
var ErrForm = errors.New("is not a Firefox permission database")

// Read reads every row.
func Read(ctx context.Context, db *sqlite.DB) ([]Permission, error) {
	var out []Permission
	err := db.Rows(ctx, "moz_perms", []string{"origin", "type", "permission"}, func(row []any) error {
		origin, ok1 := row[0].(string)
		kind, ok2 := row[1].(string)
		value, ok3 := row[2].(int64)
		if !ok1 || !ok2 || !ok3 {
			return ErrForm
		}
		out = append(out, Permission{origin, kind, value})
		return nil
	})
	if errors.Is(err, sqlite.ErrNoTable) {
		return nil, ErrForm
	}
	return out, err
}
