package call

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"huddleguard/checks/catalogue"
)

// maxStatus bounds what is read of a file in /proc.
const maxStatus = 64 << 10

// holders finds who holds which device.
type holders struct {
	root    string
	matcher *Matcher
	signals []*catalogue.Signal
}

// process is one that may hold a device: a client's, a browser's or a broker's.
type process struct {
	pid, uid string
	program  string
	// closed is true where its open files cannot be seen.
	closed bool
	files  []string
}

// look says what every device signal shows now.
func (h *holders) look() []Event {
	all, err := h.candidates()
	var events []Event
	for _, s := range h.signals {
		source := Source{Signal: s.ID}
		if err != nil {
			events = append(events, Event{Source: source, Kind: Blind, Why: "the list of processes cannot be read"})
			continue
		}
		events = append(events, h.matcher.Found(source, append(h.open(s, all), h.owners(s)...)))
	}
	return events
}

// open are the devices of a signal that candidates hold open.
func (h *holders) open(s *catalogue.Signal, all []process) []Sighting {
	var out []Sighting
	for _, p := range all {
		if p.closed {
			out = append(out, Sighting{Signal: s.ID, Place: "process " + p.pid, Program: p.program, UID: p.uid,
				Why: "the open files of a running client cannot be seen"})
		}
		for _, f := range p.files {
			if h.isPlace(s, f) {
				out = append(out, Sighting{Signal: s.ID, Place: f + " " + p.pid, Program: p.program, UID: p.uid})
			}
		}
	}
	return out
}

// isPlace says whether an open file is one of a signal's devices. A sandbox may
// show the same device beneath another folder.
func (h *holders) isPlace(s *catalogue.Signal, file string) bool {
	return slices.ContainsFunc(s.Places, func(pattern string) bool {
		if h.root != "/" {
			match, _ := path.Match(beneath(h.root, pattern), file)
			return match
		}
		parts := strings.Split(file, "/")
		n := strings.Count(pattern, "/")
		if len(parts) <= n {
			return false
		}
		match, _ := path.Match(pattern, "/"+strings.Join(parts[len(parts)-n:], "/"))
		return match
	})
}

// owners are the holders that the kernel names itself, for anybody to read:
// those of microphones in use.
func (h *holders) owners(s *catalogue.Signal) []Sighting {
	var out []Sighting
	for _, pattern := range s.Status {
		files, _ := filepath.Glob(beneath(h.root, pattern)) // the pattern is the catalogue's
		for _, f := range files {
			status := readStatus(f)
			if status["state"] != "RUNNING" {
				continue
			}
			p, ok := describe(status["owner_pid"]) // a thread's
			if ok {
				device := path.Base(path.Dir(path.Dir(f)))
				card := path.Base(path.Dir(path.Dir(path.Dir(f))))
				out = append(out, Sighting{Signal: s.ID, Place: card + " " + device + " " + p.pid, Program: p.program, UID: p.uid})
			}
		}
	}
	return out
}

// candidates are the processes whose open files matter, with the devices among
// them. Other accounts' processes can be looked into by root only.
func (h *holders) candidates() ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	own := strconv.Itoa(os.Geteuid())
	seen := map[string]bool{} // programs of which a process could be looked into
	var all []process
	for _, e := range entries {
		if pid := e.Name(); pid[0] < '0' || pid[0] > '9' {
			continue
		}
		p, ok := describe(e.Name())
		if !ok || !h.matcher.Candidate(p.program) || own != "0" && p.uid != own {
			continue
		}
		p.files, p.closed = openFiles(p.pid)
		seen[p.program] = seen[p.program] || !p.closed
		all = append(all, p)
	}
	// A browser engine's sandboxed processes hide their files and can open no
	// device; the one that opens devices for them shows its own.
	for i := range all {
		all[i].closed = all[i].closed && !seen[all[i].program]
	}
	return all, nil
}

// describe reads whose a process is and what program it runs.
func describe(pid string) (process, bool) {
	if _, err := strconv.Atoi(pid); err != nil {
		return process{}, false
	}
	status := readStatus("/proc/" + pid + "/status")
	uid, _, _ := strings.Cut(status["Uid"], "\t")
	p := process{pid: cmp.Or(status["Tgid"], pid), uid: uid, program: status["Name"]}
	if exe, err := os.Readlink("/proc/" + pid + "/exe"); err == nil {
		p.program = path.Base(strings.TrimSuffix(exe, " (deleted)"))
	}
	return p, p.program != ""
}

// openFiles lists the open devices of a process, or says that they cannot be
// seen. Links are read and never followed: what they lead to may block.
func openFiles(pid string) (files []string, closed bool) {
	dir := "/proc/" + pid + "/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, os.IsPermission(err)
	}
	for _, e := range entries {
		if name, err := os.Readlink(dir + "/" + e.Name()); err == nil && strings.HasPrefix(name, "/") {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), false
}

// readStatus reads "name: value" lines of a file of the kernel's.
func readStatus(name string) map[string]string {
	out := map[string]string{}
	f, err := os.Open(name)
	if err != nil {
		return out
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxStatus))
	if err != nil {
		return out
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok {
			out[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return out
}

// ownerOf is the account a folder belongs to.
func ownerOf(dir string) (string, bool) {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return "", false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", false
	}
	return strconv.FormatUint(uint64(s.Uid), 10), true
}
