package hosttest

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"huddleguard/checks/fact"
)

// host is a recorded host, decoded.
type host struct {
	fact.Host
	scope fact.Scope
	users []fact.User
	root  *node
	// sections are what is no file: processes, listeners, HKLM.reg and so on.
	sections map[string]string
}

// decode reads an archive. Every mistake in it is an error: a recorded host
// that says less than its author meant is worse than none.
func decode(data []byte) (*host, error) {
	archive := txtar.Parse(data)
	h := &host{root: newFolder(0), sections: map[string]string{}}
	if err := h.header(string(archive.Comment)); err != nil {
		return nil, err
	}
	for _, u := range h.users {
		h.place(u.Home).uid = h.owner(u)
	}
	for _, f := range archive.Files {
		if err := h.file(f.Name, f.Data); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	for line := range lines(h.sections["modes"]) {
		if err := h.directive(line); err != nil {
			return nil, fmt.Errorf("modes: %s: %w", line, err)
		}
	}
	return h, h.root.sound("")
}

// sound finds what is a folder and something else at once.
func (n *node) sound(name string) error {
	if !n.mode.IsDir() && len(n.children) > 0 {
		return fmt.Errorf("%s is no folder, and has files in it", name)
	}
	for below, c := range n.children {
		if err := c.sound(name + "/" + below); err != nil {
			return err
		}
	}
	return nil
}

// lines are the lines that say something.
func lines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

func (h *host) header(text string) error {
	h.scope.Users = fact.AllUsers
	for line := range lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "os":
			h.OS = fact.OS(value)
		case "os_version":
			h.OSVersion = value
		case "name":
			h.Name = value
		case "arch":
			h.Arch = fact.Arch(value)
		case "live":
			live, err := strconv.ParseBool(value)
			if err != nil {
				return fmt.Errorf("header %q: want true or false", line)
			}
			h.scope.Live = live
		case "users":
			if value != fact.AllUsers && value != fact.Self {
				return fmt.Errorf("header %q: want all or self", line)
			}
			h.scope.Users = value
		case "user":
			f := strings.SplitN(value, " ", 3)
			if len(f) != 3 {
				return fmt.Errorf("user %q: want name, id and home", value)
			}
			h.users = append(h.users, fact.User{Name: f[0], ID: f[1], Home: f[2]})
		default:
			return fmt.Errorf("header %q: unknown key", line)
		}
	}
	if !slices.Contains([]fact.OS{fact.Linux, fact.Windows, fact.MacOS}, h.OS) {
		return fmt.Errorf("header: os is %q", h.OS)
	}
	slices.SortFunc(h.users, func(a, b fact.User) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// owner is the numeric id of a user's files.
func (h *host) owner(u fact.User) int {
	id, err := strconv.Atoi(u.ID)
	if err != nil || h.OS == fact.Windows {
		return -1
	}
	return id
}

// sections are what is no file of the host. The last two are for the test that
// uses it: what must be found, and under which policy.
var sections = []string{"modes", "processes", "listeners", "HKLM.reg", "want", "policy.yaml"}

// file takes one file of the archive.
func (h *host) file(name string, data []byte) error {
	kind, rest, _ := strings.Cut(name, "/")
	switch {
	case kind == "root" && rest != "":
		return h.write("/"+rest, data)
	case kind == "home":
		who, rest, _ := strings.Cut(rest, "/")
		dir, err := h.expand("~" + who)
		if err != nil {
			return err
		}
		return h.write(path.Join(dir, rest), data)
	case slices.Contains(sections, name), kind == "snapd":
	case strings.HasPrefix(kind, "portal-"), strings.HasPrefix(kind, "HKCU-"):
		_, who, _ := strings.Cut(strings.TrimSuffix(kind, ".reg"), "-")
		if _, err := h.expand("~" + who); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown section")
	}
	h.sections[name] = string(data)
	return nil
}

func (h *host) write(name string, data []byte) error {
	data, size, err := encode(data)
	if err != nil {
		return err
	}
	n := h.place(name)
	if len(n.children) > 0 {
		return fmt.Errorf("is a folder already")
	}
	n.mode, n.data, n.size, n.children = 0o644, data, size, nil
	return nil
}

// expand puts a user's home where a name starts with "~user".
func (h *host) expand(name string) (string, error) {
	rest, found := strings.CutPrefix(name, "~")
	if !found {
		return name, nil
	}
	who, rest, _ := strings.Cut(rest, "/")
	for _, u := range h.users {
		if u.Name == who {
			return path.Join(u.Home, rest), nil
		}
	}
	return "", fmt.Errorf("no user %q in the header", who)
}

// place makes a name, and the folders above it. What is made beneath a
// user's home is that user's. The name itself is taken as written, so that a
// Windows volume unpacked elsewhere can have two names that differ in case.
func (h *host) place(name string) *node {
	n, all := h.root, parts(path.Clean("/"+withoutDrive(name)))
	for i, part := range all {
		next := n.child(part, h.OS == fact.Windows && i < len(all)-1)
		if next == nil {
			next = newFolder(n.uid)
			if n.children == nil {
				n.children = map[string]*node{}
			}
			n.children[part] = next
		}
		n = next
	}
	return n
}

// directive takes one line of the modes section.
func (h *host) directive(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	word, tail, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if verb == "owner" {
		id, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		n, err := h.existing(tail)
		if err == nil {
			n.uid = id
		}
		return err
	}
	if bits, err := strconv.ParseUint(verb, 8, 12); err == nil {
		n, err := h.existing(rest)
		if err == nil {
			n.mode = n.mode.Type() | unixMode(bits)
		}
		return err
	}
	switch verb {
	case "link":
		name, target, found := strings.Cut(rest, " -> ")
		if !found {
			return fmt.Errorf("want: link A -> B")
		}
		return h.make(name, node{mode: fs.ModeSymlink | 0o777, target: target})
	case "dir":
		return h.make(rest, node{mode: fs.ModeDir | 0o755, children: map[string]*node{}})
	case "fifo":
		return h.make(rest, node{mode: fs.ModeNamedPipe | 0o644})
	case "socket":
		return h.make(rest, node{mode: fs.ModeSocket | 0o644})
	case "device":
		return h.make(rest, node{mode: fs.ModeDevice | fs.ModeCharDevice | 0o644})
	case "missing":
		return h.remove(rest)
	case "unreadable":
		if tail == "" {
			return fmt.Errorf("want a reason")
		}
		n, err := h.existing(word)
		if err == nil {
			n.why = tail
		}
		return err
	}
	return fmt.Errorf("unknown directive")
}

// make puts a thing that is no regular file at a name.
func (h *host) make(name string, n node) error {
	name, err := h.expand(name)
	if err != nil {
		return err
	}
	at := h.place(name)
	n.uid, n.size = at.uid, int64(len(n.target))
	*at = n
	return nil
}

func (h *host) remove(name string) error {
	name, err := h.expand(name)
	if err == nil {
		delete(h.place(path.Dir(name)).children, path.Base(name))
	}
	return err
}

// existing finds a name that is there, links not followed.
func (h *host) existing(name string) (*node, error) {
	name, err := h.expand(name)
	if err != nil {
		return nil, err
	}
	n := h.root
	for _, part := range parts(path.Clean("/" + withoutDrive(name))) {
		if n = n.child(part, h.OS == fact.Windows); n == nil {
			return nil, fs.ErrNotExist
		}
	}
	return n, nil
}

// unixMode turns the twelve bits of chmod(1) into a mode.
func unixMode(bits uint64) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	for i, special := range []fs.FileMode{fs.ModeSticky, fs.ModeSetgid, fs.ModeSetuid} {
		if bits&(0o1000<<i) != 0 {
			mode |= special
		}
	}
	return mode
}
