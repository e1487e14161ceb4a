package feed

import (
	"context"
	"io"
	"os"
	"os/exec"
	"time"
)

// Child is a running process that fetches.
type Child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	pipe  *pipe
}

// Verb is the word by which the program becomes the fetching process.
const Verb = "fetch"

// kept are the variables of the environment that a fetching process is given:
// the ways out of an organisation's network, and its own authorities.
var kept = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "SystemRoot"}

// Start starts this same program as a process that fetches, without the rights
// of the one that asks. End it when nothing more is asked.
func Start(ctx context.Context) (*Child, error) {
	cmd, err := command(ctx)
	if err != nil {
		return nil, err
	}
	cmd.Env = nil
	for _, name := range kept {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	if cmd.Env == nil {
		cmd.Env = []string{"LC_ALL=C"} // an empty list would mean everything
	}
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 5 * time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Child{cmd, stdin, newPipe(stdout, stdin)}, nil
}

// Get fetches an address.
func (c *Child) Get(ctx context.Context, address string, most int64) ([]byte, error) {
	return c.pipe.get(ctx, address, most)
}

// End ends the process.
func (c *Child) End() error {
	_ = c.stdin.Close() // its input ends, and so does it
	return c.cmd.Wait()
}
