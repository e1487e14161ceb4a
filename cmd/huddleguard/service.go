package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"huddleguard/agent"
	"huddleguard/agent/enforce"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/person"
	"huddleguard/agent/sources"
	"huddleguard/agent/state"
	"huddleguard/agent/worker"
	"huddleguard/checks"
	"huddleguard/checks/message"
)

func newService() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "The resident part: hold what policy enforces",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newServiceRun())
	return cmd
}

func newServiceRun() *cobra.Command {
	var f deskFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Hold what policy enforces, until it is stopped",
		Long: `Watch the places of what the policy enforces, and put back what drifts: the
machine's own by this process, each person's by a worker who is that person.
Nothing is changed during a call, nor while the program runs that owns the file;
it is put back when that ends. A value that is put back three times within an
hour and drifts again is left alone, and said.

It works for root and stays in the foreground; what it does is written to
standard error, a line each.`,
		Example: `  sudo huddleguard service run
  systemd-run --unit huddleguard huddleguard service run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.serve(cmd) },
	}
	f.pagesFlag(cmd)
	return cmd
}

// serviceMemory bounds what the collector lets pile up, in bytes. Otherwise it
// sleeps: its own timer would wake an idle process every two minutes.
const serviceMemory = 24 << 20

func (f *deskFlags) serve(cmd *cobra.Command) (err error) {
	if os.Geteuid() != 0 {
		complain(cmd, "the service works for root: sudo huddleguard service run")
		return exitError(exitRights)
	}
	if f.cat, err = f.catalogue(cmd); err != nil {
		return err
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(serviceMemory)
	log := newLog(cmd.ErrOrStderr())
	s := agent.Service{
		Catalogue: f.cat, Hire: f.hireBriefed, Dir: state.Machine(),
		Policy: func() (sources.Loaded, error) { return sources.Load(sources.Folder(), state.Root, checks.Known(f.cat)) },
		Say: func(t agent.Told) {
			log.tell(t)
			debug.FreeOSMemory()
		},
	}
	log.Info("watching what policy enforces")
	err = s.Run(cmd.Context())
	log.Info("stopped")
	return err
}

// hireBriefed starts a worker of the service's: a person's, or root's own.
func (f *deskFlags) hireBriefed(ctx context.Context, user string, b agent.Brief) (agent.Worker, error) {
	brief, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	words, err := f.workerWords(enforce.Actor)
	if err != nil {
		return nil, err
	}
	words = append(words, "--briefed")
	if user == "" {
		return worker.StartOwn(ctx, brief, words...)
	}
	who, err := person.Lookup(user)
	if err != nil {
		return nil, err
	}
	return worker.StartBriefed(ctx, who, brief, words...)
}

// serviceLog writes what became of each look, and what stays the same once.
type serviceLog struct {
	*slog.Logger
	said map[string]bool
}

func newLog(w io.Writer) *serviceLog {
	return &serviceLog{slog.New(slog.NewTextHandler(w, nil)), map[string]bool{}}
}

func (l *serviceLog) tell(t agent.Told) {
	before := l.said
	l.said = map[string]bool{}
	for _, i := range t.Ignored {
		l.once(before, slog.LevelWarn, "a file of the policy is ignored", "file", i.File, "why", i.Why)
	}
	for _, err := range each(t.Err) {
		l.once(before, slog.LevelError, "not everything can be held", "why", err.Error())
	}
	for _, u := range t.Unseen {
		l.once(before, slog.LevelWarn, "cannot be looked at", "check", u.Check, "user", u.User, "why", whyOf(u.Message))
	}
	for _, c := range t.Waiting {
		l.once(before, slog.LevelInfo, "waiting", "check", c.Check, "user", c.User, "for", waitsIn(c.Waits))
	}
	for _, r := range t.Results {
		c := &r.Change
		switch r.Outcome {
		case harden.Waiting, harden.Already: // what waits is said above
		case harden.Applied:
			l.Info("put back", "check", c.Check, "user", c.User, "entry", r.Entry)
		case harden.Fought:
			l.once(before, slog.LevelWarn, "put back three times within an hour, and left alone now", "check", c.Check, "user", c.User)
		default:
			l.once(before, slog.LevelError, "not put back", "check", c.Check, "user", c.User, "outcome", string(r.Outcome), "why", r.Why)
		}
	}
}

// once writes what was not written after the look before.
func (l *serviceLog) once(before map[string]bool, level slog.Level, msg string, args ...any) {
	key := fmt.Sprint(msg, args)
	if l.said[key] = true; !before[key] {
		l.Log(context.Background(), level, msg, args...)
	}
}

// each takes joined errors apart.
func each(err error) []error {
	if err == nil {
		return nil
	}
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, each(e)...)
	}
	return all
}

// whyOf is the reason in a message, and nothing else of it: a message can show a value.
func whyOf(m message.Message) string {
	why, _ := m.Args["why"].(string)
	return cmp.Or(why, m.ID)
}

func waitsIn(waits []plan.Wait) string {
	text := ""
	for i, w := range waits {
		if i > 0 {
			text += ", "
		}
		text += w.Kind + " of " + w.Name
		if !w.Sure {
			text += " (perhaps)"
		}
	}
	return text
}
