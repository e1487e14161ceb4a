// Package host collects facts: it puts the readers beside it in order, for the
// system at hand. It is the only part of Huddleguard that looks at a host, and
// it reads only.
package host

import (
	"context"
	"errors"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/browser"
	"huddleguard/checks/host/exposure"
	"huddleguard/checks/host/linux"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/macos"
	"huddleguard/checks/host/running"
	"huddleguard/checks/host/settings"
	"huddleguard/checks/host/system"
	"huddleguard/checks/host/windows"
)

// step is one part of a look, named for the progress line.
type step struct {
	name string
	read func(*look.Look)
}

// steps are the parts of a look in order: copies are found before anything is
// asked about them.
func steps(os fact.OS) []step {
	find := map[fact.OS][]step{
		fact.Linux:   {{"packages", linux.Find}},
		fact.Windows: {{"programs", windows.Find}},
		fact.MacOS:   {{"applications", macos.Find}},
	}[os]
	permissions := map[fact.OS]step{
		fact.Linux:   {"sandboxes", linux.Permissions},
		fact.Windows: {"permissions", windows.Permissions},
		fact.MacOS:   {"permissions", macos.Permissions},
	}[os]
	return append(find,
		step{"browsers", browser.Read},
		step{"processes", running.Read},
		step{"settings", settings.Read},
		permissions,
		step{"exposure", exposure.Read},
	)
}

// Collect looks at a host. now is the time written into the facts; progress, if
// not nil, is told the name of each part as it begins. A cancelled context ends
// the look early, and what was not looked at is listed as unreadable.
func Collect(ctx context.Context, sys system.System, cat *catalogue.Catalogue, now time.Time, progress func(string)) fact.Set {
	l := look.New(ctx, sys, cat)
	l.Set.Taken = now.UTC().Truncate(time.Second)
	for _, s := range steps(l.OS) {
		if err := ctx.Err(); err != nil {
			l.Unreadable("", "", s.name, err)
			continue
		}
		if progress != nil {
			progress(s.name)
		}
		s.run(l)
	}
	return l.Finish()
}

// run does one part of a look. A part that breaks off on something hostile
// must not take the rest with it: what it did not look at is then unknown.
func (s step) run(l *look.Look) {
	defer func() {
		if recover() != nil {
			l.Unreadable("", "", s.name, errBrokeOff)
		}
	}()
	s.read(l)
}

// errBrokeOff is a fault of ours.
var errBrokeOff = errors.New("the look broke off there, which is a fault of this program")
