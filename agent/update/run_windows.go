package update

import (
	"errors"
	"os/exec"

	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// mayRun refuses every command: who may write to a program is not looked at on
// Windows yet, so the command is shown and not run.
func mayRun(c updates.Command) *Refusal {
	return &Refusal{Message: message.New("apply.not-here", "command", c.String())}
}

var errNotHere = errors.New("nothing is run on Windows yet")

func find(string) (string, error) { return "", errNotHere }

func runAs(*exec.Cmd, string) error { return errNotHere }
