package main

import (
	"context"
	"slices"
	"testing"

	"github.com/spf13/cobra"

	"huddleguard/agent/localapi"
)

// broken is a Desk at which something broke off, and nothing stands.
type broken struct {
	localapi.Backend
	entries []localapi.Entry
	undone  []int64
}

func (b *broken) RehearseUndo(context.Context, localapi.UndoRequest) ([]localapi.Result, error) {
	return nil, nil
}

func (b *broken) History(context.Context, localapi.HistoryRequest) ([]localapi.Entry, error) {
	return b.entries, nil
}

func (b *broken) Undo(_ context.Context, q localapi.UndoRequest) ([]localapi.Result, error) {
	b.undone = append(b.undone, q.Entries...)
	return []localapi.Result{{Outcome: "refused"}}, nil
}

// TestTidy: where nothing stands that could be taken back, what broke off is
// cleared away all the same, unless nothing is to be done.
func TestTidy(t *testing.T) {
	for _, c := range []struct {
		dryRun bool
		want   []int64
	}{{false, []int64{7, 5}}, {true, nil}} {
		b := &broken{entries: []localapi.Entry{{ID: 7, Status: "undoing"}, {ID: 6, Status: "dropped"}, {ID: 5, Status: "intent"}, {ID: 4, Status: "superseded"}}}
		f := &undoFlags{dryRun: c.dryRun}
		cmd := &cobra.Command{}
		cmd.SetContext(context.Background())
		if rs, err := f.undo(cmd, b, localapi.UndoRequest{All: true}); err != nil || len(rs) != 0 || !slices.Equal(b.undone, c.want) {
			t.Errorf("dry run %v: %+v, %v; settled %v", c.dryRun, rs, err, b.undone)
		}
	}
}
