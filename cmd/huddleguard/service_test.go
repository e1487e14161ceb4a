package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"huddleguard/agent"
	"huddleguard/agent/enforce"
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/sources"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// lines are what a log says to this, without the times.
func lines(l *serviceLog, out *bytes.Buffer, t agent.Told) []string {
	out.Reset()
	l.tell(t)
	var all []string
	for line := range strings.Lines(out.String()) {
		_, line, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		all = append(all, line)
	}
	return all
}

func wantLines(t *testing.T, what string, have []string, want ...string) {
	t.Helper()
	if strings.Join(have, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// TestServiceLog: what is put back is said each time, what stays the same once,
// and no value ever.
func TestServiceLog(t *testing.T) {
	var out bytes.Buffer
	l := newLog(&out)
	secret := fact.Held{State: fact.Present, Value: "CANARY", Whole: true}
	change := plan.Change{Check: "x/y/z", User: "ann", Before: secret, After: secret, At: fact.At{Path: "/home/ann/x", Key: "CANARY"},
		Waits: []plan.Wait{{Kind: plan.WaitRunning, Name: "Mumble", Sure: true}, {Kind: plan.WaitCall, Name: "Zoom"}}}
	told := agent.Told{
		Ignored: []sources.Ignored{{File: "/etc/p.yaml", Why: "others can write to it"}},
		Unseen:  []plan.Left{{Check: "x/y/w", User: "ben", Message: message.New("setting.hidden", "why", "no permission", "value", "CANARY"), Text: "CANARY"}},
		Report: enforce.Report{
			Err:     errors.Join(errors.New("one"), fmt.Errorf("two: %w", errors.Join(errors.New("three"), errors.New("four")))),
			Waiting: []plan.Change{change},
			Results: []harden.Result{{Change: change, Outcome: harden.Applied, Entry: 3}, {Change: change, Outcome: harden.Fought},
				{Change: change, Outcome: harden.Refused, Why: "moved"}, {Change: change, Outcome: harden.Waiting}, {Change: change, Outcome: harden.Already}},
		}}
	all := []string{
		`level=WARN msg="a file of the policy is ignored" file=/etc/p.yaml why="others can write to it"`,
		`level=ERROR msg="not everything can be held" why=one`,
		`level=ERROR msg="not everything can be held" why="two: three\nfour"`,
		`level=WARN msg="cannot be looked at" check=x/y/w user=ben why="no permission"`,
		`level=INFO msg=waiting check=x/y/z user=ann for="running of Mumble, call of Zoom (perhaps)"`,
		`level=INFO msg="put back" check=x/y/z user=ann entry=3`,
		`level=WARN msg="put back three times within an hour, and left alone now" check=x/y/z user=ann`,
		`level=ERROR msg="not put back" check=x/y/z user=ann outcome=refused why=moved`,
	}
	wantLines(t, "at first", lines(l, &out, told), all...)
	wantLines(t, "again", lines(l, &out, told), all[5])
	wantLines(t, "all is well", lines(l, &out, agent.Told{}))
	wantLines(t, "and again", lines(l, &out, told), all...)
}

// TestHostileLog: a string of the host's is one word of one line.
func TestHostileLog(t *testing.T) {
	var out bytes.Buffer
	l := newLog(&out)
	user := "ann\ntime=now level=INFO msg=\"all is well\"\x1b[2J\u202e\xff"
	got := lines(l, &out, agent.Told{Report: enforce.Report{Waiting: []plan.Change{{Check: "x/y/z", User: user}}}})
	wantLines(t, "a name", got, `level=INFO msg=waiting check=x/y/z user="ann\ntime=now level=INFO msg=\"all is well\"\x1b[2J\u202e\xff" for=""`)
}
