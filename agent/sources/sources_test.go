package sources

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"huddleguard/agent/state"
	"huddleguard/checks/policy"
)

var known = policy.Known{Clients: []string{"teams", "zoom"}, Checks: []string{"zoom/telemetry/crash-reports"}}

func whose(t *testing.T) state.Whose {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: nothing is trusted there yet")
	}
	if os.Geteuid() == 0 {
		return state.Root
	}
	return state.RootOrOwn
}

// folder is a folder with files by name.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "huddleguard")
	if err := os.MkdirAll(filepath.Join(dir, dropIns), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	dir := folder(t, map[string]string{
		"policy.yaml": "profile: strict\nmax_clients: 1\n", "policy.d/20-b.yaml": "max_clients: 3\n", "policy.d/10-a.yaml": "max_clients: 2\nmode: enforce\n",
		"policy.d/README": "not YAML: [", "policy.d/.30.yaml.swp": "a: [", "policy.d/40.yml": "mode: audit\n"})
	got, err := Load(dir, whose(t), known)
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Policy; p.Profile != policy.Strict || p.MaxClients != 3 || p.DefaultMode != policy.Enforce {
		t.Errorf("got %+v", p)
	}
	if from := got.From["max_clients"].String(); from != filepath.Join(dir, "policy.d/20-b.yaml")+":1" {
		t.Errorf("max_clients is from %s", from)
	}
	if len(got.Files) != 3 || len(got.Ignored) != 1 || !strings.HasSuffix(got.Ignored[0].File, "40.yml") {
		t.Errorf("read %v, ignored %v", got.Files, got.Ignored)
	}
	got, err = Load(filepath.Join(dir, "none"), whose(t), known)
	if err != nil || got.Files != nil || got.Ignored != nil {
		t.Errorf("where nothing is: %+v, %v", got, err)
	}
}

// TestFault: one file with a fault, and there is no new policy at all.
func TestFault(t *testing.T) {
	dir := folder(t, map[string]string{"policy.yaml": "max_clients: 1\n", "policy.d/10.yaml": "max_clients: 2\nmode: harsh\n"})
	got, err := Load(dir, whose(t), known)
	if err == nil || !strings.Contains(err.Error(), "10.yaml:2:7: ") || got.Files != nil || got.Policy.MaxClients != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	dir = folder(t, map[string]string{"policy.yaml": ""})
	if _, err := Load(dir, whose(t), known); err == nil {
		t.Error("a file that was never written whole is taken")
	}
}

// TestIgnored: what others could have written has no effect, the rest has, and
// it is said.
func TestIgnored(t *testing.T) {
	w := whose(t)
	files := map[string]string{"policy.yaml": "max_clients: 1\n", "policy.d/10.yaml": "mode: enforce\n", "policy.d/20.yaml": "profile: quiet\n"}
	for _, c := range []struct {
		name, ignored string
		change        func(dir string) error
		want          policy.Policy
	}{
		{"the main file", "policy.yaml", func(d string) error { return os.Chmod(d+"/policy.yaml", 0o666) }, policy.Policy{DefaultMode: policy.Enforce, Profile: policy.Quiet}},
		{"a drop-in", "10.yaml", func(d string) error { return os.Chmod(d+"/policy.d/10.yaml", 0o664) }, policy.Policy{MaxClients: 1, Profile: policy.Quiet}},
		{"the folder of drop-ins", "policy.d", func(d string) error { return os.Chmod(d+"/policy.d", 0o775) }, policy.Policy{MaxClients: 1}},
		{"a link to elsewhere", "open.yaml", func(d string) error {
			open := filepath.Dir(d) + "/open.yaml"
			return errors.Join(os.WriteFile(open, []byte("official_use: true\n"), 0o644), os.Chmod(open, 0o666), os.Symlink(open, d+"/policy.d/30.yaml"))
		}, policy.Policy{MaxClients: 1, DefaultMode: policy.Enforce, Profile: policy.Quiet}},
	} {
		dir := folder(t, files)
		if err := c.change(dir); err != nil {
			t.Fatal(err)
		}
		got, err := Load(dir, w, known)
		if err != nil || len(got.Ignored) != 1 || !strings.HasSuffix(got.Ignored[0].File, c.ignored) || got.Ignored[0].Why == "" {
			t.Errorf("%s: ignored %v, %v", c.name, got.Ignored, err)
		}
		p := got.Policy
		if p.MaxClients != c.want.MaxClients || p.DefaultMode != c.want.DefaultMode || p.Profile != c.want.Profile || p.OfficialUse {
			t.Errorf("%s: got %+v", c.name, p)
		}
	}
}

// TestLinkThatLeadsNowhere: a file that is named and not there is a fault,
// since what it was to say is not known.
func TestLinkThatLeadsNowhere(t *testing.T) {
	w := whose(t)
	for _, name := range []string{mainFile, dropIns + "/10.yaml"} {
		dir := folder(t, nil)
		if err := os.Symlink("gone.yaml", filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, w, known); err == nil {
			t.Errorf("%s leads nowhere and is passed over", name)
		}
	}
}

func TestFile(t *testing.T) {
	dir := folder(t, map[string]string{"mine.yaml": "mode: audit\n"})
	got, err := File(filepath.Join(dir, "mine.yaml"), known)
	if err != nil || got.Policy.DefaultMode != policy.Audit {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := File(filepath.Join(dir, "none.yaml"), known); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
