package enforce

import (
	"context"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden/plan"
)

// exits tells when a program ends that changes wait for. It sleeps on a
// descriptor of each process (pidfd_open(2), Linux 5.3); nothing is polled.
type exits struct {
	ended chan struct{}
	ctx   context.Context
	// awaited are the processes waited for.
	awaited map[int]context.CancelFunc
	unknown bool
}

// maxAwaited bounds how many processes are waited for: a person can start
// thousands that look like a client's.
const maxAwaited = 256

func newExits(ctx context.Context) *exits {
	return &exits{ended: make(chan struct{}, 1), ctx: ctx, awaited: map[int]context.CancelFunc{}}
}

// await sets what is waited for: the programs of these changes.
func (x *exits) await(waiting []plan.Change) {
	wanted := map[int]bool{}
	x.unknown = false
	for _, c := range waiting {
		for _, w := range c.Waits {
			x.unknown = x.unknown || w.Kind == plan.WaitRunning && len(w.PIDs) == 0
			for _, pid := range w.PIDs {
				if x.unknown = x.unknown || len(wanted) == maxAwaited; len(wanted) < maxAwaited {
					wanted[pid] = true
				}
			}
		}
	}
	for pid, stop := range x.awaited {
		if !wanted[pid] {
			stop()
			delete(x.awaited, pid)
		}
	}
	for pid := range wanted {
		if x.awaited[pid] == nil {
			x.watch(pid)
		}
	}
}

// blind says whether something is waited for whose end cannot be told.
func (x *exits) blind() bool { return x.unknown }

func (x *exits) watch(pid int) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	switch {
	case err == unix.ESRCH:
		x.tell()
		return
	case err != nil:
		x.unknown = true
		return
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	ctx, stop := context.WithCancel(x.ctx)
	x.awaited[pid] = stop
	context.AfterFunc(ctx, func() { f.Close() })
	go func() {
		defer stop()
		if readable(f) == nil && ctx.Err() == nil {
			x.tell()
		}
	}()
}

// readable sleeps until a descriptor can be read: of a process, until it ended.
func readable(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	return conn.Read(func(fd uintptr) bool {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			n, err := unix.Poll(poll, 0)
			if err != syscall.EINTR {
				return n > 0 || err != nil
			}
		}
	})
}

func (x *exits) tell() {
	select {
	case x.ended <- struct{}{}:
	default:
	}
}
