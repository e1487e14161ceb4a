package host_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"huddleguard/agent/report"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host"
	"huddleguard/checks/host/system"
)

// BenchmarkStages prints what each stage costs on a Debian with Zoom and 200
// homes that have its settings.
func BenchmarkStages(b *testing.B) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	root := b.TempDir()
	write := func(name, text string) {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	passwd := ""
	for i := range 200 {
		name := fmt.Sprintf("user%03d", i)
		passwd += fmt.Sprintf("%s:x:%d:%d::/home/%s:/bin/bash\n", name, os.Getuid(), os.Getgid(), name)
		write("home/"+name+"/.config/zoomus.conf", "[General]\nconf.crash.enable.auto.uploaddumps=true\n")
	}
	write("etc/passwd", passwd)
	write("etc/os-release", "ID=debian\n")
	write("var/lib/dpkg/status", "Package: zoom\nStatus: install ok installed\nVersion: 6.7.2.6498\nArchitecture: amd64\nMaintainer: x\n\n")
	write("opt/zoom/zoom", "ELF")
	var set fact.Set
	b.Run("facts", func(b *testing.B) {
		for b.Loop() {
			sys, err := system.Offline(root)
			if err != nil {
				b.Fatal(err)
			}
			set = host.Collect(context.Background(), sys, cat, judgedAt, nil)
			sys.Close()
		}
	})
	var findings []checks.Finding
	b.Run("findings", func(b *testing.B) {
		for b.Loop() {
			findings = checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Now: judgedAt})
		}
		b.ReportMetric(float64(len(findings)), "findings")
	})
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			report.New(set, findings, cat)
		}
	})
}
