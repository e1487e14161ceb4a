package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"huddleguard/agent/localapi"
	"huddleguard/agent/person"
	"huddleguard/agent/worker"
)

func init() { programs["as"] = func() { os.Exit(as(os.Args[1], os.Args[2:])) } }

// as NAME PROGRAM…: be a person, and then another program of these tests.
func as(name string, words []string) int {
	who, err := person.Lookup(name)
	if err == nil {
		err = syscall.Setgroups([]int{int(who.GID)})
	}
	if err == nil {
		err = syscall.Setgid(int(who.GID))
	}
	if err == nil {
		err = syscall.Setuid(int(who.UID))
	}
	if err == nil {
		err = syscall.Exec("/proc/self/exe", words, append(who.Environment(), "LANG=C.UTF-8"))
	}
	fmt.Fprintln(os.Stderr, err)
	return 99
}

// inMachine names what a process of TestMachine does.
const inMachine = "HUDDLEGUARD_IN_MACHINE"

// TestMachine changes things on a computer that is running: in a process with
// homes, accounts, a package database and processes of its own, and the kernel,
// people and rights of this one.
func TestMachine(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can be more than one person")
	}
	scripts, err := filepath.Glob("testdata/machine/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range append(scripts, "stabbed", "asked") {
		t.Run(filepath.Base(what), func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe", "-test.run=^TestInMachine$", "-test.v", fmt.Sprint("-test.short=", testing.Short()))
			cmd.Env = append(os.Environ(), inMachine+"="+what, noRest)
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
			out, err := cmd.CombinedOutput()
			if errors.Is(err, syscall.EPERM) {
				t.Skip("NOT TESTED: no namespaces here: ", err)
			}
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestInMachine is what TestMachine starts.
func TestInMachine(t *testing.T) {
	what := os.Getenv(inMachine)
	if what == "" {
		t.Skip("it is a part of TestMachine")
	}
	prepareMachine(t)
	switch what {
	case "stabbed":
		stabbed(t)
		return
	case "asked":
		asked(t)
		return
	}
	testscript.Run(t, testscript.Params{
		Files: []string{what},
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "C.UTF-8")
			e.Setenv("U", usageCheck)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code},
	})
}

const (
	usageCheck = "mumble/telemetry/usage-statistics"
	// mumbleConf is mumble's settings file of everybody.
	mumbleConf = "[General]\r\ntoken=CANARY\r\n\r\n[ui]\r\nlanguage=en\r\n"
)

// prepareMachine makes this process's machine one with Debian's mumble and a
// copy of Zoom whose program everybody can write to. ann and bo have accounts;
// carl's is in a directory that nobody here can ask.
func prepareMachine(t *testing.T) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(unix.Mount("proc", "/proc", "proc", 0, ""))
	for _, dir := range []string{"/home", "/var/lib", "/opt", "/etc/huddleguard"} {
		if _, err := os.Stat(dir); err == nil || dir != "/etc/huddleguard" {
			must(unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"))
		}
	}
	write := func(name, text string, mode os.FileMode, uid int) {
		t.Helper()
		must(os.MkdirAll(filepath.Dir(name), 0o755))
		must(os.WriteFile(name, []byte(text), mode))
		must(os.Chmod(name, mode))
		must(os.Chown(name, uid, uid))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"passwd": "root:x:0:0:root:/home/root:/bin/sh\nann:x:4001:4001::/home/ann:/bin/sh\nbo:x:4002:4002::/home/bo:/bin/sh\n",
		"group":  "root:x:0:\nann:x:4001:\nbo:x:4002:\naudio:x:29:ann\n",
	} {
		write(filepath.Join(dir, name), text, 0o644, 0)
		must(unix.Mount(filepath.Join(dir, name), "/etc/"+name, "", unix.MS_BIND, ""))
	}
	write("/var/lib/dpkg/status", "Package: mumble\nStatus: install ok installed\nMaintainer: Christopher Knadle <x@coredump.us>\nArchitecture: amd64\nVersion: 1.3.4-4\n\n"+
		"Package: zoom\nStatus: install ok installed\nMaintainer: Zoom Communications, Inc.\nArchitecture: amd64\nVersion: 99.0.0.1\n\n", 0o644, 0)
	write("/opt/zoom/zoom", "#!/bin/sh\n", 0o757, 0)
	must(os.Mkdir("/home/root", 0o700))
	for name, uid := range map[string]int{"ann": 4001, "bo": 4002, "carl": 4003} {
		home := "/home/" + name
		write(home+"/.config/Mumble/Mumble.conf", mumbleConf, 0o640, uid)
		for _, dir := range []string{home, home + "/.config", home + "/.config/Mumble"} {
			must(os.Chown(dir, uid, uid))
			must(os.Chmod(dir, 0o700))
		}
	}
}

