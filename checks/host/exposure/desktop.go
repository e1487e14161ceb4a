package exposure

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/keyfile"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/running"
	"huddleguard/checks/host/system"
)

// starter is a .desktop file that starts a program.
type starter struct {
	look.Location
	schemes []string
	program string
	args    []string
	// hidden is set where the file says that it counts as deleted.
	hidden bool
}

// Folders of .desktop files: those in homes, and those of the machine, which
// an index (mimeinfo.cache) lists by what they handle.
var (
	userStarters    = "~/.local/share/applications"
	machineStarters = []string{"/usr/share/applications", "/usr/local/share/applications", "/var/lib/snapd/desktop/applications", "/var/lib/flatpak/exports/share/applications"}
	autostarts      = []string{"~/.config/autostart", "/etc/xdg/autostart"}
)

// maxStarter bounds a .desktop file in bytes.
const maxStarter = 256 << 10

// readDesktop looks at the starters and link handlers of a Linux desktop.
func readDesktop(l *look.Look) {
	d := &desktop{Look: l}
	d.schemes = map[string]string{}
	for i := range l.Catalogue.Pages {
		for _, s := range l.Catalogue.Pages[i].Handlers {
			d.schemes[s] = l.Catalogue.Pages[i].ID
		}
	}
	for _, loc := range l.Expand(userStarters, nil) {
		l.Looked(below(loc, "*"), "*/exposure/handler-dangling", "*/exposure/handler-foreign")
		d.folder(loc, false)
	}
	for _, dir := range machineStarters {
		d.folder(l.Expand(dir, nil)[0], true)
	}
	for _, dir := range autostarts {
		for _, loc := range l.Expand(dir, nil) {
			l.Looked(below(loc, "*"), "*/exposure/autostart")
			d.autostart(loc)
		}
	}
	d.nothingFound()
}

// desktop is one look at the starters of a host.
type desktop struct {
	*look.Look
	schemes map[string]string // URL scheme → client
	found   map[string]bool   // things recorded, so that absence is said once
}

// folder reads the starters of a folder. In a machine's folder only those are
// read that the index lists for one of the schemes, or whose name is a known
// program's: there are hundreds.
func (d *desktop) folder(loc look.Location, indexed bool) {
	wanted := d.indexed(loc, indexed)
	d.each(loc, func(name string) bool { return wanted == nil || wanted[name] }, func(s starter) {
		d.handler(s)
		d.switches(s)
	})
}

// each reads the starters of a folder that want names.
func (d *desktop) each(loc look.Location, want func(name string) bool, do func(starter)) {
	entries, err := loc.Tree.ReadDir(loc.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		d.Unreadable("", loc.User(), loc.Show, err)
		return
	}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".desktop" || !want(e.Name()) {
			continue
		}
		s, err := readStarter(below(loc, e.Name()))
		if err != nil {
			d.Unreadable("", loc.User(), below(loc, e.Name()).Show, err)
			continue
		}
		if !s.hidden {
			do(s)
		}
	}
}

func below(loc look.Location, name string) look.Location {
	loc.Name, loc.Show = path.Join(loc.Name, name), path.Join(loc.Show, name)
	return loc
}

// indexed are the starters that a machine folder's index lists for our schemes.
// Without an index every starter is read.
func (d *desktop) indexed(loc look.Location, indexed bool) map[string]bool {
	if !indexed {
		return nil
	}
	index := below(loc, "mimeinfo.cache")
	data, err := index.Tree.ReadFile(index.Name, system.MaxFile)
	if err != nil {
		return nil
	}
	f, err := keyfile.Parse(data)
	if err != nil {
		return nil
	}
	wanted := map[string]bool{}
	for scheme := range d.schemes {
		names, _ := f.List("MIME Cache", "x-scheme-handler/"+scheme)
		for _, n := range names {
			wanted[n] = true
		}
	}
	return wanted
}

func readStarter(loc look.Location) (starter, error) {
	s := starter{Location: loc}
	data, err := loc.Tree.ReadFile(loc.Name, maxStarter)
	if err != nil {
		return s, err
	}
	f, err := keyfile.Parse(data)
	if err != nil {
		return s, err
	}
	types, _ := f.List("Desktop Entry", "MimeType")
	for _, t := range types {
		if scheme, ok := strings.CutPrefix(t, "x-scheme-handler/"); ok {
			s.schemes = append(s.schemes, scheme)
		}
	}
	hidden, _ := f.Get("Desktop Entry", "Hidden")
	s.hidden = hidden == "true"
	line, _ := f.Get("Desktop Entry", "Exec")
	args, err := keyfile.ExecArgs(line)
	if err == nil && len(args) > 0 {
		s.program, s.args = args[0], args[1:]
	}
	return s, err
}

// handler records a starter that takes a client's links and does not belong to
// any copy of it.
func (d *desktop) handler(s starter) {
	for _, scheme := range s.schemes {
		client := d.schemes[scheme]
		if client == "" || s.program == "" {
			continue
		}
		copies := d.copiesOf(client, s.User())
		switch {
		case d.isGone(s):
			d.record(client, "handler-dangling", s, scheme+":", s.putAway())
		case len(copies) == 0 || !slices.ContainsFunc(copies, func(c *look.Copy) bool { return d.belongs(c, s) }):
			d.record(client, "handler-foreign", s, scheme+":", nil)
		}
	}
}

