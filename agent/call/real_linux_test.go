package call_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"huddleguard/agent/call"
	"huddleguard/checks/fact"
)

// machine is a folder with devices that are plain files: opening and closing
// them is announced in the same way.
type machine struct {
	t       *testing.T
	root    string
	watcher *call.Watcher
	tracker *call.Tracker
}

func newMachine(t *testing.T, session *call.Session) *machine {
	m := &machine{t: t, root: t.TempDir()}
	m.device("dev/video0")
	m.open(session)
	return m
}

func (m *machine) open(session *call.Session) {
	m.t.Helper()
	cat := builtIn(m.t)
	for i := range cat.Signals { // so that a test need not wait as long as a person
		cat.Signals[i].Dwell, cat.Signals[i].Grace = 1, 1
	}
	w, err := call.Open(context.Background(), cat, call.Options{Root: m.root, Session: session})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(w.Close)
	m.watcher, m.tracker = w, call.NewTracker(cat, w.Sources()...)
}

func (m *machine) device(name string) string {
	m.t.Helper()
	full := filepath.Join(m.root, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(full, nil, 0o600); err != nil {
		m.t.Fatal(err)
	}
	return full
}

// becomes waits for an answer, at most ten seconds.
func (m *machine) becomes(client string, want fact.Tri) call.Answer {
	m.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		now := time.Now()
		got := m.tracker.State(call.Person{Client: client}, now)
		if got.InCall == want {
			return got
		}
		var timer <-chan time.Time
		if next, ok := m.tracker.Next(now); ok {
			timer = time.After(next.Sub(now))
		}
		select {
		case e := <-m.watcher.Events():
			m.tracker.Feed(e)
		case <-timer:
		case <-deadline:
			m.t.Fatalf("%s: %+v after 10 s, want %s", client, got, want)
		}
	}
}

// as starts a program under a client's name, and returns what ends it.
func as(t *testing.T, program, name string, stdin *os.File, args ...string) (stop func()) {
	t.Helper()
	found, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(found)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file, args...)
	if stdin != nil {
		cmd.Stdin = stdin
	}
	return started(t, cmd)
}

func started(t *testing.T, cmd *exec.Cmd) (stop func()) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			cmd.Wait()
		}
	}
	t.Cleanup(stop)
	return stop
}

// holds starts a client that holds a device open.
func holds(t *testing.T, name, device string) (stop func()) {
	t.Helper()
	f, err := os.Open(device)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return as(t, "sleep", name, f, "600")
}

func TestDevices(t *testing.T) {
	m := newMachine(t, nil)
	m.becomes("zoom", fact.No)

	stop := holds(t, "zoom", filepath.Join(m.root, "dev/video0"))
	m.becomes("zoom", fact.Unknown)
	m.becomes("zoom", fact.Yes)
	m.becomes("slack", fact.No)
	stop()
	m.becomes("zoom", fact.No)

	// A device that comes later, in a folder that comes with it.
	mic := m.device("dev/snd/pcmC1D0c")
	m.device("dev/snd/pcmC1D0p") // a loudspeaker
	time.Sleep(300 * time.Millisecond)
	stop = holds(t, "mumble", mic)
	m.becomes("mumble", fact.Yes)
	stop()
	m.becomes("mumble", fact.No)

	// Somebody who is no client, and a client that plays.
	holds(t, "cheese", filepath.Join(m.root, "dev/video0"))
	holds(t, "slack", filepath.Join(m.root, "dev/snd/pcmC1D0p"))
	time.Sleep(1500 * time.Millisecond)
	m.becomes("", fact.No)

	// A media server holds the camera for somebody.
	stop = holds(t, "pipewire", filepath.Join(m.root, "dev/video0"))
	m.becomes("slack", fact.Unknown)
	stop()
	m.becomes("slack", fact.No)
}

// TestHeldAlready: what is held when the watch begins counts at once.
func TestHeldAlready(t *testing.T) {
	m := &machine{t: t, root: t.TempDir()}
	holds(t, "zoom", m.device("dev/video0"))
	time.Sleep(100 * time.Millisecond)
	m.open(nil)
	m.becomes("zoom", fact.Yes)
	tr := call.Look(context.Background(), builtIn(t), call.Options{Root: m.root})
	if got := tr.State(call.Person{Client: "zoom"}, time.Now()); got.InCall != fact.Yes {
		t.Errorf("looked at once: %+v", got)
	}
	if got := tr.State(call.Person{Client: "slack"}, time.Now()); got.InCall != fact.No {
		t.Errorf("looked at once: %+v", got)
	}
}

