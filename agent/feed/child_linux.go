package feed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// accounts are those that root's fetching process can run as, the first that is
// there: one of its own, or the one that owns nothing.
var accounts = []string{"huddleguard-fetch", "huddleguard", "nobody"}

// command is this program, as another account where root asks. It is started
// through /proc, since that account may not reach the folder it lies in.
func command(ctx context.Context) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", Verb)
	cmd.Args[0] = os.Args[0] // what it is called in lists of processes
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		return cmd, nil
	}
	for _, name := range accounts {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 != nil || err2 != nil || uid == 0 {
			continue
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), Groups: []uint32{}}
		return cmd, nil
	}
	return nil, fmt.Errorf("nothing is fetched with root's rights, and none of the accounts %v is there", accounts)
}

// Bounds on the fetching process: bytes of memory, and open files.
const (
	maxMemory = 4 << 30
	maxOpen   = 64
)

// Confine gives up what a fetching process does not need: it gains no rights
// through programs, cannot be looked into by others, and leaves no core.
func Confine() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	for what, most := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: maxOpen, unix.RLIMIT_AS: maxMemory} {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}
