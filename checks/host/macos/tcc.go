package macos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/sqlite"
	"huddleguard/checks/format/tcc"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// The privacy databases: one for each person, one for the machine. Reading
// them needs Full Disk Access, and macOS 27 closed them to everybody.
const (
	userTCC    = "~/Library/Application Support/com.apple.TCC/TCC.db"
	machineTCC = "/Library/Application Support/com.apple.TCC/TCC.db"
)

// Permissions records what the privacy databases grant each copy, and what
// starts by itself.
func Permissions(l *look.Look) {
	machine := l.Expand(machineTCC, nil)[0]
	all := readTCC(l.Ctx, machine)
	for i, loc := range l.Expand(userTCC, nil) {
		grantsOf(l, &l.Homes[i], loc, readTCC(l.Ctx, loc), machine, all)
	}
	autostarts(l)
}

// database is what a privacy database grants, or why that is not known.
type database struct {
	grants []tcc.Grant
	err    error
}

// queryTime bounds how long a person's database may keep a look.
const queryTime = 2 * time.Second

// readTCC reads a database. One that is not there is not known to grant
// nothing: every Mac in use has one.
func readTCC(ctx context.Context, loc look.Location) database {
	main, err := loc.Tree.ReadFile(loc.Name, system.MaxFile)
	if err != nil {
		return database{err: err}
	}
	wal, err := loc.Tree.ReadFile(loc.Name+"-wal", system.MaxFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return database{err: err}
	}
	db, err := sqlite.Open(main, wal)
	if err != nil {
		return database{err: err}
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	grants, err := tcc.Read(ctx, db)
	return database{grants, err}
}

// grantsOf records the grants of one person.
func grantsOf(l *look.Look, h *system.Home, own look.Location, user database, machine look.Location, all database) {
	for i := range l.Catalogue.Permissions {
		p := &l.Catalogue.Permissions[i]
		if p.TCC == "" {
			continue
		}
		db, loc := user, own
		if p.TCCSystem {
			db, loc = all, machine
		}
		for _, c := range l.Copies {
			if !c.Packaging.InBrowser() && (c.Home == nil || c.User == h.Name) {
				f := c.About(fact.Permission, p.ID)
				f.User, f.Where = h.Name, loc.Show+" "+p.TCC
				l.Add(grantFact(f, p, db, c.Install.IDs))
			}
		}
		leftBehind(l, h, p, db, loc)
	}
}

func grantFact(f fact.Fact, p *catalogue.Permission, db database, ids []string) fact.Fact {
	f.State = fact.Absent
	if db.err != nil {
		f.State = fact.Hidden
		f.Why = fmt.Sprintf("it cannot be known here (%s); look in System Settings, Privacy & Security: x-apple.systempreferences:com.apple.preference.security?%s", look.Why(db.err), p.Pane)
		return f
	}
	for _, g := range db.grants {
		if g.Service != p.TCC || g.ClientIsPath || !slices.Contains(ids, g.Client) {
			continue
		}
		f.State, f.Value, f.LastUsed = fact.Present, word(g), g.LastModified
		f.Managed = g.Managed()
	}
	return f
}

func word(g tcc.Grant) string {
	switch g.Auth {
	case tcc.Allowed, tcc.Limited:
		return "allowed"
	case tcc.Denied:
		return "denied"
	}
	return "ask"
}

// leftBehind records grants for bundles that pages know and the Mac has not.
func leftBehind(l *look.Look, h *system.Home, p *catalogue.Permission, db database, loc look.Location) {
	if db.err != nil {
		return
	}
	l.Installs(func(page *catalogue.Page, in *catalogue.Install) {
		if slices.ContainsFunc(l.Copies, func(c *look.Copy) bool { return sharesID(c.Install, in) }) {
			return
		}
		f := fact.Fact{Kind: fact.Permission, Name: p.ID, Client: page.ID, User: h.Name, Where: loc.Show + " " + p.TCC}
		if f = grantFact(f, p, db, in.IDs); f.State == fact.Present && f.Value == "allowed" {
			f.Subject = in.IDs[0]
			l.Add(f)
		}
	}, fact.Bundle)
}

func sharesID(a, b *catalogue.Install) bool {
	return slices.ContainsFunc(a.IDs, func(id string) bool { return slices.Contains(b.IDs, id) })
}
