// Package tcc reads macOS' privacy database, TCC.db: which program may use the
// camera, the microphone, the screen. Its columns changed twice; they are told
// apart by their names and not by the system's version (columns as of macOS
// 10.15, 11 to 13, and 14; seen 2026-11-23).
package tcc

import (
	"context"
	"errors"
	"slices"
	"time"

	"huddleguard/checks/format/sqlite"
)

// Auth is what a grant says.
type Auth int

// What a grant can say.
const (
	Denied Auth = iota
	Unknown
	Allowed
	Limited
)

// reasonMDM is the reason of a grant that a management profile made.
const reasonMDM = 6

// Grant is one row: what one program may use.
type Grant struct {
	Service string // "kTCCServiceCamera"
	// Client is a bundle identifier, or a path where ClientIsPath.
	Client       string
	ClientIsPath bool
	Auth         Auth
	Reason       int64 // 0 before macOS 11
	LastModified time.Time
}

// Managed says whether the organisation made the grant.
func (g Grant) Managed() bool { return g.Reason == reasonMDM }

// ErrForm means that the database is no privacy database of a known form.
var ErrForm = errors.New("is not a privacy database of a known form")

// Read reads every grant.
func Read(ctx context.Context, db *sqlite.DB) ([]Grant, error) {
	have, err := db.Columns(ctx, "access")
	if errors.Is(err, sqlite.ErrNoTable) {
		return nil, ErrForm
	}
	if err != nil {
		return nil, err
	}
	columns := []string{"service", "client", "client_type", "last_modified"}
	old := slices.Contains(have, "allowed")
	switch {
	case old:
		columns = append(columns, "allowed")
	case slices.Contains(have, "auth_value"):
		columns = append(columns, "auth_value", "auth_reason")
	default:
		return nil, ErrForm
	}
	var grants []Grant
	err = db.Rows(ctx, "access", columns, func(row []any) error {
		g, err := grant(row, old)
		grants = append(grants, g)
		return err
	})
	return grants, err
}

func grant(row []any, old bool) (Grant, error) {
	var g Grant
	var ok1, ok2 bool
	g.Service, ok1 = row[0].(string)
	g.Client, ok2 = row[1].(string)
	kind, ok3 := row[2].(int64)
	value, ok4 := row[4].(int64)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return g, ErrForm
	}
	g.ClientIsPath = kind == 1
	if at, ok := row[3].(int64); ok && at > 0 {
		g.LastModified = time.Unix(at, 0).UTC()
	}
	if old {
		g.Auth = map[bool]Auth{true: Allowed, false: Denied}[value == 1]
		return g, nil
	}
	g.Reason, _ = row[5].(int64)
	if g.Auth = Auth(value); value < 0 || value > int64(Limited) {
		g.Auth = Unknown
	}
	return g, nil
}
