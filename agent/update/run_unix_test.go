//go:build unix

package update

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huddleguard/checks/fact"
	updates "huddleguard/checks/update"
)

var idle = &fact.Installation{Name: "Zoom", Running: fact.No, InCall: fact.No}

// do runs words as a command of whoever runs the test.
func do(ctx context.Context, words ...string) (string, error) {
	var out strings.Builder
	err := Run(ctx, updates.Command{Argv: words, User: ownName()}, idle, nil, &out)
	return out.String(), err
}

func TestNeverInACall(t *testing.T) {
	for _, c := range []struct{ running, call, want fact.Tri }{
		{fact.Yes, fact.Yes, "apply.in-call"},
		{fact.Yes, fact.Unknown, "apply.call-unknown"},
		{fact.Unknown, fact.Unknown, "apply.call-unknown"},
		{fact.Yes, "", "apply.call-unknown"},
	} {
		var out strings.Builder
		err := Run(context.Background(), updates.Command{Argv: []string{"env"}}, &fact.Installation{Running: c.running, InCall: c.call}, nil, &out)
		r := (*Refusal)(nil)
		if !errors.As(err, &r) || r.Message.ID != string(c.want) || out.Len() > 0 {
			t.Errorf("%s, in a call %s: %v", c.running, c.call, err)
		}
	}
}

func TestSurroundings(t *testing.T) {
	t.Setenv("LD_PRELOAD_OF_A_TEST", "secret")
	out, err := do(context.Background(), "env")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		name, _, _ := strings.Cut(line, "=")
		if !slices.Contains([]string{"PATH", "LANG", "DEBIAN_FRONTEND", "HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR"}, name) {
			t.Errorf("the environment holds %s", line)
		}
	}
	if out, err = do(context.Background(), "pwd"); err != nil || out != "/\n" {
		t.Errorf("%q %v", out, err)
	}
}

func TestNoShell(t *testing.T) {
	out, err := do(context.Background(), "echo", "$(id); `id` > /tmp/x", "a b")
	if err != nil || out != "$(id); `id` > /tmp/x a b\n" {
		t.Errorf("%q %v", out, err)
	}
}

func TestFailure(t *testing.T) {
	_, err := do(context.Background(), "ls", "/there/is/none")
	f := (*Failure)(nil)
	if !errors.As(err, &f) || f.Code <= 0 || !strings.Contains(f.Last, "/there/is/none") {
		t.Errorf("%v %+v", err, f)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	caught := make(chan os.Signal, 1) // as main does; what a shell in the background ignores its children do too
	signal.Notify(caught, os.Interrupt)
	defer signal.Stop(caught)
	begin := time.Now()
	_, err = do(ctx, "sleep", "20")
	if !errors.As(err, &f) || f.Code != -1 || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 10*time.Second {
		t.Errorf("%v %+v after %v", err, f, time.Since(begin))
	}
}

// TestForeignProgram: a program that somebody other than root could have put
// there is not run. Temporary folders are everybody's.
func TestForeignProgram(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if p, err := findIn([]string{dir}, "apt-get"); err == nil {
		t.Errorf("%s was taken", p)
	}
	if _, err := findIn([]string{dir}, "dnf"); err == nil {
		t.Error("a program that is not there was found")
	}
	link := filepath.Join(dir, "snap")
	if err := os.Symlink("/bin/ls", link); err != nil {
		t.Fatal(err)
	}
	p, err := findIn([]string{dir}, "snap")
	if err != nil || p == link {
		t.Errorf("%s %v: where a link leads counts", p, err) // and only root's folders are searched
	}
}

func TestRights(t *testing.T) {
	if os.Geteuid() == 0 {
		if r := mayRun(updates.Command{NeedsRoot: true}); r != nil {
			t.Error(r)
		}
		return
	}
	for _, c := range []updates.Command{{NeedsRoot: true}, {User: "root"}} {
		if r := mayRun(c); r == nil || !r.Rights {
			t.Errorf("%+v: %v", c, r)
		}
	}
}

// TestAsThePerson: root runs what is a person's as that person, without root's groups.
func TestAsThePerson(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	var out strings.Builder
	err := Run(context.Background(), updates.Command{Argv: []string{"id"}, User: "nobody"}, idle, nil, &out)
	if err != nil || !strings.Contains(out.String(), "(nobody)") || strings.Contains(out.String(), "root") {
		t.Errorf("%q %v", out.String(), err)
	}
}

// TestAnothersCall: nothing is updated while any client is in a call.
func TestAnothersCall(t *testing.T) {
	all := []fact.Installation{*idle, {Name: "Webex", Running: fact.Yes, InCall: fact.Yes}}
	r := Check(updates.Command{Argv: []string{"env"}}, idle, all)
	if r == nil || r.Rights || !strings.Contains(r.Error(), "Webex is in a call") {
		t.Errorf("got %v", r)
	}
	if r := Check(updates.Command{Argv: []string{"env"}}, idle, all[:1]); r != nil {
		t.Errorf("got %v", r)
	}
}
