package mozperms

import (
	"context"
	"os"
	"reflect"
	"testing"

	"huddleguard/checks/format/sqlite"
)

// testdata/permissions.sqlite has the schema Firefox ESR 153 wrote and three
// rows put in by hand.
func TestRead(t *testing.T) {
	data, err := os.ReadFile("testdata/permissions.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got, err := Read(context.Background(), db)
	want := []Permission{{"https://meet.google.com", "camera", Allow}, {"https://meet.google.com", "microphone", Allow}, {"https://app.zoom.us", "camera", Deny}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("testdata/permissions.sqlite")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[:32768])
	f.Fuzz(func(t *testing.T, data []byte) {
		if db, err := sqlite.Open(data, nil); err == nil {
			_, _ = Read(context.Background(), db)
			db.Close()
		}
	})
}
