// Package look is one look at a host in progress: the system being read, what
// is known, and the facts gathered so far. The readers in the folders beside it
// share it; checks/host puts them in order.
package look

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/system"
)

// Look is one look in progress. It is used by one goroutine at a time.
type Look struct {
	Ctx       context.Context
	System    system.System
	Catalogue *catalogue.Catalogue
	OS        fact.OS
	Homes     []system.Home
	Copies    []*Copy
	Set       fact.Set

	// closed are the homes that cannot be entered; everything in one has the
	// same reason, which is said once.
	closed    map[string]bool
	processes *answer[[]system.Process]
	listeners *answer[[]system.Listener]
}

// answer keeps what a system said, so that it is asked once.
type answer[T any] struct {
	value T
	err   error
}

// Copy is an installation beside what is known of it.
type Copy struct {
	fact.Installation
	Page    *catalogue.Page
	Install *catalogue.Install
	// Home is the home the copy lies in, nil for the machine's.
	Home *system.Home
	// Dir is the copy's own folder, named as its Tree names it; empty where it
	// has none of its own (a package spread over /usr).
	Dir string
}

// New starts a look: it names the host and lists the homes in scope.
func New(ctx context.Context, sys system.System, cat *catalogue.Catalogue) *Look {
	l := &Look{Ctx: ctx, System: sys, Catalogue: cat, closed: map[string]bool{}}
	l.Set = fact.Set{Schema: fact.Schema, Host: sys.Host(), Scope: sys.Scope()}
	l.OS = l.Set.Host.OS
	homes, err := sys.Homes()
	if err != nil {
		l.Unreadable("", "", "the list of accounts", err)
	}
	l.Homes = homes
	for _, h := range homes {
		l.Set.Users = append(l.Set.Users, h.User)
		if _, err := h.Tree.Stat("."); err != nil {
			l.Unreadable("", h.Name, "the home "+h.Home, err)
			l.closed[h.Name] = true
		}
	}
	return l
}

// Found records a copy. instance tells apart copies that client, edition,
// packaging and owner do not: a second package name, a browser profile. It must
// not hold a version. A copy that is already there under the same id is kept
// and returned.
func (l *Look) Found(c Copy, instance string) *Copy {
	parts := []string{string(l.OS), c.Page.ID, c.Install.Edition, string(c.Install.Packaging)}
	if c.Home != nil {
		c.User = c.Home.Name
		parts = append(parts, c.User)
	}
	if instance != "" {
		parts = append(parts, instance)
	}
	c.ID = strings.Join(parts, ":")
	if i := slices.IndexFunc(l.Copies, func(o *Copy) bool { return o.ID == c.ID }); i >= 0 {
		return l.Copies[i]
	}
	c.Client, c.Edition, c.Packaging = c.Page.ID, c.Install.Edition, c.Install.Packaging
	c.Name = cmp.Or(c.Name, c.Page.Name)
	c.Running, c.InCall = cmp.Or(c.Running, fact.Unknown), cmp.Or(c.InCall, fact.Unknown)
	c.Held = cmp.Or(c.Held, fact.Unknown)
	l.Copies = append(l.Copies, &c)
	return &c
}

// AddVersion records a witness of a copy's version, the most trusted first.
func (c *Copy) AddVersion(raw, where string) {
	if raw = strings.TrimSpace(raw); raw != "" {
		c.Versions = append(c.Versions, fact.Version{Raw: raw, Where: where})
	}
}

// HideVersion records a witness that could not be read.
func (c *Copy) HideVersion(where string, err error) {
	c.Versions = append(c.Versions, fact.Version{Where: where, Why: Why(err)})
}

// Add records a fact.
func (l *Look) Add(f fact.Fact) { l.Set.Facts = append(l.Set.Facts, f) }

// About starts a fact about a copy.
func (c *Copy) About(kind fact.Kind, name string) fact.Fact {
	return fact.Fact{Kind: kind, Name: name, Client: c.Client, Installation: c.ID, User: c.User}
}

// Unreadable records something in scope that could not be looked at. Something
// the host does not have at all is not recorded.
func (l *Look) Unreadable(client, user, what string, err error) {
	if errors.Is(err, system.ErrNotHere) || l.closed[user] {
		return
	}
	u := fact.Unreadable{Client: client, User: user, What: what, Why: Why(err)}
	if !slices.Contains(l.Set.Unreadable, u) {
		l.Set.Unreadable = append(l.Set.Unreadable, u)
	}
}

// Why is an error as a reason a person can read.
func Why(err error) string {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "no permission"
	case errors.As(err, &pe):
		return pe.Err.Error()
	}
	return err.Error()
}

// Hide turns an error into the state of a fact: Absent when the thing is not
// there, Hidden with its reason otherwise.
func Hide(f fact.Fact, err error) fact.Fact {
	if errors.Is(err, fs.ErrNotExist) {
		f.State = fact.Absent
		return f
	}
	f.State, f.Why = fact.Hidden, Why(err)
	return f
}

// Processes lists what runs, asked once.
func (l *Look) Processes() ([]system.Process, error) {
	if l.processes == nil {
		v, err := l.System.Processes(l.Ctx)
		l.processes = &answer[[]system.Process]{v, err}
	}
	return l.processes.value, l.processes.err
}

// Listeners lists the sockets that accept connections on a port that any
// page speaks of, asked once.
func (l *Look) Listeners() ([]system.Listener, error) {
	if l.listeners == nil {
		var ports []uint16
		for i := range l.Catalogue.Pages {
			for _, left := range l.Catalogue.Pages[i].Leftovers {
				ports = append(ports, left.Ports...)
			}
		}
		v, err := l.System.Listeners(l.Ctx, ports...)
		l.listeners = &answer[[]system.Listener]{v, err}
	}
	return l.listeners.value, l.listeners.err
}

// Installs calls each for every way of finding a copy on this system.
func (l *Look) Installs(each func(*catalogue.Page, *catalogue.Install), packagings ...fact.Packaging) {
	for i := range l.Catalogue.Pages {
		p := &l.Catalogue.Pages[i]
		for j := range p.Installs {
			in := &p.Installs[j]
			if in.System == l.OS && slices.Contains(packagings, in.Packaging) {
				each(p, in)
			}
		}
	}
}

// Finish returns the set with the copies in order of id.
func (l *Look) Finish() fact.Set {
	slices.SortFunc(l.Copies, func(a, b *Copy) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range l.Copies {
		l.Set.Installations = append(l.Set.Installations, c.Installation)
	}
	return l.Set
}

// Looked records a file that was looked at for checks, whatever is found there.
func (l *Look) Looked(loc Location, checks ...string) {
	l.Set.Looked = append(l.Set.Looked, fact.Looked{Checks: checks, User: loc.User(), Path: loc.Show})
}
