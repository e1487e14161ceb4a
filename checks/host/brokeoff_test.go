package host_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/host"
	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
)

// brittle is a host whose reading breaks off at one file.
type brittle struct{ system.System }

func (b brittle) Homes() ([]system.Home, error) {
	homes, err := b.System.Homes()
	for i := range homes {
		homes[i].Tree = brittleTree{homes[i].Tree}
	}
	return homes, err
}

type brittleTree struct{ system.Tree }

func (t brittleTree) ReadFile(name string, limit int64) ([]byte, error) {
	if strings.HasSuffix(name, "zoomus.conf") {
		panic("hostile")
	}
	return t.Tree.ReadFile(name, limit)
}

// TestBrokeOff: a part that breaks off is said, the others go on, and none of
// what it should have read passes.
func TestBrokeOff(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	sys := brittle{hosttest.Recorded(t, "testdata/hosts/linux-debian-zoom.txtar")}
	set := host.Collect(context.Background(), sys, cat, judgedAt, nil)
	findings := checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Now: judgedAt})
	lines, passes := said(set, findings)
	if !slices.Contains(lines, "unreadable settings") || !slices.Contains(lines, "unknown zoom/exposure/server") {
		t.Errorf("got %v", lines)
	}
	if !slices.Contains(passes, "pass zoom/exposure/setuid") {
		t.Error("the parts behind it did not go on")
	}
	for _, p := range passes {
		if strings.Contains(p, "zoom/exposure/server") || strings.Contains(p, "zoom/entry") {
			t.Errorf("%s, and was not read", p)
		}
	}
}
