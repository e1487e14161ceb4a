package system_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
)

func TestLive(t *testing.T) {
	inner := over(func(root string) (system.System, error) { return system.OpenLive(root, 0) })
	hosttest.Suite(t, func(t testing.TB, archive string) system.System {
		if !strings.HasPrefix(archive, "os: linux") {
			t.Skip("only Linux can be looked at while it runs")
		}
		return inner(t, archive)
	})
}

// open opens the machine the test runs on.
func open(t *testing.T) system.System {
	t.Helper()
	s, err := system.Live()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestThisMachine(t *testing.T) {
	s := open(t)
	if h := s.Host(); h.OS != fact.Linux || h.Name == "" || h.Arch == "" {
		t.Errorf("the host is %+v", h)
	}
	if data, err := s.Machine().ReadFile("/etc/passwd", system.MaxFile); err != nil || !strings.Contains(string(data), "root:") {
		t.Errorf("/etc/passwd: %.20q %v", data, err)
	}
	want := fact.Self
	if os.Geteuid() == 0 {
		want = fact.AllUsers
	}
	if got := s.Scope(); got != (fact.Scope{Live: true, Users: want}) {
		t.Errorf("the scope is %+v", got)
	}
}

func TestOwnHome(t *testing.T) {
	archive := hosttest.FromText(t, "os: linux\nuser: ann "+strconv.Itoa(os.Getuid())+" /home/ann\n-- home/ann/x --\nmine\n-- root/srv/x --\n")
	dir := hosttest.Dir(t, archive)
	for home, want := range map[string]string{
		"":          "/home/ann",
		"/home/ann": "/home/ann",
		"/nowhere":  "/home/ann",
		"relative":  "/home/ann",
	} {
		t.Setenv("HOME", home)
		s, err := system.OpenLive(dir, max(os.Getuid(), 0))
		if err != nil {
			t.Fatal(err)
		}
		homes, err := system.OwnHome(s)
		if err != nil || len(homes) != 1 || homes[0].Home != want || homes[0].Name != "ann" {
			t.Errorf("HOME=%q: %+v %v, want %s", home, homes, err, want)
		}
		s.Close()
	}
}

// sleeper starts a program that holds a file open and waits.
func sleeper(t *testing.T, held string) int {
	t.Helper()
	cmd := exec.Command("sleep", "60", "--", "60")
	file, err := os.Open(held)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd.Process.Pid
}

func TestProcesses(t *testing.T) {
	pid := sleeper(t, os.DevNull)
	s := open(t)
	all, err := s.Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p system.Process) bool { return p.PID == pid })
	if i < 0 {
		t.Fatalf("the process %d is not among %d", pid, len(all))
	}
	p := all[i]
	if p.Name != "sleep" || filepath.Base(p.Exe) == "" || !slices.Equal(p.Args, []string{"sleep", "60", "--", "60"}) {
		t.Errorf("it is %+v", p)
	}
	if !slices.IsSortedFunc(all, func(a, b system.Process) int { return a.PID - b.PID }) {
		t.Error("not in order of id")
	}
	if devices, err := s.Devices(t.Context(), pid); err != nil || len(devices) != 0 {
		t.Errorf("devices of a process without: %v %v", devices, err)
	}
	if _, err := s.Devices(t.Context(), 1<<22+1); !errors.Is(err, system.ErrNotExist) {
		t.Errorf("devices of no process: %v", err)
	}
}

func TestListeners(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	s := open(t)
	got, err := s.Listeners(t.Context(), port)
	if want := []system.Listener{{Address: "127.0.0.1", Port: port, PID: os.Getpid()}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("on %d: %v %v, want %v", port, got, err, want)
	}
	all, err := s.Listeners(t.Context())
	if err != nil || !slices.Contains(all, system.Listener{Address: "127.0.0.1", Port: port}) {
		t.Errorf("%d is not among all: %v %v", port, all, err)
	}
	l.Close()
	if got, err := s.Listeners(t.Context(), port); err != nil || len(got) != 0 {
		t.Errorf("after it was closed: %v %v", got, err)
	}
}

// snapd answers on the socket beneath root as snapd does.
func snapd(t *testing.T, root string, answer http.HandlerFunc) {
	t.Helper()
	os.MkdirAll(root+"/run", 0o755)
	l, err := net.Listen("unix", root+"/run/snapd.socket")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: answer}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
}

func TestSnapd(t *testing.T) {
	root, err := os.MkdirTemp("", "s") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	snapd(t, root, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.String() {
		case "GET /v2/snaps?select=all":
			w.Write([]byte(`{"type":"sync","status-code":200,"result":[{"name":"zoom-client"}]}`))
		case "GET /v2/odd":
			w.Write([]byte(`{"type":"async"}`))
		case "GET /v2/slow":
			<-r.Context().Done()
		default:
			http.Error(w, "hunter2", http.StatusNotFound)
		}
	})
	s, err := system.OpenLive(root, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Snapd(t.Context(), "/v2/snaps?select=all")
	if err != nil || string(got) != `[{"name":"zoom-client"}]` || !json.Valid(got) {
		t.Errorf("answered %s, %v", got, err)
	}
	for path, why := range map[string]string{
		"/v2/odd":  "snapd's answer is not in its form",
		"/v2/none": "snapd refused to answer: Not Found",
		"/v2/slow": "snapd did not answer",
		"/v1":      "is no address of snapd",
	} {
		patience := time.Minute
		if path == "/v2/slow" {
			patience = 50 * time.Millisecond
		}
		ctx, stop := context.WithTimeout(t.Context(), patience)
		defer stop()
		if _, err := s.Snapd(ctx, path); err == nil || err.Error() != why {
			t.Errorf("%s: %v, want %q", path, err, why)
		}
	}
}

func TestIsCapture(t *testing.T) {
	for device, want := range map[string]bool{
		"/dev/video0":           true,
		"/dev/media12":          true,
		"/dev/snd/pcmC0D0c":     true,
		"/dev/snd/pcmC0D0p":     false, // plays
		"/dev/snd/controlC0":    false,
		"/dev/v4l/by-id/video0": false,
		"/home/ann/dev/video0":  false,
	} {
		if got := system.IsCapture(device); got != want {
			t.Errorf("%s: %v", device, got)
		}
	}
}

func TestListening(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4BDD 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 20021 1
   1: 0100007F:4BDE 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 20022 1
   2: 00000000000000000000000001000000:2406 00000000000000000000000000000000:0000 0A 0 0
   3: 0000000000000000FFFF00000100007F:2407 00000000000000000000000000000000:0000 0A 0 0
   4: 0100:2408 0:0 0A
   5: broken
`
	want := []system.Listener{{Address: "127.0.0.1", Port: 19421}, {Address: "::1", Port: 9222}, {Address: "127.0.0.1", Port: 9223}}
	if got := system.Listening(table); !slices.Equal(got, want) {
		t.Errorf("listening: %v, want %v", got, want)
	}
	if got := system.Listening(table, 9222); !slices.Equal(got, want[1:2]) {
		t.Errorf("listening on 9222: %v", got)
	}
}

// BenchmarkProcesses lists what runs on this machine.
func BenchmarkProcesses(b *testing.B) {
	s, err := system.Live()
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		all, _ := s.Processes(b.Context())
		n = len(all)
	}
	b.ReportMetric(float64(n), "processes")
}

// BenchmarkListeners looks for a port on which nothing listens.
func BenchmarkListeners(b *testing.B) {
	s, err := system.Live()
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for b.Loop() {
		if _, err := s.Listeners(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
}
