// Package worker starts this program again as another person, to work on that
// person's places with that person's rights and no others. The two speak over a
// socket that both have from the start (agent/localapi); when it ends, so does
// the worker.
package worker

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode"

	"huddleguard/agent/localapi"
)

// Verb is the word by which the program becomes a worker.
const Verb = "worker"

// inherited is the number of the open socket that a worker is started with.
const inherited = 3

// Child is a running worker. Its person may have bent it to their will: what it
// answers is that person's word, and nothing more.
type Child struct {
	*localapi.Caller
	cmd  *exec.Cmd
	wait func() error
	said *tail
}

// patience is how long a worker that has nobody to work for any more may take
// to end: it finishes the change that it has begun.
const patience = 30 * time.Second

// Close ends the worker, and says how it ended.
func (c *Child) Close() error {
	_ = c.Caller.Close()
	late := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	if err := c.wait(); err != nil {
		return fmt.Errorf("the worker ended badly: %w%s", err, c.said)
	}
	return nil
}

// PID is the worker's process.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// conn makes a connection of an open socket, and closes the file.
func conn(f *os.File) (net.Conn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, errors.New("it is started by huddleguard itself, which gives it a connection")
	}
	return c, nil
}

// maxTail is how much of what a worker writes as an error is kept, in bytes.
const maxTail = 300

// tail keeps the beginning of what is written, without what could lead a terminal.
type tail struct{ kept bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	t.kept.Write(p[:min(len(p), maxTail-t.kept.Len())])
	return len(p), nil
}

// String is what was written, to follow an error.
func (t *tail) String() string {
	s := strings.Map(func(r rune) rune {
		if r == '\n' {
			return ' '
		}
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(t.kept.String(), "\uFFFD"))
	if s = strings.TrimSpace(s); s != "" {
		s = ": " + s
	}
	return s
}
