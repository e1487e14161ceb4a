package main

import (
	"github.com/spf13/cobra"

	"huddleguard/agent/localapi"
	"huddleguard/agent/worker"
)

// newWorker is the process that works as a person; people have no use for it.
func newWorker() *cobra.Command {
	var f deskFlags
	var actor string
	cmd := &cobra.Command{
		Use:    worker.Verb,
		Short:  "Work on one person's places, asked over a connection that it is started with",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conn, err := worker.Begin()
			if err != nil {
				return withHint(err, "people have no use for it")
			}
			if err := f.load(cmd); err != nil {
				return err
			}
			desk := f.desk(actor)
			desk.Own = true
			return localapi.Serve(cmd.Context(), conn, desk)
		},
	}
	cmd.Flags().StringVar(&actor, "actor", "", "who asks, for the history")
	f.pagesFlag(cmd)
	f.judgeFlags(cmd)
	return cmd
}
