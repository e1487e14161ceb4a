package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/agent/localapi"
	"huddleguard/agent/person"
)

// parentVerb makes the test binary a process that starts a worker and waits.
const parentVerb = "parent-of-a-worker"

// TestMain lets the test binary be the worker.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == Verb:
		begin, b := Begin, idle{}
		if len(os.Args) > 3 && os.Args[2] == "own" {
			begin, b.said = BeginOwn, os.Args[3]
		}
		c, err := begin()
		if len(os.Args) == 3 {
			err = errors.New("it is broken")
		}
		if b.said != "" {
			brief, _ := io.ReadAll(os.Stdin)
			b.said += " " + string(brief)
		}
		if err == nil {
			err = localapi.Serve(context.Background(), c, b)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	case len(os.Args) > 1 && os.Args[1] == parentVerb:
		child, err := Start(context.Background(), somebody())
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if _, err := child.Plan(context.Background(), localapi.PlanRequest{}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(child.PID())
		time.Sleep(time.Minute)
	default:
		os.Exit(m.Run())
	}
	os.Exit(0)
}

// idle is a Backend that answers with nothing.
type idle struct{ said string }

func (i idle) Plan(context.Context, localapi.PlanRequest) (plan.Plan, error) {
	return plan.Plan{Digest: strconv.Itoa(os.Geteuid()) + i.said}, nil
}
func (idle) Apply(context.Context, localapi.ApplyRequest) ([]localapi.Result, error) { return nil, nil }
func (idle) RehearseApply(context.Context, localapi.ApplyRequest) ([]localapi.Result, error) {
	return nil, nil
}
func (idle) Enforce(context.Context, localapi.EnforceRequest) ([]localapi.Result, error) {
	return nil, nil
}
func (idle) Held(context.Context, localapi.HeldRequest) (localapi.Held, error) {
	return localapi.Held{}, nil
}
func (idle) Undo(context.Context, localapi.UndoRequest) ([]localapi.Result, error) { return nil, nil }
func (idle) RehearseUndo(context.Context, localapi.UndoRequest) ([]localapi.Result, error) {
	return nil, nil
}
func (idle) History(context.Context, localapi.HistoryRequest) ([]localapi.Entry, error) {
	return nil, nil
}

// somebody is a person that no account knows.
func somebody() person.Account {
	return person.Account{Name: "ann", UID: 54321, GID: 54322, Groups: []uint32{54322, 54323}, Home: "/home/ann"}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can start a worker for somebody else")
	}
}

func running(t *testing.T) *Child {
	t.Helper()
	t.Setenv("CANARY_OF_A_TEST", "secret")
	child, err := Start(context.Background(), somebody())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Close() })
	p, err := child.Plan(context.Background(), localapi.PlanRequest{})
	if err != nil || p.Digest != "54321" {
		t.Fatalf("the worker answers %+v, %v", p, err)
	}
	return child
}

// TestRights: a worker has its person's ids and groups, and nothing of root's.
func TestRights(t *testing.T) {
	needRoot(t)
	child := running(t)
	proc := fmt.Sprintf("/proc/%d/", child.PID())
	status := statusOf(t, proc)
	for name, want := range map[string]string{
		"Uid": "54321 54321 54321 54321", "Gid": "54322 54322 54322 54322", "Groups": "54322 54323", "NoNewPrivs": "1", "Umask": "0077",
		"CapInh": "0000000000000000", "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000", "CapBnd": "0000000000000000",
	} {
		if got := strings.Join(strings.Fields(status[name]), " "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if info, err := os.Stat(proc + "environ"); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("the process can be looked into by its person (%v)", err) // the files of one that is not dumpable are root's
	}
	if dir, err := os.Readlink(proc + "cwd"); err != nil || dir != "/" {
		t.Errorf("it works in %s, %v", dir, err)
	}
	environ, err := os.ReadFile(proc + "environ")
	want := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/home/ann", "USER=ann", "LOGNAME=ann"}
	if got := strings.Split(strings.Trim(string(environ), "\x00"), "\x00"); err != nil || !slices.Equal(got, want) {
		t.Errorf("its environment is %q, %v", got, err)
	}
	if fields := strings.Fields(stat(t, proc)); fields[4] != "0" { // the field tty_nr, behind the name
		t.Errorf("it has a terminal: %v", fields)
	}
	for _, fd := range []string{"0", "1", "2"} {
		if to, err := os.Readlink(proc + "fd/" + fd); err != nil || fd != "2" && to != "/dev/null" || fd == "2" && !strings.HasPrefix(to, "pipe:") {
			t.Errorf("%s is %s, %v", fd, to, err)
		}
	}
}

func statusOf(t *testing.T, proc string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		all[name] = strings.TrimSpace(value)
	}
	return all
}

