// Package hosttest has hosts made of data, and the contract every
// system.System must pass.
//
// A recorded host is a txtar archive. Its comment is a header of "key: value"
// lines, where "#" begins a comment line:
//
//	os: linux
//	os_version: Debian GNU/Linux 12 (bookworm)
//	name: desk
//	arch: x64
//	live: true
//	users: all
//	user: ann 1000 /home/ann
//
// The keys users (all or self; all where absent) and live (false where absent)
// are the scope. Each user line is a name, an id or SID, and the home; a home
// with spaces is written as the rest of the line. The archive's files are:
//
//	root/opt/zoom/version.txt       a file of the machine
//	home/ann/.config/zoomus.conf    a file of a home, which is in the machine's tree too
//	HKLM.reg, HKCU-ann.reg          a registry in regedit's text form; its header may be left out
//	modes                           what the tree cannot say, see below
//	processes                       "pid user exe | arg | arg …", one a line; " -> /dev/video0 …" ends it
//	listeners                       "address port pid", one a line
//	portal-ann/devices              "id app perm,perm", one a line; where there
//	                                is none, the table's file in the home counts
//	snapd/v2/snaps                  the "result" of an answer
//
// A section of processes, listeners, a registry, a portal or snapd can instead
// say "unreadable REASON". On Windows root/ is the C: volume. The text of a file that begins with one
// of these words says how its bytes are made:
//
//	@base64               the bytes in base64
//	@pe 5.17.5.31030 CompanyName="Zoom" …   a program with that version resource
//	@sqlite               a database made by that SQL
//	@plist-binary         a binary property list of that XML
//	@size 4294967296      nothing but zeros, that many
//
// The section modes has directives, one a line, with paths as in the machine's
// tree and "~ann/…" for a home's:
//
//	0777 /opt/Webex             mode bits, setuid and sticky included
//	owner 0 ~ann/.config/x      the numeric owner
//	link /opt/a -> ../b         a symbolic link
//	dir /opt/empty              a folder
//	fifo /opt/f, device /opt/d, socket /opt/s
//	unreadable /opt/x reason    it is there, and cannot be read for that reason
package hosttest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/gvdb"
	"huddleguard/checks/host/system"
)

