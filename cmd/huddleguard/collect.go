package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"huddleguard/agent/call"
	"huddleguard/agent/state"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host"
	"huddleguard/checks/host/system"
	"huddleguard/checks/message"
)

// source says where facts come from: this host, the files of another, or a
// file of facts.
type source struct {
	root  string
	facts string
	pages string
}

// flags adds the source's flags to a verb.
func (s *source) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.root, "root", "", "look at the files of another machine, mounted at this folder")
	cmd.Flags().StringVar(&s.facts, "facts", "", "judge facts that were written by 'huddleguard facts' (- for standard input)")
	s.pagesFlag(cmd)
	cmd.MarkFlagsMutuallyExclusive("root", "facts")
	_ = cmd.MarkFlagDirname("root")
	_ = cmd.MarkFlagFilename("facts", "json")
}

// pagesFlag adds the flag of verbs that read pages only.
func (s *source) pagesFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.pages, "catalogue", defaultPages, "the administrator's own catalogue pages")
	_ = cmd.MarkFlagDirname("catalogue")
}

// itself says whether this machine is looked at, and not the files or facts of another.
func (s *source) itself() bool { return s.root == "" && s.facts == "" }

// catalogue is the built-in catalogue with the administrator's pages. A page
// with a fault is left out and said.
func (s *source) catalogue(cmd *cobra.Command) (*catalogue.Catalogue, error) {
	c, err := catalogue.BuiltIn()
	if err != nil {
		return nil, err
	}
	if err := state.TrustedFolder(s.pages, state.RootOrOwn); err != nil {
		if errors.Is(err, os.ErrNotExist) && !cmd.Flags().Changed("catalogue") {
			return c, nil
		}
		if cmd.Flags().Changed("catalogue") {
			return nil, withHint(err, "a folder of pages belongs to the administrator, and nobody else can write to it")
		}
		complain(cmd, s.pages+" is left out: "+err.Error())
		return c, nil
	}
	sum, err := c.Add(os.DirFS(s.pages))
	if err != nil {
		complain(cmd, "left out of "+s.pages+": "+err.Error())
	}
	return sum, nil
}

// collect gathers the facts, with a progress line where somebody watches.
func (s *source) collect(cmd *cobra.Command, cat *catalogue.Catalogue, p *message.Printer) (fact.Set, error) {
	if s.facts != "" {
		return readFacts(s.facts, cmd.InOrStdin())
	}
	sys, err := s.open()
	if err != nil {
		return fact.Set{}, withHint(err, "--root names the folder a machine's disk is mounted at")
	}
	defer sys.Close()
	bar := newProgress(cmd.ErrOrStderr(), p)
	defer bar.done()
	ctx, cancel := context.WithTimeout(cmd.Context(), lookTime)
	defer cancel()
	set := host.Collect(ctx, sys, cat, time.Now(), bar.step)
	if s.itself() {
		call.Complete(ctx, cat, &set)
	}
	return set, nil
}

// lookTime bounds a whole look: what was not looked at by then is said.
const lookTime = time.Minute

func (s *source) open() (system.System, error) {
	if s.root != "" {
		return system.Offline(s.root)
	}
	return system.Live()
}

// maxFacts bounds a file of facts, in bytes: 200 homes make some megabytes.
const maxFacts = 256 << 20

func readFacts(name string, stdin io.Reader) (fact.Set, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fact.Set{}, withHint(err, "--facts names a file written by 'huddleguard facts'")
		}
		defer f.Close()
		in = f
	}
	var set fact.Set
	dec := json.NewDecoder(io.LimitReader(in, maxFacts))
	err := dec.Decode(&set)
	if err == nil {
		err = onlyWhite(dec)
	}
	if err == nil {
		err = set.Check()
	}
	if err != nil {
		return fact.Set{}, withHint(fmt.Errorf("reading facts from %s: %w", name, err), "write it with 'huddleguard facts > host.json'")
	}
	return set, nil
}

// onlyWhite refuses anything behind the value.
func onlyWhite(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the facts")
	}
	return nil
}