func stat(t *testing.T, proc string) string {
	t.Helper()
	data, err := os.ReadFile(proc + "stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	return rest
}

// TestOurThreads: what the starting thread gave up, this process still has.
func TestOurThreads(t *testing.T) {
	needRoot(t)
	_ = running(t).Close()
	for range 20 { // on whatever thread
		done := make(chan error)
		go func() {
			data, err := os.ReadFile("/proc/thread-self/status")
			if err == nil && !strings.Contains(string(data), "NoNewPrivs:\t0") {
				err = errors.New("a thread has lost its rights")
			}
			done <- err
		}()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// TestEnds: a worker ends with the connection, and with who started it.
func TestEnds(t *testing.T) {
	needRoot(t)
	child := running(t)
	if err := child.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", child.PID())); err == nil {
		t.Error("it lives on without a connection")
	}

	parent := exec.Command("/proc/self/exe", parentVerb)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, err2 := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || err2 != nil {
		t.Fatalf("%q %v", line, err)
	}
	_ = parent.Process.Kill()
	_, _ = io.Copy(io.Discard, out)
	_ = parent.Wait()
	for range 200 {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(data), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("it lives on without who started it")
}

// TestNotStarted: what cannot be a worker is none, and says why.
func TestNotStarted(t *testing.T) {
	if child, err := Start(context.Background(), person.Account{Name: "root"}); err == nil {
		t.Errorf("there is a worker for root: %v", child)
	}
	needRoot(t)
	if child, err := Start(context.Background(), somebody(), "broken"); err == nil || !strings.Contains(err.Error(), "exit status 2: it is broken") {
		t.Errorf("a worker that cannot begin: %v, %v", child, err)
	}
	cmd := exec.Command("/proc/self/exe", Verb)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "started by huddleguard itself") {
		t.Errorf("without a connection: %q, %v", out, err)
	}
}

// TestTail: what a worker says at its end cannot lead a terminal, nor fill it.
func TestTail(t *testing.T) {
	var said tail
	for range 1000 {
		fmt.Fprint(&said, "\x1b[31mbad\n")
	}
	if s := said.String(); len(s) > 3*maxTail || strings.ContainsAny(s, "\x1b\n") || !strings.HasPrefix(s, ": \uFFFD[31mbad") {
		t.Errorf("%q", s)
	}
	if s := (&tail{}).String(); s != "" {
		t.Errorf("%q", s)
	}
}

// TestOwn: a worker of one's own keeps the rights of who started it, reads what it
// is told, and has nothing of that one's environment.
func TestOwn(t *testing.T) {
	t.Setenv("CANARY_OF_A_TEST", "secret")
	child, err := StartOwn(context.Background(), []byte("the brief"), "own", "word")
	if err != nil {
		t.Fatal(err)
	}
	p, err := child.Plan(context.Background(), localapi.PlanRequest{})
	if want := strconv.Itoa(os.Geteuid()) + "word the brief"; err != nil || p.Digest != want {
		t.Errorf("it answers %q, %v; want %q", p.Digest, err, want)
	}
	proc := fmt.Sprintf("/proc/%d/", child.PID())
	if own, theirs := statusOf(t, "/proc/self/"), statusOf(t, proc); own["CapEff"] != theirs["CapEff"] || own["Uid"] != theirs["Uid"] {
		t.Errorf("its rights are %q of %q, ours %q of %q", theirs["CapEff"], theirs["Uid"], own["CapEff"], own["Uid"])
	}
	if env, err := os.ReadFile(proc + "environ"); err != nil || strings.Contains(string(env), "CANARY") {
		t.Errorf("its environment is %q, %v", env, err)
	}
	if err := child.Close(); err != nil {
		t.Error(err)
	}
}
