package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/spf13/cobra"

	"huddleguard/agent"
	"huddleguard/agent/localapi"
	"huddleguard/agent/worker"
)

// workerFlags are the flags of a worker.
type workerFlags struct {
	deskFlags
	actor string
	// briefed has it read what counts, and judge by nothing else.
	briefed bool
	brief   agent.Brief
}

// newWorker is the process that works as a person; people have no use for it.
func newWorker() *cobra.Command {
	var f workerFlags
	cmd := &cobra.Command{
		Use:    worker.Verb,
		Short:  "Work on one person's places, asked over a connection that it is started with",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conn, err := f.begin()
			if err != nil {
				return withHint(err, "people have no use for it")
			}
			if err := f.loadBrief(cmd); err != nil {
				return err
			}
			desk := f.desk(f.actor)
			desk.Own, desk.Calls = os.Geteuid() != 0, f.brief.Calls
			return localapi.Serve(cmd.Context(), conn, desk)
		},
	}
	cmd.Flags().StringVar(&f.actor, "actor", "", "who asks, for the history")
	cmd.Flags().BoolVar(&f.briefed, "briefed", false, "read what counts from the standard input")
	f.pagesFlag(cmd)
	f.judgeFlags(cmd)
	return cmd
}

// begin makes this process a worker. Root's own is the service's, which briefs it.
func (f *workerFlags) begin() (net.Conn, error) {
	if f.briefed && os.Geteuid() == 0 {
		return worker.BeginOwn()
	}
	return worker.Begin()
}

// maxBrief bounds what is read of a brief, in bytes.
const maxBrief = 4 << 20

// loadBrief reads what counts: what this worker is told, or else what is in force here.
func (f *workerFlags) loadBrief(cmd *cobra.Command) (err error) {
	if !f.briefed {
		return f.load(cmd)
	}
	if err := json.NewDecoder(io.LimitReader(cmd.InOrStdin(), maxBrief)).Decode(&f.brief); err != nil {
		return fmt.Errorf("reading what counts: %w", err)
	}
	f.inForce = f.brief.Policy
	f.cat, err = f.catalogue(cmd)
	return err
}
