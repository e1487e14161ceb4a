package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huddleguard/checks/host/hosttest"
)

// BenchmarkScan runs the program as a person does, on this machine and on
// folders laid out for it, and prints wall and CPU time and peak memory of the
// whole process.
func BenchmarkScan(b *testing.B) {
	program := filepath.Join(b.TempDir(), "huddleguard")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	desk := hosttest.Dir(b, hosttest.Recorded(b, "../../checks/host/testdata/hosts/linux-debian-mumble-linphone-jami.txtar"))
	b.Run("this-machine", func(b *testing.B) { measure(b, program) })
	b.Run("desk", func(b *testing.B) { measure(b, program, "--root", desk) })
	for _, homes := range []int{0, 1, 200} {
		root := rootWithHomes(b, homes)
		b.Run(fmt.Sprintf("homes-%d", homes), func(b *testing.B) { measure(b, program, "--root", root) })
	}
	packages := rootWithPackages(b, 50_000)
	b.Run("packages-50000", func(b *testing.B) { measure(b, program, "--root", packages) })
}

func measure(b *testing.B, program string, args ...string) {
	var cpu time.Duration
	var peak int64
	for b.Loop() {
		cmd := exec.Command(program, append([]string{"scan"}, args...)...)
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 0 && code != 1 && code != 3 {
			b.Fatalf("exit code %d: %v", code, err)
		}
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		peak = max(peak, peakMemory(cmd.ProcessState))
	}
	b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

// rootWithHomes is a Debian with Zoom and homes that each have its settings.
func rootWithHomes(b *testing.B, homes int) string {
	root := b.TempDir()
	var passwd strings.Builder
	for i := range homes {
		name := fmt.Sprintf("user%03d", i)
		fmt.Fprintf(&passwd, "%s:x:%d:%d::/home/%s:/bin/bash\n", name, os.Getuid(), os.Getgid(), name)
		put(b, root, "home/"+name+"/.config/zoomus.conf", "[General]\nconf.crash.enable.auto.uploaddumps=true\n")
	}
	put(b, root, "etc/passwd", passwd.String())
	put(b, root, "etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
	put(b, root, "var/lib/dpkg/status", stanza("zoom"))
	put(b, root, "opt/zoom/zoom", "ELF")
	return root
}

// rootWithPackages is a Debian with many packages.
func rootWithPackages(b *testing.B, packages int) string {
	root := rootWithHomes(b, 1)
	f, err := os.Create(filepath.Join(root, "var/lib/dpkg/status"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	// Written piece by piece: a child's peak memory begins with its parent's.
	for i := range packages {
		if _, err := f.WriteString(stanza(fmt.Sprintf("package-%05d", i))); err != nil {
			b.Fatal(err)
		}
	}
	return root
}

// stanza has the length of an ordinary one of Debian's, 1 kB.
func stanza(name string) string {
	return "Package: " + name + "\nStatus: install ok installed\nMaintainer: Somebody <somebody@example.org>\nArchitecture: amd64\nVersion: 6.7.2.6498\n" +
		"Depends: " + strings.Repeat("libsomething1 (>= 1.2.3), ", 20) + "libc6\nDescription: a package\n" + strings.Repeat(" a line of its description\n", 10) + "\n"
}

func put(b *testing.B, root, name, text string) {
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}
