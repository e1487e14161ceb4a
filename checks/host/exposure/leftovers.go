package exposure

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// readLeftovers looks for what clients leave behind, installed or not.
func readLeftovers(l *look.Look) {
	for i := range l.Catalogue.Pages {
		p := &l.Catalogue.Pages[i]
		for j := range p.Leftovers {
			left := &p.Leftovers[j]
			if left.System == "" || left.System == l.OS {
				readLeftover(l, p, left)
			}
		}
	}
}

// stillInstalled says whether a copy is there to which such things belong: in a
// home that person's own or the machine's, elsewhere anybody's.
func stillInstalled(l *look.Look, p *catalogue.Page, left *catalogue.Leftover, home *system.Home) bool {
	return slices.ContainsFunc(l.Copies, func(c *look.Copy) bool {
		return c.Client == p.ID && slices.Contains(left.UnlessInstalled, c.Edition) &&
			(c.Home == nil || home == nil || c.Home.Name == home.Name)
	})
}

// readLeftover records each trace that was found or could not be looked at,
// and one absence where there was none and no copy to leave any.
func readLeftover(l *look.Look, p *catalogue.Page, left *catalogue.Leftover) {
	start := fact.Fact{Kind: fact.Exposure, Name: p.ID + "/" + left.ID, Client: p.ID}
	before, installed := len(l.Set.Facts), stillInstalled(l, p, left, nil)
	for _, t := range left.Files {
		for _, loc := range l.Locate(t, nil) {
			if !stillInstalled(l, p, left, loc.Home) {
				l.Looked(loc, p.ID+"/"+left.ID)
				leftoverFile(l, start, loc)
			}
		}
	}
	for _, k := range left.Registry {
		leftoverKey(l, p, left, start, k)
	}
	if !installed {
		leftoverPorts(l, start, left)
	}
	if len(l.Set.Facts) == before && !installed {
		start.State, start.Where = fact.Absent, strings.Join(append(slices.Clone(left.Files), left.Registry...), ", ")
		l.Add(start)
	}
}

func leftoverFile(l *look.Look, f fact.Fact, loc look.Location) {
	_, err := loc.Tree.Lstat(loc.Name)
	// People put an empty file where a leftover's folder was, to keep it away.
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return
	}
	f.User, f.Where, f.State = loc.User(), loc.Show, fact.Present
	f.At = []fact.At{{Store: "quarantine", Path: loc.Show}}
	if err != nil {
		f, f.At = look.Hide(f, err), nil
	}
	l.Add(f)
}

// leftoverKey looks for a registry key, or with "\@name" for a value in one:
// in the machine's hive, or in each person's.
func leftoverKey(l *look.Look, p *catalogue.Page, left *catalogue.Leftover, f fact.Fact, key string) {
	root, rest, _ := strings.Cut(key, `\`)
	rest, value, hasValue := strings.Cut(rest, `\@`)
	homes := []*system.Home{nil}
	if root == "HKCU" {
		homes = nil
		for i := range l.Homes {
			homes = append(homes, &l.Homes[i])
		}
	}
	for _, h := range homes {
		if stillInstalled(l, p, left, h) {
			continue
		}
		k, err := l.System.Registry(root, h, rest)
		if err == nil && hasValue {
			_, err = k.Value(value)
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, system.ErrNotHere) {
			continue
		}
		g := f
		g.Where, g.State = key, fact.Present
		g.At = []fact.At{{Store: "registry", Path: root + `\` + rest, Key: value}}
		if h != nil {
			g.User = h.Name
		}
		if err != nil {
			g, g.At = look.Hide(g, err), nil
		}
		l.Add(g)
	}
}

// leftoverPorts looks for a program that listens on one of the ports. Any
// program can take a port: only one that is named counts where names are given
// and the owner is known.
func leftoverPorts(l *look.Look, f fact.Fact, left *catalogue.Leftover) {
	if len(left.Ports) == 0 {
		return
	}
	listeners, err := l.Listeners()
	if errors.Is(err, system.ErrNotHere) {
		return
	}
	if err != nil {
		f.Where = "listening sockets"
		l.Add(look.Hide(f, err))
		return
	}
	for _, s := range listeners {
		if !slices.Contains(left.Ports, s.Port) {
			continue
		}
		f.Where = fmt.Sprintf("port %d on %s", s.Port, s.Address)
		switch {
		case len(left.Processes) > 0 && s.PID == 0:
			f.State, f.Why = fact.Hidden, "something listens there, and whose it is cannot be known"
			l.Add(f)
		case namedOwner(l, left, s):
			f.State = fact.Present
			l.Add(f)
		}
	}
}

func namedOwner(l *look.Look, left *catalogue.Leftover, s system.Listener) bool {
	processes, _ := l.Processes()
	return len(left.Processes) == 0 || slices.ContainsFunc(processes, func(p system.Process) bool {
		return p.PID == s.PID && (slices.Contains(left.Processes, p.Name) || slices.Contains(left.Processes, path.Base(p.Exe)))
	})
}
