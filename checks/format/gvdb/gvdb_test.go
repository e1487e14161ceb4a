package gvdb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// devices was written by xdg-permission-store 1.16.0 after
// SetPermission("devices", "camera") of "yes" for us.zoom.Zoom and "no" for
// com.slack.Slack.
func devices(t testing.TB) []byte {
	data, err := os.ReadFile("testdata/devices")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParsePermissions(t *testing.T) {
	want := map[string]map[string][]string{"camera": {"us.zoom.Zoom": {"yes"}, "com.slack.Slack": {"no"}}}
	data := devices(t)
	if got, err := ParsePermissions(data); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	copy(data, "raVGtnai") // as a machine of the other byte order writes it
	if got, err := ParsePermissions(data); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("other byte order: got %v, %v; want %v", got, err, want)
	}
}

func TestCutIsNoticed(t *testing.T) {
	whole := devices(t)
	for n := range whole {
		if got, err := ParsePermissions(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes read as %v", n, len(whole), got)
		}
	}
}

// serialised puts the parts of a GVariant container one behind the other, and
// behind them the ends of the given ones, in offsets as wide as the whole needs.
func serialised(parts [][]byte, ends []int) []byte {
	body := bytes.Join(parts, nil)
	for _, size := range []int{1, 2, 4} {
		if whole := len(body) + size*len(ends); whole < 1<<(8*size) {
			for _, end := range ends {
				for i := range size {
					body = append(body, byte(end>>(8*i)))
				}
			}
			break
		}
	}
	return body
}

func array(items ...[]byte) []byte {
	var ends []int
	end := 0
	for _, item := range items {
		end += len(item)
		ends = append(ends, end)
	}
	return serialised(items, ends)
}

func both(first, second []byte) []byte { return serialised([][]byte{first, second}, []int{len(first)}) }

// value is a permission table's value: no data, and applications with words.
func value(apps ...[2]string) []byte {
	var entries [][]byte
	for _, a := range apps {
		var words [][]byte
		for w := range strings.FieldsSeq(a[1]) {
			words = append(words, []byte(w+"\x00"))
		}
		entries = append(entries, both([]byte(a[0]+"\x00"), array(words...)))
	}
	body := both([]byte("\x00\x00y"), array(entries...))
	return append(body, "\x00(va{sas})"...)
}

// row is an entry of a hash table. Without a value it has the one before it.
type row struct {
	name  string
	kind  byte
	value []byte
}

// table makes a file whose root holds the table "main" and, empty, "apps".
func table(main ...row) []byte {
	f := append([]byte("GVariant"), make([]byte, 16)...)
	hash := func(rows []row) []byte {
		t := []byte{0, 0, 0, 0x28, 0, 0, 0, 0}
		start, end := 0, 0
		for _, r := range rows {
			at := len(f)
			f = append(f, r.name...)
			if r.value != nil {
				start, end = len(f), len(f)+len(r.value)
				f = append(f, r.value...)
			}
			t = binary.LittleEndian.AppendUint32(t, 0)
			t = binary.LittleEndian.AppendUint32(t, 1<<32-1)
			t = binary.LittleEndian.AppendUint32(t, uint32(at))
			t = binary.LittleEndian.AppendUint16(t, uint16(len(r.name)))
			t = append(t, r.kind, 0)
			t = binary.LittleEndian.AppendUint32(t, uint32(start))
			t = binary.LittleEndian.AppendUint32(t, uint32(end))
		}
		return t
	}
	root := hash([]row{{"apps", 'H', hash(nil)}, {"main", 'H', hash(main)}})
	binary.LittleEndian.PutUint32(f[16:], uint32(len(f)))
	f = append(f, root...)
	binary.LittleEndian.PutUint32(f[20:], uint32(len(f)))
	return f
}

