// Command huddleguard looks at the conferencing clients installed on a computer
// and says, against public advisories, what is worth mending and why.
//
// Exit codes: 0 everything in scope was looked at and nothing at or above the
// chosen severity failed; 1 something did; 2 the command or its input was wrong
// and nothing was done; 3 nothing failed, but something in scope could not be
// looked at; 4 a change was refused or failed; 5 whoever asked lacks the rights.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"
)

// The exit codes of every verb.
const (
	exitFindings = 1
	exitUsage    = 2
	exitUnknown  = 3
	exitRefused  = 4
	exitRights   = 5
)

func main() {
	// A look is short: memory is worth more than the collector's rest.
	debug.SetGCPercent(50)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// exitError ends the program with a code and no further word.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// run is the program with its surroundings passed in.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var code exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	aside(stderr, err.Error())
	h := hinted{hint: "huddleguard --help shows what there is"}
	errors.As(err, &h)
	if h.hint != "" {
		aside(stderr, "hint: "+h.hint)
	}
	return exitUsage
}

// hinted is an error that comes with what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// withHint adds what to do to an error.
func withHint(err error, hint string) error { return hinted{err, hint} }

// isTerminal says whether w is a terminal that shows colours, and its width in columns.
func isTerminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return width, err == nil
}