// asked asks ann's worker, as root does, for what it must not do.
func asked(t *testing.T) {
	os.Args[0] = "huddleguard" // what the worker is started as
	who, err := person.Lookup("ann")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	w, err := worker.Start(ctx, who, "--actor", "root")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	good, err := w.Plan(ctx, localapi.PlanRequest{})
	if err != nil || !slices.Equal(good.Users(), []string{"ann"}) {
		t.Fatalf("the worker plans %+v, %v", good, err)
	}
	for name, c := range map[string]struct {
		q    localapi.ApplyRequest
		want localapi.Reason
	}{
		"a path":          {localapi.ApplyRequest{IDs: []string{"/etc/shadow"}, Digest: good.Digest}, localapi.UnknownID},
		"a path in a key": {localapi.ApplyRequest{IDs: []string{usageCheck + "|../../../etc/shadow|ann"}, Digest: good.Digest}, localapi.UnknownID},
		"bo's":            {localapi.ApplyRequest{IDs: []string{usageCheck + "|linux:mumble:desktop:deb|bo"}, Digest: good.Digest}, localapi.UnknownID},
		"another plan":    {localapi.ApplyRequest{Digest: strings.Repeat("0", 64)}, localapi.PlanChanged},
		"a large request": {localapi.ApplyRequest{IDs: []string{strings.Repeat("a", 2<<20)}, Digest: good.Digest}, localapi.BadRequest},
	} {
		w, err := worker.Start(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := w.Apply(ctx, c.q)
		if r := (*localapi.Refusal)(nil); !errors.As(err, &r) || r.Reason != c.want {
			t.Errorf("%s: %+v, %v", name, rs, err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if data, err := os.ReadFile("/home/ann/.config/Mumble/Mumble.conf"); err != nil || string(data) != mumbleConf {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

// noRest keeps programs built with the race detector from resting a second at
// their end.
const noRest = "GORACE=atexit_sleep_ms=0"

// stabbed kills ann's worker again and again while root applies: afterwards the
// file is wholly old or wholly new, and ann's undo gives back the first bytes.
func stabbed(t *testing.T) {
	const file = "/home/ann/.config/Mumble/Mumble.conf"
	mended := mumbleConf + "usage=false\r\n"
	hit, rounds := 0, 40
	if testing.Short() {
		rounds = 12
	}
	for i := range rounds {
		root := exec.Command("/proc/self/exe", "apply", usageCheck, "--yes")
		root.Args[0] = "huddleguard"
		if err := root.Start(); err != nil {
			t.Fatal(err)
		}
		if pid := workerOf(4001); pid > 0 {
			time.Sleep(time.Duration(i) * 80 * time.Millisecond / time.Duration(rounds))
			if unix.Kill(pid, unix.SIGKILL) == nil {
				hit++
			}
		}
		_ = root.Wait()
		if data, err := os.ReadFile(file); err != nil || string(data) != mumbleConf && string(data) != mended {
			t.Fatalf("round %d: the file holds %q, %v", i, data, err)
		}
		ann := exec.CommandContext(context.Background(), "/proc/self/exe", "ann", "huddleguard", "undo", "--all", "--yes")
		ann.Args[0] = "as"
		out, err := ann.CombinedOutput()
		if err != nil {
			t.Fatalf("round %d: %v\n%s", i, err, out)
		}
		if data, err := os.ReadFile(file); err != nil || string(data) != mumbleConf {
			t.Fatalf("round %d: after undoing the file holds %q, %v\n%s", i, data, err, out)
		}
		if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
			t.Fatalf("round %d: left beside it: %v, %v", i, left, err)
		}
	}
	if hit < rounds/4 {
		t.Errorf("the worker was hit %d times only", hit)
	}
}

// workerOf waits for a process of an account, and gives its number.
func workerOf(uid uint32) int {
	for range 2000 {
		dirs, _ := filepath.Glob("/proc/[0-9]*")
		for _, dir := range dirs {
			info, err := os.Stat(dir)
			if err != nil {
				continue
			}
			if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == uid {
				pid, _ := strconv.Atoi(filepath.Base(dir))
				return pid
			}
		}
		time.Sleep(time.Millisecond)
	}
	return 0
}
