package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"huddleguard/agent/localapi"
	"huddleguard/agent/report"
	"huddleguard/checks/message"
)

// historyFlags are the flags of history.
type historyFlags struct {
	deskFlags
	limit int
	user  string
}

func newHistory() *cobra.Command {
	var f historyFlags
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what was changed, when and by whom, and what became of it",
		Long: `Show the changes that were made, the newest first: what stood there and what was
written, as the plan showed it; when and for whom; and whether it stands, was taken
back, or was superseded by somebody else's value. A person sees their own, root the
machine's, and with --user a person's.`,
		Example: `  huddleguard history
  huddleguard history --limit 5 --format json
  sudo huddleguard history --user ann`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cmd.Flags().IntVar(&f.limit, "limit", 0, "at most so many entries (default: all)")
	userFlag(cmd, &f.user)
	f.pagesFlag(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

// historyList is what history prints as JSON.
type historyList struct {
	Schema  string           `json:"schema"`
	Entries []localapi.Entry `json:"entries"`
}

const historySchema = "huddleguard.history/1"

func (f *historyFlags) run(cmd *cobra.Command) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	if f.limit < 0 {
		return withHint(fmt.Errorf("--limit %d is below nothing", f.limit), "")
	}
	if err := f.load(cmd); err != nil {
		return err
	}
	all := f.open()
	defer all.Close()
	at, err := of(cmd, all, f.user)
	if err != nil {
		return err
	}
	var entries []localapi.Entry
	err = f.during(cmd, message.New("progress.reading"), func() error {
		entries, err = at.History(cmd.Context(), localapi.HistoryRequest{Limit: f.limit})
		return err
	})
	if err != nil {
		return f.said(cmd, err)
	}
	if f.format == "json" {
		return encodeJSON(cmd, historyList{historySchema, append([]localapi.Entry{}, entries...)})
	}
	return report.HistoryText(cmd.OutOrStdout(), entries, f.print, textOptions(cmd))
}
