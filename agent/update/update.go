// Package update runs the one command that brings a copy of a client a newer
// version, as a process that ends when it is done. It is the only room of
// Huddleguard that starts a program.
//
// The command comes from checks/update, whose words are in code. The program is
// taken from the system's own folders, when nobody but root could have put it
// there; it sees no shell, no terminal and nothing of the caller's environment.
package update

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"time"

	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// limit is how long an update may take; one that takes longer is ended and has
// failed.
const limit = 30 * time.Minute

// grace is how long a program that was told to end has to do so: a package
// manager first finishes what it has begun. So long is also waited, after it
// ended, for the rest of its output.
const grace = time.Minute

// Refusal is why a command was not run. Nothing was changed.
type Refusal struct {
	Message message.Message
	// Rights is set where whoever asked lacks the rights.
	Rights bool
}

func (r *Refusal) Error() string { return message.NewPrinter("en", nil).Text(r.Message) }

// Failure is a command that was run and did not end well.
type Failure struct {
	// Code is what the program ended with: -1 where it was ended, 0 where it
	// ended well and a repository could not be asked.
	Code int
	// Last is the last line it wrote, without control characters.
	Last string
	Err  error
}

func (f *Failure) Error() string { return f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// errSkipped means that a repository could not be asked, which the program did
// not take for a failure. Where the version is a new one it was none.
var errSkipped = errors.New("a repository was not asked")

// endedWell says whether an exit code is a good one. zypper has two that say the
// work is done and something should be started again (zypper(8), EXIT CODES).
func endedWell(c updates.Command, code int) bool {
	return code == 0 || c.Argv[0] == "zypper" && (code == 102 || code == 103)
}

// Check says why the command may not be run now for a copy, all copies as they
// were just looked at, or nil: nothing is updated during a call of any client,
// nor while this one runs and nobody can say whether it is in one. It waits for
// nothing.
func Check(c updates.Command, copy *fact.Installation, all []fact.Installation) *Refusal {
	for i := range all {
		if all[i].InCall == fact.Yes {
			return &Refusal{Message: message.New("apply.in-call", "name", all[i].Name)}
		}
	}
	switch {
	case copy.InCall == fact.Yes:
		return &Refusal{Message: message.New("apply.in-call", "name", copy.Name)}
	case copy.InCall != fact.No:
		return &Refusal{Message: message.New("apply.call-unknown", "name", copy.Name)}
	}
	return mayRun(c)
}

// Run runs the command for a copy, all as they were just looked at. What the program
// writes goes to out, bounded and without control characters. The error is a
// *Refusal or a *Failure.
func Run(ctx context.Context, c updates.Command, copy *fact.Installation, all []fact.Installation, out io.Writer) error {
	if refusal := Check(c, copy, all); refusal != nil {
		return refusal
	}
	program, err := find(c.Argv[0])
	if err != nil {
		return &Refusal{Message: message.New("apply.no-tool", "tool", c.Argv[0], "why", err.Error())}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, c.Argv[1:]...)
	cmd.Dir, cmd.WaitDelay = "/", grace
	if err := runAs(cmd, c.User); err != nil {
		return &Refusal{Message: message.New("apply.no-person", "user", c.User, "why", err.Error())}
	}
	clean := &cleaner{out: out, left: maxOutput}
	cmd.Stdout, cmd.Stderr = clean, clean
	err = cmd.Run()
	clean.flush()
	if cmd.ProcessState != nil && endedWell(c, cmd.ProcessState.ExitCode()) { // whatever else: something it started lives on, or it was told to end too late
		if clean.skipped != "" {
			return &Failure{Last: clean.skipped, Err: errSkipped}
		}
		return nil
	}
	f := &Failure{Code: -1, Last: clean.last, Err: err}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		f.Code = exit.ExitCode()
	}
	if cause := ctx.Err(); cause != nil {
		f.Code, f.Err = -1, cause
	}
	return f
}