// copiesOf are the copies of a client that a person can start; for a starter
// of the machine, those of the machine.
func (d *desktop) copiesOf(client, user string) []*look.Copy {
	var out []*look.Copy
	for _, c := range d.Copies {
		if c.Client == client && (c.Home == nil || c.User == user) {
			out = append(out, c)
		}
	}
	return out
}

// isGone says whether a starter's program is named by its path and not there.
func (d *desktop) isGone(s starter) bool {
	if !strings.HasPrefix(s.program, "/") {
		return false
	}
	_, err := d.System.Machine().Stat(s.program)
	return errors.Is(err, fs.ErrNotExist)
}

// launchers start other programs: flatpak and snap name the application in
// their arguments, and env and sh pass it on.
var launchers = []string{"flatpak", "snap", "env"}

// belongs says whether a starter starts a copy.
func (d *desktop) belongs(c *look.Copy, s starter) bool {
	base := path.Base(s.program)
	if slices.Contains(launchers, base) || strings.HasPrefix(s.program, "/snap/bin/") {
		return slices.ContainsFunc(append([]string{base}, s.args...), func(a string) bool {
			return slices.ContainsFunc(c.Install.IDs, func(id string) bool { return a == id || strings.HasPrefix(a, id+".") })
		})
	}
	if c.Packaging == fact.PWA {
		return slices.ContainsFunc(s.args, func(a string) bool {
			id, ok := strings.CutPrefix(a, "--app-id=")
			return ok && slices.Contains(c.Install.IDs, id)
		})
	}
	return d.isProgram(c, s)
}

// isProgram says whether a starter's program is one of a copy's: by its path,
// by what its path leads to, or by its name where it has no path.
func (d *desktop) isProgram(c *look.Copy, s starter) bool {
	programs := []string{}
	for _, t := range c.Install.Programs {
		for _, loc := range d.Expand(t, c) {
			programs = append(programs, loc.Show)
		}
	}
	dir := c.Dir
	if c.Home != nil && dir != "" {
		dir = path.Join(c.Home.Home, dir)
	}
	for _, p := range append([]string{s.program}, d.leadsTo(s.program)...) {
		if slices.Contains(programs, p) || dir != "" && strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	return !strings.Contains(s.program, "/") &&
		slices.ContainsFunc(programs, func(p string) bool { return path.Base(p) == s.program })
}

// leadsTo follows one link of a program: /usr/bin/zoom → /opt/zoom/ZoomLauncher.
func (d *desktop) leadsTo(program string) []string {
	if !strings.HasPrefix(program, "/") {
		program = "/usr/bin/" + program
	}
	to, err := d.System.Machine().Readlink(program)
	if err != nil {
		return nil
	}
	if !strings.HasPrefix(to, "/") {
		to = path.Join(path.Dir(program), to)
	}
	return []string{to}
}

// switches records a starter of an Electron client that takes its protection away.
func (d *desktop) switches(s starter) {
	found := running.FindSwitches(s.args)
	if len(found) == 0 {
		return
	}
	for _, c := range d.Copies {
		if c.Page.Electron && (c.Home == nil || s.Home == nil || c.User == s.User()) && d.belongs(c, s) {
			f := c.About(fact.Exposure, "debug-switch")
			f.User, f.State, f.Where = s.User(), fact.Present, s.Show
			f.Value, f.Subject = found, strings.Join(found, " ")+" in "+s.Show
			d.Add(f)
		}
	}
}

// autostart records which clients start by themselves.
func (d *desktop) autostart(loc look.Location) {
	d.each(loc, func(string) bool { return true }, func(s starter) {
		d.switches(s)
		for _, c := range d.Copies {
			if (c.Home == nil || s.Home == nil || c.User == s.User()) && d.belongs(c, s) {
				d.record(c.Client, "autostart", s, s.Show, s.switchOff())
			}
		}
	})
}

// record adds what was found about a client, which need not be installed.
func (d *desktop) record(client, thing string, s starter, subject string, at []fact.At) {
	if d.found == nil {
		d.found = map[string]bool{}
	}
	d.found[client+"/"+thing] = true
	d.Add(fact.Fact{Kind: fact.Exposure, Name: thing, Client: client, User: s.User(),
		State: fact.Present, Where: s.Show, Subject: subject, At: at})
}

// putAway is where a starter that leads nowhere is taken from: a home, or where
// administrators put things by hand. Elsewhere it belongs to a package.
func (s starter) putAway() []fact.At {
	if s.Home == nil && !strings.HasPrefix(s.Show, "/usr/local/") {
		return nil
	}
	return []fact.At{{Store: "quarantine", Path: s.Show}}
}

// switchOff is where a person's own starter is told not to start. One of the
// machine is switched off for each person apart, with a file of theirs.
func (s starter) switchOff() []fact.At {
	if s.Home == nil {
		return nil
	}
	return []fact.At{{Store: "keyfile", Path: s.Show, Section: "Desktop Entry", Key: "Hidden"}}
}

// nothingFound says, for each client that is installed, what was looked for
// and not found.
func (d *desktop) nothingFound() {
	said := map[string]bool{}
	for _, c := range d.Copies {
		for _, thing := range []string{"handler-dangling", "handler-foreign", "autostart"} {
			key := c.Client + "/" + thing
			if d.found[key] || said[key] {
				continue
			}
			said[key] = true
			d.Add(fact.Fact{Kind: fact.Exposure, Name: thing, Client: c.Client, State: fact.Absent,
				Where: "starters of the desktop"})
		}
	}
}