// Recorded reads the recorded host in the file. A mistake in it fails the test.
func Recorded(t testing.TB, file string) system.System {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parse(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

// FromText is Recorded of a host written in a test.
func FromText(t testing.TB, archive string) system.System {
	t.Helper()
	s, err := parse([]byte(archive))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// recorded is a System made of data.
type recorded struct {
	*host
	processes []system.Process
	devices   map[int][]string
	listeners []system.Listener
	portal    map[string]table // "portal-ann/devices"
	registry  map[string]*registryKey
}

type table map[string]map[string][]string

// parse decodes all of an archive, so that a mistake is found whatever is asked later.
func parse(data []byte) (*recorded, error) {
	h, err := decode(data)
	if err != nil {
		return nil, err
	}
	r := &recorded{host: h, devices: map[int][]string{}, portal: map[string]table{}, registry: map[string]*registryKey{}}
	for line := range entries(h.sections["processes"]) {
		if err := r.process(line); err != nil {
			return nil, fmt.Errorf("processes: %s: %w", line, err)
		}
	}
	for line := range entries(h.sections["listeners"]) {
		var l system.Listener
		if _, err := fmt.Sscan(line, &l.Address, &l.Port, &l.PID); err != nil {
			return nil, fmt.Errorf("listeners: %s: %w", line, err)
		}
		r.listeners = append(r.listeners, l)
	}
	for name, text := range h.sections {
		if err := r.section(name, text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}

func (r *recorded) section(name, text string) (err error) {
	switch {
	case unreadable(text) != nil:
	case strings.HasPrefix(name, "portal-"):
		r.portal[name], err = permissions(text)
	case strings.HasSuffix(name, ".reg"):
		r.registry[name], err = readRegistry(text)
	}
	return err
}

// entries are the lines of a section that can be read.
func entries(text string) func(func(string) bool) {
	if unreadable(text) != nil {
		text = ""
	}
	return lines(text)
}

// unreadable is the reason of a section that says "unreadable REASON".
func unreadable(text string) error {
	if why, found := strings.CutPrefix(text, "unreadable "); found {
		return refused(strings.TrimSpace(why))
	}
	return nil
}

// process takes one line of the section processes.
func (r *recorded) process(line string) error {
	fields := strings.Split(line, " | ")
	who := strings.SplitN(fields[0], " ", 3)
	if len(who) != 3 || len(fields) > 3 {
		return errors.New("want: pid user exe | args | devices")
	}
	pid, err := strconv.Atoi(who[0])
	if err != nil {
		return err
	}
	p := system.Process{PID: pid, User: known(who[1]), Exe: known(who[2])}
	if p.Exe != "" {
		p.Name = path.Base(strings.ReplaceAll(p.Exe, `\`, "/"))
	}
	if len(fields) > 1 && fields[1] != "?" {
		p.Args = append([]string{}, strings.Fields(fields[1])...)
	}
	r.devices[pid] = []string{}
	if len(fields) > 2 {
		r.devices[pid] = strings.Fields(fields[2])
	}
	r.processes = append(r.processes, p)
	return nil
}

func known(word string) string {
	if word == "?" {
		return ""
	}
	return word
}

// permissions takes a section of the portal's store.
func permissions(text string) (table, error) {
	t := table{}
	for line := range lines(text) {
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("%s: want: id app perm,perm", line)
		}
		if t[f[0]] == nil {
			t[f[0]] = map[string][]string{}
		}
		if f[1] == "-" { // what is not in a sandbox has no name there
			f[1] = ""
		}
		t[f[0]][f[1]] = strings.Split(f[2], ",")
	}
	return t, nil
}

func (r *recorded) Host() fact.Host      { return r.host.Host }
func (r *recorded) Scope() fact.Scope    { return r.scope }
func (r *recorded) Close() error         { return nil }
func (r *recorded) Machine() system.Tree { return memory{base: r.root, folded: r.folded()} }
func (r *recorded) folded() bool         { return r.OS == fact.Windows }

func (r *recorded) Homes() ([]system.Home, error) {
	var homes []system.Home
	for _, u := range r.users {
		homes = append(homes, system.Home{User: u, Tree: r.home(u)})
	}
	return homes, nil
}

func (r *recorded) home(u fact.User) system.Tree {
	machine := memory{base: r.root, folded: r.folded()}
	n, err := machine.find(u.Home, false)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return broken{refused("the home is not there; it may not be mounted")}
	case err != nil:
		return broken{err}
	case n.mode&fs.ModeSymlink != 0:
		return broken{refused("the home is a link")}
	case !n.mode.IsDir():
		return broken{refused("the home is not a folder")}
	}
	return memory{base: n, isHome: true, folded: r.folded()}
}

func (r *recorded) Processes(context.Context) ([]system.Process, error) {
	if !r.scope.Live {
		return nil, system.ErrNotHere
	}
	return slices.Clone(r.processes), unreadable(r.sections["processes"])
}

func (r *recorded) Devices(_ context.Context, pid int) ([]string, error) {
	if !r.scope.Live {
		return nil, system.ErrNotHere
	}
	devices, ok := r.devices[pid]
	switch {
	case !ok:
		return nil, system.ErrNotExist
	case slices.Contains(devices, "?"):
		return nil, refused("no permission")
	}
	return slices.Sorted(slices.Values(devices)), nil
}

func (r *recorded) Listeners(_ context.Context, ports ...uint16) ([]system.Listener, error) {
	if !r.scope.Live {
		return nil, system.ErrNotHere
	}
	var all []system.Listener
	for _, l := range r.listeners {
		switch {
		case len(ports) == 0:
			l.PID = 0
			all = append(all, l)
		case slices.Contains(ports, l.Port):
			all = append(all, l)
		}
	}
	return all, unreadable(r.sections["listeners"])
}

func (r *recorded) Portal(_ context.Context, home system.Home, name string) (map[string]map[string][]string, error) {
	if r.OS != fact.Linux {
		return nil, system.ErrNotHere
	}
	if name == "" || strings.Contains(name, "/") {
		return nil, refused("is no name of a permission table")
	}
	section := "portal-" + home.Name + "/" + name
	if err := unreadable(r.sections[section]); err != nil {
		return nil, err
	}
	if t, ok := r.portal[section]; ok {
		return t, nil
	}
	data, err := home.Tree.ReadFile(".local/share/flatpak/db/"+name, system.MaxFile)
	if err != nil {
		return nil, err
	}
	return gvdb.ParsePermissions(data)
}

func (r *recorded) Snapd(_ context.Context, name string) ([]byte, error) {
	here := false
	for section := range r.sections {
		here = here || strings.HasPrefix(section, "snapd/")
	}
	if !here || !r.scope.Live {
		return nil, system.ErrNotHere
	}
	text, ok := r.sections["snapd"+name]
	if !ok {
		return nil, refused("snapd does not know that")
	}
	return []byte(text), unreadable(text)
}
