//go:build unix

// Package accounttest runs a test as root and as an ordinary account. What root
// may do says nothing of what a person's own process can.
package accounttest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// ordinary is the number of an account that owns nothing.
const ordinary = 4321

// Each runs a test as whoever asks. For root it then runs the whole test again,
// in another process, as an ordinary account with a folder for its temporary
// files.
func Each(t *testing.T, test func(*testing.T)) {
	if os.Geteuid() != 0 {
		t.Run("ordinary", test)
		return
	}
	t.Run("root", test)
	t.Run("another process", again)
}

func again(t *testing.T) {
	dir, err := os.MkdirTemp("", "account")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	program, tmp := filepath.Join(dir, "test"), filepath.Join(dir, "tmp")
	self, err := os.ReadFile("/proc/self/exe")
	if err = errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(program, self, 0o755), os.Mkdir(tmp, 0o700), os.Chown(tmp, ordinary, ordinary)); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.Command(program, "-test.run", "^"+name+"$")
	cmd.Dir, cmd.Env = tmp, append(os.Environ(), "TMPDIR="+tmp, "HOME="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinary, Gid: ordinary}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
