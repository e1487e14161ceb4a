package system

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
)

// inProc has gopsutil read /proc, whatever the environment says.
func inProc(ctx context.Context) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{common.HostProcEnvKey: "/proc"})
}

// Processes lists the programs that run; the kernel's own threads are none.
func (s *live) Processes(ctx context.Context) ([]Process, error) {
	ctx = inProc(ctx)
	pids, err := process.PidsWithContext(ctx)
	if err != nil {
		return nil, explain(err)
	}
	slices.Sort(pids)
	all := make([]Process, 0, len(pids))
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		if p, ok := s.process(ctx, pid); ok {
			all = append(all, p)
		}
	}
	// A /proc mounted with hidepid shows no other account's processes.
	if !slices.Contains(pids, 1) {
		return all, because("the system hides other accounts' processes", nil)
	}
	return all, nil
}

// process reads one process. What the kernel denies stays empty.
func (s *live) process(ctx context.Context, pid int32) (Process, bool) {
	p := process.Process{Pid: pid}
	exe, err := p.ExeWithContext(ctx)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return Process{}, false // a thread of the kernel, or it ended
	}
	// An update replaces the program of a process that goes on running.
	found := Process{PID: int(pid), Exe: strings.TrimSuffix(exe, " (deleted)")}
	if found.Name, err = p.NameWithContext(ctx); err != nil {
		return Process{}, false
	}
	if args, err := p.CmdlineSliceWithContext(ctx); err == nil {
		found.Args = append([]string{}, args...)
	}
	if info, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		found.User = s.person(ownerOf(info))
	}
	return found, true
}

// capture are the devices cameras and microphones are read from
// (Linux devices.txt; ALSA's capture devices end in "c").
var capture = []string{"/dev/video*", "/dev/media*", "/dev/snd/pcm*c"}

func isCapture(device string) bool {
	return slices.ContainsFunc(capture, func(pattern string) bool {
		match, _ := path.Match(pattern, device)
		return match
	})
}

func (s *live) Devices(ctx context.Context, pid int) ([]string, error) {
	p := process.Process{Pid: int32(pid)}
	files, err := p.OpenFilesWithContext(inProc(ctx))
	if err != nil {
		return nil, explain(err)
	}
	var devices []string
	for _, f := range files {
		if isCapture(f.Path) {
			devices = append(devices, f.Path)
		}
	}
	slices.Sort(devices)
	return slices.Compact(devices), nil
}

func (s *live) Listeners(ctx context.Context, ports ...uint16) ([]Listener, error) {
	var all []Listener
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(table)
		if errors.Is(err, fs.ErrNotExist) { // no IPv6
			continue
		}
		if err != nil {
			return nil, explain(err)
		}
		all = append(all, listening(string(data), ports)...)
	}
	if len(all) > 0 && len(ports) > 0 {
		owners(inProc(ctx), all)
	}
	slices.SortFunc(all, func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), strings.Compare(a.Address, b.Address))
	})
	return all, ctx.Err()
}

// owners fills in which process holds each socket, where that can be seen.
func owners(ctx context.Context, all []Listener) {
	sockets, err := net.ConnectionsWithoutUidsWithContext(ctx, "tcp")
	if err != nil {
		return
	}
	for i, l := range all {
		for _, s := range sockets {
			if s.Status == "LISTEN" && s.Laddr.Port == uint32(l.Port) && s.Laddr.IP == l.Address {
				all[i].PID = int(s.Pid)
			}
		}
	}
}
