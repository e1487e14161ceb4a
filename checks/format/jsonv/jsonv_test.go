package jsonv

import (
	"encoding/json"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

const document = "\ufeff" + `{"a": {"b.c": [1, -2.5, 1e3, 9223372036854775808, "x", null, true]}, "n": null,
 "twice": 1, "twice": {"in": 2}, "deep": {"x": {"y": "z"}, "other": [[], {}]}}`

func TestLookup(t *testing.T) {
	d, err := Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path []string
		want any
	}{
		{[]string{"a", "b.c"}, []any{int64(1), -2.5, 1000.0, 9223372036854775808.0, "x", nil, true}},
		{[]string{"n"}, nil},
		{[]string{"twice"}, map[string]any{"in": int64(2)}},
		{[]string{"twice", "in"}, int64(2)},
		{[]string{"deep", "x", "y"}, "z"},
	} {
		if got, ok := d.Lookup(c.path...); !ok || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q = %#v, %v; want %#v", c.path, got, ok, c.want)
		}
	}
	for _, path := range [][]string{{"z"}, {"a", "b"}, {"n", "x"}, {"deep", "x", "y", "z"}, {"a", "b.c", "0"}} {
		if got, ok := d.Lookup(path...); ok {
			t.Errorf("%q = %v, want none", path, got)
		}
	}
	if got, ok := d.Lookup(); !ok || len(got.(map[string]any)) != 4 {
		t.Errorf("the whole document is %v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"nothing", "", "not whole JSON: wrong at byte 0"},
		{"cut", `{"token": "hunter2`, "not whole JSON: wrong at byte 18"},
		{"noise", `hunter2`, "not whole JSON: wrong at byte 1"},
		{"trailing value", `{} {}`, "not whole JSON: wrong at byte 4"},
		{"trailing garbage", "{}\x00", "not whole JSON: wrong at byte 3"},
		{"trailing comma", `{"a":1,}`, "not whole JSON: wrong at byte 8"},
		{"comment", "{} // x", "not whole JSON: wrong at byte 4"},
		{"single quotes", `{'a':1}`, "not whole JSON: wrong at byte 2"},
		{"control character", "\"a\nb\"", "not whole JSON: wrong at byte 3"},
		{"number out of range", `[1e999]`, "holds a number out of range"},
		{"depth", strings.Repeat("[", 101) + strings.Repeat("]", 101), "nested more than 100 deep"},
		{"count", "[" + strings.Repeat("0,", MaxValues) + "0]", "holds more than 500000 values"},
		{"size", strings.Repeat(" ", MaxSize+1), "larger than 16777216 bytes"},
	} {
		_, err := Parse([]byte(c.data))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Parse([]byte(strings.Repeat("[", 100) + strings.Repeat("]", 100))); err != nil {
		t.Errorf("100 deep: %v", err)
	}
	if _, err := Parse([]byte(`{"a": "` + strings.Repeat("[\\\"", 200) + `"}`)); err != nil {
		t.Errorf("brackets in a string: %v", err)
	}
}

// TestChromium reads grants as Chromium 156 keeps them.
func TestChromium(t *testing.T) {
	data, err := os.ReadFile("testdata/Preferences")
	if err != nil {
		t.Fatal(err)
	}
	camera := []string{"profile", "content_settings", "exceptions", "media_stream_camera"}
	got, err := Extract(data, [][]string{camera, {"profile", "none"}})
	want := map[string]any{"profile.content_settings.exceptions.media_stream_camera": map[string]any{
		"https://app.zoom.us:443,*": map[string]any{"last_modified": "13439892968513268", "setting": int64(2)}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestExtract(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       map[string]any
	}{
		{"all", `{"a": {"b": 1, "c": [2]}, "x": "y"}`, map[string]any{"a": map[string]any{"b": int64(1), "c": []any{int64(2)}}, "a.b": int64(1), "x": "y"}},
		{"null", `{"a": {"b": null}}`, map[string]any{"a": map[string]any{"b": nil}, "a.b": nil}},
		{"nothing", `{"b": {"a": 1}, "aa": 1}`, map[string]any{}},
		{"an array", `[{"a": 1}]`, map[string]any{}},
		{"a scalar", `1`, map[string]any{}},
		{"twice, the last without", `{"x": 1, "a": {"b": 1}, "a": {}}`, map[string]any{"x": int64(1), "a": map[string]any{}}},
	} {
		got, err := Extract([]byte(c.data), [][]string{{"a", "b"}, {"a"}, {"x"}})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	if got, err := Extract([]byte(`{"p": {"q": 1}, "p": 2}`), [][]string{{"p", "q"}}); err != nil || len(got) > 0 {
		t.Errorf("a parent that is replaced: %v, %v", got, err)
	}
	half := "[" + strings.Repeat("0,", MaxValues/2) + "0]"
	if _, err := Extract([]byte(`{"a": `+half+`, "x": `+half+`}`), [][]string{{"a"}, {"x"}}); err == nil {
		t.Error("kept more values than the bound")
	}
	for _, bad := range []string{`{"a": 1} x`, `{"a": 1, "b": [}`, `{"a": 1`, ""} {
		if got, err := Extract([]byte(bad), [][]string{{"a"}}); err == nil {
			t.Errorf("%q gives %v, want an error", bad, got)
		}
	}
}

// TestExtractKeepsLittle reads a file too large to be kept as values.
func TestExtractKeepsLittle(t *testing.T) {
	data := []byte(`{"big": [` + strings.Repeat(`{"k":[1,2,3]},`, 900_000) + `0], "a": {"b": 7}}`)
	if _, err := Parse(data); err == nil {
		t.Error("parsed whole")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := Extract(data, [][]string{{"a", "b"}})
	runtime.ReadMemStats(&after)
	if err != nil || !reflect.DeepEqual(got, map[string]any{"a.b": int64(7)}) {
		t.Errorf("got %v, %v", got, err)
	}
	// The decoder's buffer grows by doubling, to more than the largest value.
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(6*len(data)) {
		t.Errorf("allocated %d bytes for %d", used, len(data))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte(`{"a":{"b":1},"a":[{"b":2}]}`))
	paths := [][]string{{"a"}, {"a", "b"}, {"a", "b", "c"}, {"n"}}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			return
		}
		if !json.Valid([]byte(strings.TrimPrefix(string(data), "\ufeff"))) {
			t.Error("took what is not JSON")
		}
		got, err := Extract(data, paths)
		if err != nil {
			t.Fatal("Extract:", err)
		}
		for _, p := range paths {
			want, there := d.Lookup(p...)
			kept, ok := got[strings.Join(p, ".")]
			if ok != there || !reflect.DeepEqual(kept, want) {
				t.Errorf("%q: Extract has %v, %v; Parse has %v, %v", p, kept, ok, want, there)
			}
		}
	})
}