func TestForms(t *testing.T) {
	var many [][2]string
	wantMany := map[string][]string{}
	for i := range 5000 { // more than 64 KiB: offsets of four bytes
		app := fmt.Sprintf("org.example.Application%d", i)
		many = append(many, [2]string{app, "yes"})
		wantMany[app] = []string{"yes"}
	}
	for _, c := range []struct {
		name string
		data []byte
		want map[string]map[string][]string
	}{
		{"empty", table(), map[string]map[string][]string{}},
		{"no application", table(row{"camera", 'v', value()}), map[string]map[string][]string{"camera": {}}},
		{"no words", table(row{"camera", 'v', value([2]string{"a", ""})}), map[string]map[string][]string{"camera": {"a": {}}}},
		{"outside a sandbox", table(row{"camera", 'v', value([2]string{"", "yes"})}), map[string]map[string][]string{"camera": {"": {"yes"}}}},
		{"two ids, several words", table(row{"x", 'v', value([2]string{"a", "read write"})}, row{"y", 'v', value([2]string{"a", "ask"}, [2]string{"b", "no"})}),
			map[string]map[string][]string{"x": {"a": {"read", "write"}}, "y": {"a": {"ask"}, "b": {"no"}}}},
		{"the most in one byte", table(row{"camera", 'v', value([2]string{strings.Repeat("a", 200), "yes"})}),
			map[string]map[string][]string{"camera": {strings.Repeat("a", 200): {"yes"}}}},
		{"wide offsets", table(row{"camera", 'v', value([2]string{strings.Repeat("a", 300), "yes"}, [2]string{"b", "no"})}),
			map[string]map[string][]string{"camera": {strings.Repeat("a", 300): {"yes"}, "b": {"no"}}}},
		{"wider offsets", table(row{"camera", 'v', value(many...)}), map[string]map[string][]string{"camera": wantMany}},
	} {
		if got, err := ParsePermissions(c.data); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %.200v, %v; want %.200v", c.name, got, err, c.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	good := value([2]string{"a", "yes"})
	change := func(at int, b byte) []byte {
		data := devices(t)
		data[at] = b
		return data
	}
	app := both([]byte("a\x00"), array([]byte("yes\x00")))
	backwards := both([]byte("\x00\x00y"), serialised([][]byte{app, app, app}, []int{2 * len(app), len(app), 3 * len(app)}))
	backwards = append(backwards, "\x00(va{sas})"...)
	// An honest file's values do not lie over each other: with those that do, a
	// small file could make far more than it holds.
	overlapping := []row{{"first", 'v', value([2]string{strings.Repeat("a", 1<<16), "yes"})}}
	for i := range 1000 {
		overlapping = append(overlapping, row{fmt.Sprint(i), 'v', nil})
	}
	for name, data := range map[string][]byte{
		"nothing":           nil,
		"noise":             bytes.Repeat([]byte("hunter2 "), 100),
		"no main":           bytes.Replace(table(), []byte("main"), []byte("mine"), 1),
		"main is a value":   change(0x28+14, 'v'),
		"a parent":          change(0x2c, 0),
		"another type":      table(row{"x", 'v', bytes.Replace(good, []byte("(va{sas})"), []byte("(va{sau})"), 1)}),
		"no type":           table(row{"x", 'v', []byte("x")}),
		"not a value":       table(row{"x", 'H', good}),
		"the same id":       table(row{"x", 'v', good}, row{"x", 'v', good}),
		"the same app":      table(row{"x", 'v', value([2]string{"a", "yes"}, [2]string{"a", "no"})}),
		"word without zero": table(row{"x", 'v', bytes.Replace(good, []byte("yes\x00"), []byte("yess"), 1)}),
		"offset outside":    change(0xb5, 0xff),
		"entry outside":     change(0xb3, 0x29),
		"offsets backwards": table(row{"x", 'v', backwards}),
		"overlapping":       table(overlapping...),
		"too many buckets":  change(0x1c, 0xff),
		"too large":         append([]byte("GVariant"), make([]byte, MaxSize)...),
	} {
		if got, err := ParsePermissions(data); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

func FuzzParsePermissions(f *testing.F) {
	f.Add(devices(f))
	f.Add(table(row{"x", 'v', value([2]string{"a", "read write"})}, row{"y", 'v', value()}))
	f.Add([]byte("GVariant"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParsePermissions(data)
		if (got == nil) != (err != nil) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
