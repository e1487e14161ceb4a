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
	ended chan string // whose change waited
	ctx   context.Context
	// awaited are the processes waited for.
	awaited map[int]*awaited
	unknown bool
}

// maxAwaited bounds how many processes are waited for on one person's account,
// who can start thousands that look like a client's.
const maxAwaited = 128

// awaited is one process. Its context ends with it.
type awaited struct {
	ctx  context.Context
	stop context.CancelFunc
}

func newExits(ctx context.Context) *exits {
	return &exits{ended: make(chan string), ctx: ctx, awaited: map[int]*awaited{}}
}

// await sets what is waited for: the programs of these changes.
func (x *exits) await(waiting []plan.Change) {
	wanted, unknown := processes(waiting)
	x.unknown = unknown
	for pid, a := range x.awaited {
		if _, still := wanted[pid]; !still || a.ctx.Err() != nil { // one that has ended is asked about again
			a.stop()
			delete(x.awaited, pid)
		}
	}
	for pid, user := range wanted {
		if x.awaited[pid] == nil {
			x.watch(pid, user)
		}
	}
}

// processes are those that changes wait for, each with whose change it is, and
// whether there are some whose end cannot be told.
func processes(waiting []plan.Change) (wanted map[int]string, unknown bool) {
	wanted = map[int]string{}
	owns := map[string]int{}
	for _, c := range waiting {
		for _, w := range c.Waits {
			unknown = unknown || w.Kind == plan.WaitRunning && len(w.PIDs) == 0
			for _, pid := range w.PIDs {
				_, already := wanted[pid]
				if unknown = unknown || !already && owns[c.User] == maxAwaited; !already && owns[c.User] < maxAwaited {
					wanted[pid] = c.User
					owns[c.User]++
				}
			}
		}
	}
	return wanted, unknown
}

// blind says whether something is waited for whose end cannot be told.
func (x *exits) blind() bool { return x.unknown }

func (x *exits) watch(pid int, user string) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	switch {
	case err == unix.ESRCH:
		go x.tell(user)
		return
	case err != nil:
		x.unknown = true
		return
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	ctx, stop := context.WithCancel(x.ctx)
	x.awaited[pid] = &awaited{ctx, stop}
	context.AfterFunc(ctx, func() { f.Close() })
	go func() {
		ended := readable(f) == nil && ctx.Err() == nil
		if stop(); ended {
			x.tell(user)
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

func (x *exits) tell(user string) {
	select {
	case x.ended <- user:
	case <-x.ctx.Done():
	}
}
