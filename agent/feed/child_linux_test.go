package feed

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// confined looks at the fetching process from outside: no way to rights, none of
// root's when root asked, and nothing of the environment.
func confined(t *testing.T, pid int) {
	t.Helper()
	var status string
	for range 100 { // it confines itself at its very start
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		if status = string(data); strings.Contains(status, "NoNewPrivs:\t1") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !strings.Contains(status, "NoNewPrivs:\t1") {
		t.Error("can still gain rights")
	}
	if os.Geteuid() == 0 {
		if strings.Contains(status, "Uid:\t0\t") || !strings.Contains(status, "CapEff:\t0000000000000000") || !strings.Contains(status, "Groups:\t \n") && !strings.Contains(status, "Groups:\t\n") {
			t.Errorf("keeps root's rights:\n%s", status)
		}
	}
	if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && strings.Contains(string(env), "CANARY") {
		t.Error("is given the whole environment")
	}
}