// TestKernelsWord: the kernel names who records, for anybody to read.
func TestKernelsWord(t *testing.T) {
	m := &machine{t: t, root: t.TempDir()}
	m.device("dev/snd/pcmC0D0c")
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	as(t, "sleep", "linphone", f, "600")
	time.Sleep(100 * time.Millisecond)
	pid, err := exec.Command("pidof", "linphone").Output()
	if err != nil {
		t.Skip("NOT RUN: pidof is not there")
	}
	status := m.device("proc/asound/card0/pcm0c/sub0/status")
	text := fmt.Sprintf("state: RUNNING\nowner_pid   : %s\ntrigger_time: 2063.42\ndelay       : 1\n", strings.Fields(string(pid))[0])
	if err := os.WriteFile(status, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.open(nil)
	m.becomes("linphone", fact.Yes)
	for _, quiet := range []string{"closed\n", "state: PREPARED\nowner_pid   : 1\n", "state: RUNNING\nowner_pid   : ../../etc\n"} {
		if err := os.WriteFile(status, []byte(quiet), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := call.Look(context.Background(), builtIn(t), call.Options{Root: m.root}).State(call.Person{Client: "linphone"}, time.Now()); got.InCall != fact.No {
			t.Errorf("%q: %+v", quiet, got)
		}
	}
}

// TestNoRights: a device that may not be watched is unknown, with the reason.
func TestNoRights(t *testing.T) {
	if os.Getuid() == 0 {
		if os.Getenv("HUDDLEGUARD_TEST_NO_RIGHTS") == "" {
			asNobody(t)
			return
		}
	}
	m := &machine{t: t, root: os.Getenv("HUDDLEGUARD_TEST_NO_RIGHTS")}
	if m.root == "" {
		m.root = t.TempDir()
		if err := os.Chmod(m.device("dev/video0"), 0); err != nil {
			t.Fatal(err)
		}
	}
	m.open(nil)
	for range 2 {
		m.tracker.Feed(<-m.watcher.Events())
	}
	if got := m.becomes("zoom", fact.Unknown); !strings.HasPrefix(got.Why, "no permission to watch ") {
		t.Errorf("%+v", got)
	}
}

// server is a real audio server in a session of its own.
type server struct {
	dir    string
	env    []string
	source string
}

func (s *server) session() *call.Session {
	return &call.Session{UID: strconv.Itoa(os.Getuid()), Socket: filepath.Join(s.dir, "pulse", "native")}
}

// needs skips a test of real programs where one is missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("NOT RUN: %s is not installed", p)
		}
	}
}

// newServer makes the folder of a session; start runs a server in it.
func newServer(t *testing.T) *server {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return &server{dir: dir, env: append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "HOME="+dir, "PULSE_RUNTIME_PATH="+filepath.Join(dir, "pulse"))}
}

func (s *server) start(t *testing.T, argv ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = s.env
	return started(t, cmd)
}

func (s *server) startPulse(t *testing.T) (stop func()) {
	t.Helper()
	s.source = "quiet.monitor"
	stop = s.start(t, "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=yes",
		"-L", "module-null-sink sink_name=quiet", "-L", "module-native-protocol-unix socket="+filepath.Join(s.dir, "pulse", "native"))
	s.awaitSocket(t)
	return stop
}

