package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"huddleguard/agent/state"
)

// rack is where programs are tortured.
type rack struct {
	work, victim string
	// before and after are the home's files as they are and as they shall be.
	before, after map[string]string
	count         atomic.Int64
}

// calls are the system calls that touch the disk, those of SQLite among them.
var calls = []string{"open", "openat", "openat2", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate",
	"rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat",

	"chown", "fchown", "fchownat", "fsetxattr", "fgetxattr", "flistxattr", "setxattr", "lsetxattr", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs",
	"getdents64", "readlinkat", "fcntl", "flock", "mmap"}

// errnos are what each call is made to fail with. "KILL" kills the program at it.
var errnos = []string{"EIO", "ENOSPC", "EACCES", "EINTR", "KILL"}

// fault is one call that fails, or at which the program is killed.
type fault struct {
	verb  string // of the victim
	call  string
	n     int
	errno string
}

func (f fault) String() string { return fmt.Sprintf("%s: %s at %s %d", f.verb, f.errno, f.call, f.n) }

// prepare sees what the home is before and after.
func (r *rack) prepare() error {
	dir, err := r.fresh("apply")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if r.before, err = snapshot(filepath.Join(dir, "home")); err != nil {
		return err
	}
	if err := r.do(dir, "apply"); err != nil {
		return err
	}
	if r.after, err = snapshot(filepath.Join(dir, "home")); err != nil {
		return err
	}
	entries, err := journal(dir)
	if err != nil {
		return err
	}
	if n := len(entries); n != changes || slices.ContainsFunc(entries, func(e state.Entry) bool { return e.Status != state.Done }) {
		return fmt.Errorf("unharmed, the victim made %d of %d changes", n, changes)
	}
	return nil
}

// changes is how many changes the victim's plan has.
const changes = 12

// fresh is a new folder with the home as it is before a verb. It is made anew
// each time: the journal knows the very folder.
func (r *rack) fresh(verb string) (string, error) {
	dir := filepath.Join(r.work, fmt.Sprint("run", r.count.Add(1)))
	err := r.do(dir, "make")
	if err == nil && verb == "undo" {
		err = r.do(dir, "apply")
	}
	return dir, err
}

// do runs the victim unharmed.
func (r *rack) do(dir, verb string) error {
	out, err := exec.Command(r.victim, verb, dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("victim %s: %w: %s", verb, err, out)
	}
	return nil
}

var callLine = regexp.MustCompile(`^(\d+) +([a-z0-9_]+)\(`)

// faults counts the calls that the first thread makes, and lists what can fail.
func (r *rack) faults() ([]fault, error) {
	var all []fault
	for _, verb := range []string{"apply", "undo"} {
		dir, err := r.fresh(verb)
		if err != nil {
			return nil, err
		}
		counts, err := r.counted(dir, verb)
		if err != nil {
			return nil, err
		}
		for _, c := range calls {
			for n := 1; n <= counts[c]; n++ {
				for _, e := range errnos {
					all = append(all, fault{verb, c, n, e})
				}
			}
		}
		os.RemoveAll(dir)
	}
	return all, nil
}

func (r *rack) counted(dir, verb string) (map[string]int, error) {
	trace := dir + ".trace"
	out, err := exec.Command("strace", "-f", "-o", trace, "-e", "trace="+strings.Join(calls, ","), r.victim, verb, dir).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("counting the calls: %w: %s", err, out)
	}
	f, err := os.Open(trace)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	counts, first := map[string]int{}, ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := callLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		if first == "" {
			first = m[1]
		}
		if m[1] == first {
			counts[m[2]]++
		}
	}
	return counts, os.Remove(trace)
}

