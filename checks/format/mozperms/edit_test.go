package mozperms

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"reflect"
	"testing"

	"huddleguard/checks/format/sqlite"
)

var ctx = context.Background()

func database(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/permissions.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// all lists every row of every site in the test's database.
func all(t *testing.T, data []byte) map[string][]Row {
	t.Helper()
	out := map[string][]Row{}
	for _, origin := range []string{"https://meet.google.com", "https://app.zoom.us", "https://else.example"} {
		for _, kind := range []string{"camera", "microphone"} {
			rows, err := Find(ctx, data, kind, origin)
			if err != nil {
				t.Fatal(err)
			}
			if rows != nil {
				out[origin+" "+kind] = rows
			}
		}
	}
	return out
}

// row is a row as the file holds it (sqlite3 .dump).
func row(id int64, origin, kind string, permission int64) Row {
	return Row{id, map[string]any{"origin": origin, "type": kind, "permission": permission,
		"expireType": int64(0), "expireTime": int64(0), "modificationTime": int64(1790000000000)}}
}

func change(t *testing.T, data []byte, statement string, args ...any) []byte {
	t.Helper()
	out, err := sqlite.Edit(ctx, data, func(tx *sql.Tx) error { _, err := tx.Exec(statement, args...); return err })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCutAndPut(t *testing.T) {
	before := database(t)
	kept := bytes.Clone(before)
	rows, err := Find(ctx, before, "camera", "https://app.zoom.us")
	want := []Row{row(3, "https://app.zoom.us", "camera", Deny)}
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Fatalf("found %v %v", rows, err)
	}
	without, err := Cut(ctx, before, rows)
	if err != nil {
		t.Fatal(err)
	}
	left := all(t, before)
	delete(left, "https://app.zoom.us camera")
	if got := all(t, without); !reflect.DeepEqual(got, left) {
		t.Errorf("without it: %v", got)
	}
	if bytes.Contains(without, []byte("app.zoom.us")) {
		t.Error("what was taken out can still be read in the file")
	}
	back, err := Decode(Encode(rows), []int64{3})
	if err != nil || !reflect.DeepEqual(back, want) {
		t.Fatalf("read back: %v %v", back, err)
	}
	again, err := Put(ctx, without, back)
	if err != nil || !reflect.DeepEqual(all(t, again), all(t, before)) {
		t.Errorf("put back: %v %v", all(t, again), err)
	}
	if !bytes.Equal(before, kept) {
		t.Error("the bytes given were changed")
	}
	if twice, err := Cut(ctx, before, rows); err != nil || !bytes.Equal(twice, without) {
		t.Errorf("the same change gives other bytes (%v)", err)
	}
}

// TestNumberGivenOut: Firefox gave the number of the row to another one.
func TestNumberGivenOut(t *testing.T) {
	before := database(t)
	rows, _ := Find(ctx, before, "camera", "https://app.zoom.us")
	without, err := Cut(ctx, before, rows)
	if err != nil {
		t.Fatal(err)
	}
	without = change(t, without, "INSERT INTO moz_perms VALUES (3, 'https://else.example', 'camera', 1, 0, 0, 5)")
	again, err := Put(ctx, without, rows)
	if err != nil {
		t.Fatal(err)
	}
	got := all(t, again)
	if r := got["https://app.zoom.us camera"]; len(r) != 1 || r[0].ID == 3 || r[0].Permission() != Deny {
		t.Errorf("ours is %v", r)
	}
	if r := got["https://else.example camera"]; len(r) != 1 || r[0].ID != 3 {
		t.Errorf("the other is %v", r)
	}
}

// TestLogStays: whether the database has a write-ahead log is its own business.
func TestLogStays(t *testing.T) {
	before := database(t)
	before[18], before[19] = 2, 2
	rows, _ := Find(ctx, before, "camera", "https://app.zoom.us")
	without, err := Cut(ctx, before, rows)
	if err != nil || without[18] != 2 || without[19] != 2 {
		t.Errorf("it has %v (%v)", without[18:20], err)
	}
}

func TestMoved(t *testing.T) {
	before := database(t)
	for _, r := range []Row{row(3, "https://meet.google.com", "camera", Deny), row(9, "https://app.zoom.us", "camera", Deny)} {
		if _, err := Cut(ctx, before, []Row{r}); !errors.Is(err, ErrForm) {
			t.Errorf("a row that is not there: %v", err)
		}
	}
}

func TestHostile(t *testing.T) {
	before := database(t)
	rows, _ := Find(ctx, before, "camera", "https://app.zoom.us")
	armed := change(t, before, "CREATE TRIGGER x AFTER DELETE ON moz_perms BEGIN DELETE FROM moz_perms; END")
	if _, err := Cut(ctx, armed, rows); !errors.Is(err, sqlite.ErrTrigger) {
		t.Errorf("a trigger: %v", err)
	}
	view := change(t, before, "DROP TABLE moz_perms")
	view = change(t, view, "CREATE VIEW moz_perms AS SELECT 3 AS id, 'https://app.zoom.us' AS origin, 'camera' AS type, 2 AS permission")
	if _, err := Find(ctx, view, "camera", "https://app.zoom.us"); !errors.Is(err, ErrForm) {
		t.Errorf("a view: %v", err)
	}
	for what, value := range map[string]any{"bytes": []byte{1}, "a fraction": 1.5, "text that is none": "\xff"} {
		odd := change(t, before, "UPDATE moz_perms SET permission = ? WHERE id = 3", value)
		if _, err := Find(ctx, odd, "camera", "https://app.zoom.us"); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := Find(ctx, odd, "camera", "https://meet.google.com"); err != nil {
			t.Errorf("%s in another row: %v", what, err)
		}
	}
	spoiled := bytes.Clone(before)
	copy(spoiled[32768:], bytes.Repeat([]byte{0xff}, 64))
	if _, err := Cut(ctx, spoiled, rows); !errors.Is(err, sqlite.ErrForm) {
		t.Errorf("a spoiled page: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{"", "{}", `[{"a":1.5}]`, `[]`, `[{},{}]`} {
		if rows, err := Decode([]byte(text), []int64{1}); !errors.Is(err, ErrForm) {
			t.Errorf("%q: %v %v", text, rows, err)
		}
	}
}

func FuzzCut(f *testing.F) {
	data, err := os.ReadFile("testdata/permissions.sqlite")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(18), []byte{2, 2})
	f.Add(uint32(32768), []byte{13, 0, 0})
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		data := bytes.Clone(data)
		copy(data[min(int(at), len(data)):], with)
		rows, err := Find(ctx, data, "camera", "https://app.zoom.us")
		if err != nil {
			return
		}
		without, err := Cut(ctx, data, rows)
		if err != nil {
			return
		}
		if left, err := Find(ctx, without, "camera", "https://app.zoom.us"); err != nil || len(left) > 0 {
			t.Errorf("after taking it out: %v %v", left, err)
		}
	})
}
