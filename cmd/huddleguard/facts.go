package main

import (
	"github.com/spf13/cobra"

	"huddleguard/agent/report"
)

func newFacts() *cobra.Command {
	var s source
	cmd := &cobra.Command{
		Use:   "facts",
		Short: "Print what a look at this computer reads, before any judgement",
		Long: `Print the facts a look at this computer reads, as JSON. The file can be judged on
another machine. It holds account names and paths; it holds no keys, tokens,
e-mail addresses or meeting ids.`,
		Example: `  huddleguard facts > host.json
  huddleguard scan --facts host.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cat, err := s.catalogue(cmd)
			if err != nil {
				return err
			}
			set, err := s.collect(cmd, cat, newPrinter("", cat))
			if err != nil {
				return err
			}
			return report.EncodeJSON(cmd.OutOrStdout(), set)
		},
	}
	s.flags(cmd)
	return cmd
}