// one injects a fault and looks at what is left.
func (r *rack) one(f fault) (fired bool, err error) {
	dir, err := r.fresh(f.verb)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	trace := dir + ".trace"
	defer os.Remove(trace)
	how := "error=" + f.errno
	if f.errno == "KILL" {
		how = "signal=KILL"
	}
	cmd := exec.Command("strace", "-f", "-o", trace, "-e", "trace="+f.call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", f.call, how, f.n), r.victim, f.verb, dir)
	_ = cmd.Run() // it may well fail: that is what is tried
	seen, err := os.ReadFile(trace)
	if err != nil {
		return false, err
	}
	fired = strings.Contains(string(seen), "(INJECTED)") || f.errno == "KILL" && strings.Contains(string(seen), "killed by SIGKILL")
	return fired, r.inspect(dir)
}

// inspect settles what is left and looks at it.
func (r *rack) inspect(dir string) error {
	if err := r.do(dir, "settle"); err != nil {
		return err
	}
	now, err := snapshot(filepath.Join(dir, "home"))
	if err != nil {
		return err
	}
	entries, err := journal(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(r.whole(now), r.agrees(now, entries)); err != nil {
		return err
	}
	if err := r.do(dir, "undo"); err != nil {
		return err
	}
	if now, err = snapshot(filepath.Join(dir, "home")); err != nil {
		return err
	}
	return same(now, r.before, "after taking it back")
}

// whole sees that each file is wholly as before or wholly as after, and that
// there is nothing else.
func (r *rack) whole(now map[string]string) error {
	var errs []error
	for name, is := range now {
		if was, shall := r.before[name], r.after[name]; is != was && is != shall {
			errs = append(errs, fmt.Errorf("%s is neither as before nor as after: %q", name, is))
		}
	}
	for name := range r.before {
		if _, there := now[name]; !there && r.after[name] != "" {
			errs = append(errs, fmt.Errorf("%s is gone", name))
		}
	}
	return errors.Join(errs...)
}

// agrees sees that what the journal has as done is so, and nothing else is.
func (r *rack) agrees(now map[string]string, entries []state.Entry) error {
	done := map[string]bool{}
	var errs []error
	for _, e := range entries {
		switch e.Status {
		case state.Intent, state.Undoing:
			errs = append(errs, fmt.Errorf("entry %d is still on the way: %s", e.ID, e.Status))
		case state.Done:
			done[e.Change.ID] = true
		}
	}
	for _, name := range r.changed() {
		if is := now[name] == r.after[name]; is != done[name] {
			errs = append(errs, fmt.Errorf("%s: changed %v, in the journal %v", name, is, done[name]))
		}
	}
	return errors.Join(errs...)
}

// changed are the files that the plan changes: those that differ, folders that
// were made left out.
func (r *rack) changed() []string {
	var names []string
	for name := range r.before {
		if r.before[name] != r.after[name] {
			names = append(names, name)
		}
	}
	for name, is := range r.after {
		if _, was := r.before[name]; !was && !strings.HasPrefix(is, "d") {
			names = append(names, name)
		}
	}
	return names
}

func journal(dir string) ([]state.Entry, error) {
	ctx := context.Background()
	j, err := state.OpenJournal(ctx, filepath.Join(dir, "state"))
	if err != nil {
		return nil, err
	}
	defer j.Close()
	return j.Entries(ctx, state.Filter{})
}

func same(now, want map[string]string, when string) error {
	var errs []error
	for name, is := range now {
		if want[name] != is {
			errs = append(errs, fmt.Errorf("%s %s is %q and not %q", when, name, is, want[name]))
		}
	}
	for name := range want {
		if _, there := now[name]; !there {
			errs = append(errs, fmt.Errorf("%s %s is gone", when, name))
		}
	}
	return errors.Join(errs...)
}

// snapshot is everything below a folder: kind, mode, owner, attributes, bytes.
func snapshot(root string) (map[string]string, error) {
	all := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(name, &st); err != nil {
			return err
		}
		text := fmt.Sprintf("%s %o %d:%d %s", d.Type(), st.Mode, st.Uid, st.Gid, attributes(name))
		if d.Type().IsRegular() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += " " + string(data)
		}
		rel, err := filepath.Rel(root, name)
		all[filepath.ToSlash(rel)] = text
		return err
	})
	return all, err
}

func attributes(name string) string {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(name, buf)
	if err != nil {
		return err.Error()
	}
	text := ""
	for _, attr := range strings.Split(strings.TrimRight(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 4096)
		if k, err := unix.Lgetxattr(name, attr, value); err == nil {
			text += fmt.Sprintf("%s=%q,", attr, value[:k])
		}
	}
	return text
}
