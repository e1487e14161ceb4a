package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"huddleguard/agent/harden/plan"
)

// TestPlanCommand: what is shown draws up the same plan when it is typed in.
func TestPlanCommand(t *testing.T) {
	p := plan.Plan{Digest: strings.Repeat("0123456789abcdef", 4)}
	for want, given := range map[string]struct{ flags, ids []string }{
		"huddleguard apply --all --plan 0123456789abcdef": {},
		"huddleguard apply meet/privacy/network-addresses --profile strict --plan 0123456789abcdef": {
			flags: []string{"--profile", "strict"}, ids: []string{"meet/privacy/network-addresses"}},
		"huddleguard apply --all --policy '/home/ann/my policy.yaml' --plan 0123456789abcdef": {
			flags: []string{"--policy=/home/ann/my policy.yaml"}},
	} {
		var f deskFlags
		cmd := &cobra.Command{}
		f.source.flags(cmd)
		f.judgeFlags(cmd)
		if err := cmd.ParseFlags(given.flags); err != nil {
			t.Fatal(err)
		}
		if got := f.command(cmd, p, given.ids); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	needsRoot := plan.Plan{Digest: p.Digest, Changes: []plan.Change{{NeedsRoot: true}}}
	var f deskFlags
	if got := f.command(&cobra.Command{}, needsRoot, nil); strings.HasPrefix(got, "sudo ") == (os.Geteuid() == 0) {
		t.Errorf("got %q as %d", got, os.Geteuid())
	}
}
