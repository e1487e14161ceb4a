package gvdb

import (
	"os"
	"reflect"
	"testing"
)

// testdata/devices was written by xdg-permission-store 1.16.0 after
// SetPermission("devices", "camera") of "yes" for us.zoom.Zoom and "no" for
// com.slack.Slack.
func table(t testing.TB) []byte {
	data, err := os.ReadFile("testdata/devices")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParsePermissions(t *testing.T) {
	got, err := ParsePermissions(table(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string][]string{"camera": {"us.zoom.Zoom": {"yes"}, "com.slack.Slack": {"no"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCutIsNoticed(t *testing.T) {
	whole := table(t)
	for n := range whole {
		if got, err := ParsePermissions(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes read as %v", n, len(whole), got)
		}
	}
}

func FuzzParsePermissions(f *testing.F) {
	f.Add(table(f))
	f.Add([]byte("GVariant"))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = ParsePermissions(data) })
}
