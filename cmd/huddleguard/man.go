package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man [VERB]",
		Short: "Print the manual page",
		Example: `  huddleguard man | man -l -
  huddleguard man scan > /usr/local/share/man/man1/huddleguard-scan.1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return withHint(err, "huddleguard --help lists the verbs")
			}
			cmd.Root().DisableAutoGenTag = true
			title := strings.ToUpper(strings.ReplaceAll(about.CommandPath(), " ", "-"))
			date := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
			return doc.GenMan(about, &doc.GenManHeader{Title: title, Section: "1", Date: &date, Source: "Huddleguard " + release}, cmd.OutOrStdout())
		},
	}
}
