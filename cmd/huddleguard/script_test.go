package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"huddleguard/checks/host/hosttest"
)

// programs are what scripts can start, by name.
var programs = map[string]func(){
	"huddleguard": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
}

func TestMain(m *testing.M) { testscript.Main(m, programs) }

// TestScripts are what a person types, and what comes back. $ZOOM is the folder
// of a Debian with Zoom, $CLEAN one without any client.
func TestScripts(t *testing.T) {
	zoom := hosttest.Dir(t, hosttest.Recorded(t, "../../checks/host/testdata/hosts/linux-debian-zoom.txtar"))
	clean := hosttest.Dir(t, hosttest.Recorded(t, "../../checks/host/testdata/hosts/linux-clean.txtar"))
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ZOOM", zoom)
			e.Setenv("CLEAN", clean)
			e.Setenv("LANG", "C.UTF-8")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // programs with the race detector rest a second at their end
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code, "serve": serve},
	})
}

// code CODE COMMAND…: run a command and want an exit code.
func code(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	have := "0"
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		have = string(rune('0' + exit.ExitCode()))
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if have != args[0] {
		ts.Fatalf("exit code %s, want %s", have, args[0])
	}
}

// serve DIR: hand a folder out over HTTP, and set $URL to where.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}