func (s *server) awaitSocket(t *testing.T) {
	t.Helper()
	for range 100 {
		if _, err := os.Stat(filepath.Join(s.dir, "pulse", "native")); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the audio server did not start within 5 s")
}

// records starts a program that records (or plays), under a client's name.
func (s *server) records(t *testing.T, name string, args ...string) (stop func()) {
	t.Helper()
	data, err := os.ReadFile(must(exec.LookPath("pacat")))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o700); err != nil {
		t.Fatal(err)
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	cmd := exec.Command(file, args...)
	cmd.Env, cmd.Stdin = s.env, zero
	return started(t, cmd)
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestPulseAudio(t *testing.T) {
	needs(t, "pulseaudio", "pacat")
	s := newServer(t)
	m := newMachine(t, s.session()) // before there is a server
	m.becomes("zoom", fact.No)
	stop := s.startPulse(t)
	inSession(t, m, s)
	// The server ends during a call, and another one comes.
	s.records(t, "zoom", "--record", "--device="+s.source)
	m.becomes("zoom", fact.Yes)
	stop()
	m.becomes("zoom", fact.Unknown)
	s.startPulse(t)
	m.becomes("zoom", fact.No)
	s.records(t, "zoom", "--record", "--device="+s.source)
	m.becomes("zoom", fact.Yes)
}

// inSession is what must hold with every audio server.
func inSession(t *testing.T, m *machine, s *server) {
	t.Helper()
	stop := s.records(t, "zoom", "--record", "--device="+s.source)
	m.becomes("zoom", fact.Yes)
	m.becomes("slack", fact.No)
	once := call.Look(context.Background(), builtIn(t), call.Options{Root: m.root, Session: s.session()})
	if got := once.State(call.Person{Client: "zoom"}, time.Now()); got.InCall != fact.Yes {
		t.Errorf("looked at once: %+v", got)
	}
	stop()
	m.becomes("zoom", fact.No)

	s.records(t, "slack", "--playback")                                         // it only plays
	s.records(t, "parecord", "--record", "--device="+s.source)                  // no client
	stop = s.records(t, "zoom", "--playback", "--client-name=ZOOM VoiceEngine") // it listens
	m.becomes("zoom", fact.Yes)
	m.becomes("slack", fact.No)
	stop()
	m.becomes("zoom", fact.No)
}

func TestPipeWire(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT RUN: short; PulseAudio is tested")
	}
	needs(t, "pipewire", "wireplumber", "pipewire-pulse", "dbus-run-session", "pactl", "pacat")
	s := newServer(t)
	s.start(t, "pipewire")
	time.Sleep(time.Second)
	s.start(t, "dbus-run-session", "--", "wireplumber")
	s.start(t, "pipewire-pulse")
	s.awaitSocket(t)
	s.source = "quiet.monitor"
	pactl := exec.Command("pactl", "load-module", "module-null-sink", "sink_name=quiet")
	pactl.Env = s.env
	if out, err := pactl.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m := newMachine(t, s.session())
	m.becomes("zoom", fact.No)
	inSession(t, m, s)
}

// TestIdle: nothing happens, and nothing is done. The ticks are those of a
// process that does nothing else.
func TestIdle(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT RUN: takes 20 seconds")
	}
	needs(t, "pulseaudio")
	s := newServer(t)
	s.startPulse(t)
	root := t.TempDir()
	for i := range 50 {
		(&machine{t: t, root: root}).device(fmt.Sprintf("dev/video%d", i))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestIdleProcess$")
	cmd.Env = append(os.Environ(), "HUDDLEGUARD_TEST_IDLE="+root, "HUDDLEGUARD_TEST_SOCKET="+s.session().Socket)
	started(t, cmd)
	time.Sleep(3 * time.Second)
	before := ticks(t, cmd.Process.Pid)
	time.Sleep(20 * time.Second)
	after := ticks(t, cmd.Process.Pid)
	t.Logf("%d ticks in 20 s, 50 devices and an audio server watched", after-before)
	if after != before {
		t.Errorf("%d ticks", after-before)
	}
}

// TestIdleProcess is the process that TestIdle measures.
func TestIdleProcess(t *testing.T) {
	root := os.Getenv("HUDDLEGUARD_TEST_IDLE")
	if root == "" {
		t.Skip("TestIdle starts it")
	}
	w, err := call.Open(context.Background(), builtIn(t), call.Options{Root: root,
		Session: &call.Session{UID: strconv.Itoa(os.Getuid()), Socket: os.Getenv("HUDDLEGUARD_TEST_SOCKET")}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for e := range w.Events() {
		fmt.Println(e)
	}
}

// ticks are the clock ticks a process used, its own and the kernel's for it.
func ticks(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	sum := 0
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// TestElsewhere: an audio server on another computer is not asked, so that it is
// not known who records.
func TestElsewhere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	for told, want := range map[string]string{"": filepath.Join(dir, "pulse/native"), "unix:/run/other": "/run/other", "/run/other": "/run/other",
		"tcp:192.0.2.1": "", "{host}unix:/run/other": "", "/run/a tcp:b": ""} {
		t.Setenv("PULSE_SERVER", told)
		if o := call.Default(); o.Session == nil || o.Session.Socket != want {
			t.Errorf("%q: %+v, want %q", told, o.Session, want)
		}
	}
	tr := call.Look(context.Background(), builtIn(t), call.Options{Root: dir, Session: &call.Session{UID: "1000"}})
	if got := tr.State(call.Person{Client: "zoom"}, time.Now()); got.InCall != fact.Unknown {
		t.Errorf("%+v", got)
	}
}

// TestClose: closing ends the events, also in the middle of them.
func TestClose(t *testing.T) {
	m := newMachine(t, &call.Session{UID: "0", Socket: filepath.Join(t.TempDir(), "pulse", "native")})
	m.watcher.Close()
	for range m.watcher.Events() {
	}
	if !slices.Contains(m.watcher.Sources(), call.Source{Signal: "linux-stream", UID: "0"}) {
		t.Error(m.watcher.Sources())
	}
}
