//go:build unix

package update

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"huddleguard/agent/person"
	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// folders are where a program may lie. Microsoft's lies in a bundle of its own.
var folders = []string{"/usr/bin", "/usr/sbin", "/bin",
	"/Library/Application Support/Microsoft/MAU2.0/Microsoft AutoUpdate.app/Contents/MacOS"}

// mayRun says what rights whoever asks lacks.
func mayRun(c updates.Command) *Refusal {
	switch {
	case os.Geteuid() == 0:
		return nil
	case c.NeedsRoot:
		return &Refusal{Message: message.New("apply.needs-root", "command", c.String()), Rights: true}
	case c.User != "" && c.User != ownName():
		return &Refusal{Message: message.New("apply.needs-person", "user", c.User), Rights: true}
	}
	return nil
}

func ownName() string {
	a, err := person.Lookup("")
	if err != nil {
		return ""
	}
	return a.Name
}

// find looks a program up in the folders.
func find(name string) (string, error) { return findIn(folders, name) }

func findIn(folders []string, name string) (string, error) {
	for _, dir := range folders {
		p, err := filepath.EvalSymlinks(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = onlyRoots(p)
		}
		if err != nil {
			return "", err
		}
		return p, nil
	}
	return "", errors.New("it is not installed")
}

// onlyRoots refuses a program that somebody other than root could have put
// there: it and every folder above it belong to root and nobody else writes.
func onlyRoots(program string) error {
	for p := program; ; p = filepath.Dir(p) {
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		switch {
		case p == program && (!info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0):
			return fmt.Errorf("%s is no program", p)
		case !ok || st.Uid != 0:
			return fmt.Errorf("%s does not belong to root", p)
		case info.Mode().Perm()&0o022 != 0:
			return fmt.Errorf("%s can be written to by others than root", p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}

// runAs gives the process its person and surroundings: a session of its own,
// so that nothing asks on the terminal and no interrupt typed there ends a
// package manager half-way, and an environment that is always the same.
func runAs(cmd *exec.Cmd, name string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// Package managers end at an interrupt, but not in the middle of a package.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	who, err := person.Lookup(name)
	if err != nil {
		return err
	}
	cmd.Env = append(who.Environment(), "DEBIAN_FRONTEND=noninteractive")
	if int(who.UID) != os.Geteuid() { // without the groups of whoever asked
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: who.UID, Gid: who.GID}
	}
	return nil
}
