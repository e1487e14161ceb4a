package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"huddleguard/agent/report"
)

// encodeJSON writes a value for other programs.
func encodeJSON(cmd *cobra.Command, v any) error { return report.EncodeJSON(cmd.OutOrStdout(), v) }

// output is a file that appears under its name only when it is whole.
type output struct {
	*os.File
	name string
}

func newOutput(name string) (*output, error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".huddleguard-*")
	if err != nil {
		return nil, withHint(err, "--output names a file in a folder you can write to")
	}
	return &output{f, name}, nil
}

// keep gives the file its name.
func (o *output) keep() error {
	if err := errors.Join(o.Sync(), o.Close()); err != nil {
		return err
	}
	return os.Rename(o.File.Name(), o.name)
}

// abandon takes away what was not kept.
func (o *output) abandon() {
	_ = o.Close()
	_ = os.Remove(o.File.Name())
}
