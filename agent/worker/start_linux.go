package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"huddleguard/agent/localapi"
	"huddleguard/agent/person"
)

// Start starts a worker for a person, with more words behind its verb, and waits
// until it answers. It takes root to start one for somebody else.
func Start(ctx context.Context, who person.Account, words ...string) (*Child, error) {
	return StartBriefed(ctx, who, nil, words...)
}

// StartBriefed is Start with something to read: what counts for the worker, which
// the person may not be allowed to read by themselves.
func StartBriefed(ctx context.Context, who person.Account, brief []byte, words ...string) (*Child, error) {
	if who.UID == 0 {
		return nil, errors.New("root's own places are looked after without a worker of a person's")
	}
	return begin(ctx, func(socket *os.File) (*exec.Cmd, func(*exec.Cmd) (func() error, error)) {
		return command(who, socket, brief, words), startWithout
	})
}

// StartOwn starts a worker that keeps the rights of whoever starts it: what it
// takes in memory, and what could break it, ends with it. It outlives its
// starter by the change that it has begun.
func StartOwn(ctx context.Context, brief []byte, words ...string) (*Child, error) {
	who, err := person.Lookup("")
	if err != nil {
		return nil, err
	}
	return begin(ctx, func(socket *os.File) (*exec.Cmd, func(*exec.Cmd) (func() error, error)) {
		cmd := command(who, socket, brief, words)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		return cmd, func(cmd *exec.Cmd) (func() error, error) { return sync.OnceValue(cmd.Wait), cmd.Start() }
	})
}

// begin starts a process and waits until it answers.
func begin(ctx context.Context, made func(socket *os.File) (*exec.Cmd, func(*exec.Cmd) (wait func() error, err error))) (*Child, error) {
	near, far, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("making a connection: %w", err)
	}
	c, err := conn(near)
	if err != nil {
		return nil, errors.Join(err, far.Close())
	}
	child := &Child{Caller: localapi.NewCaller(c), said: &tail{}}
	cmd, start := made(far)
	child.cmd = cmd
	child.cmd.Stderr = child.said
	child.wait, err = start(child.cmd)
	_ = far.Close() // the worker has its own: the connection ends when that is gone
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	if err := child.Hello(ctx); err != nil {
		if ended := child.Close(); ended != nil {
			err = ended
		}
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	return child, nil
}

// socketPair is two ends of a socket that has no name.
func socketPair() (near, far *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "near"), os.NewFile(uintptr(fds[1]), "far"), nil
}

// command is this program as the person: with the person's ids and groups, a
// session of its own, so that no key typed here reaches it and it has no
// terminal, and nothing of this environment. It is started through /proc, since
// the person may not reach the folder it lies in.
func command(who person.Account, socket *os.File, brief []byte, words []string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", append([]string{Verb}, words...)...)
	cmd.Args[0] = os.Args[0] // what it is called in lists of processes
	cmd.Dir = "/"
	cmd.Env = who.Bus(who.Environment())
	cmd.ExtraFiles = []*os.File{socket} // becomes number 3
	if brief != nil {
		cmd.Stdin = bytes.NewReader(brief)
	}
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: who.UID, Gid: who.GID, Groups: who.Groups}
	}
	return cmd
}

// startWithout starts a process from a thread that has given up what a worker
// must never have. The thread lives as long as the worker, since the kernel
// counts the end of the thread as that of the one who started it.
func startWithout(cmd *exec.Cmd) (wait func() error, err error) {
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends here
		err := renounce()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	return sync.OnceValue(func() error { return <-ended }), <-started
}

// renounce lets this thread, and what it starts, never gain rights through a
// program. Its bounding set is emptied where it may be: nothing can be gained
// from it any more, but who looks should see none.
func renounce() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new rights: %w", err)
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		_ = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) // not without CAP_SETPCAP, which some containers lack
	}
	return nil
}

// Begin makes the process that it is called in a worker, and gives the
// connection it was started with.
func Begin() (net.Conn, error) {
	if os.Geteuid() == 0 {
		return nil, errors.New("a worker is a person's, and not root's")
	}
	if err := confine(); err != nil {
		return nil, fmt.Errorf("giving up rights: %w", err)
	}
	return BeginOwn()
}

// BeginOwn is Begin for a process that keeps its rights.
func BeginOwn() (net.Conn, error) {
	if kind, err := unix.GetsockoptInt(inherited, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return nil, errors.New("it is started by huddleguard itself, which gives it a connection")
	}
	return conn(os.NewFile(inherited, "connection"))
}

// confine gives up what a worker does not need: it gains no rights through
// programs, cannot be looked into by others, leaves no core, and what it makes
// is its person's alone.
func confine() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	unix.Umask(0o077)
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
