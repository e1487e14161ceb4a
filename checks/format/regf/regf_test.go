package regf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// testdata/software.hive was written by hivexregedit from software.reg
// (testdata/make.sh).
func hive(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/software.hive")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func open(t testing.TB) *Hive {
	t.Helper()
	h, err := Open(hive(t))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestValues(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		key, name string
		want      any
	}{
		{`microsoft\windows\CURRENTVERSION\uninstall\{aaaa-1}`, "displayname", "Zoom Workplace (64-bit)"},
		{`Microsoft\Windows\CurrentVersion\Uninstall\{AAAA-1}`, "EstimatedSize", uint64(0x12345)},
		{`Policies\Zoom\Zoom Meetings\General`, "EnableClientAutoUpdate", uint64(0)},
		{`Test`, "", "default"},
		{`Test`, "q", uint64(0x0807060504030201)},
		{`Test`, "bin", []byte{1, 2, 3}},
		{`Many\key0059`, "n", uint64(59)},
		{`Big`, "text", strings.Repeat("A", 10000)},
	} {
		k, err := h.Key(c.key)
		if err != nil {
			t.Errorf("%s: %v", c.key, err)
			continue
		}
		v, err := k.Value(c.name)
		if err != nil || !reflect.DeepEqual(v.Any(), c.want) {
			t.Errorf("%s %s: got %.40v, %v", c.key, c.name, v.Any(), err)
		}
	}
}

func TestSubkeys(t *testing.T) {
	k, err := open(t).Key("Many")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := k.Subkeys()
	if err != nil || len(keys) != 60 || keys[0].Name != "key0000" {
		t.Errorf("got %d keys, %v", len(keys), err)
	}
}

func TestNotThere(t *testing.T) {
	h := open(t)
	if _, err := h.Key(`Test\nothing`); !errors.Is(err, ErrNotFound) {
		t.Errorf("key: %v", err)
	}
	k, _ := h.Key("Test")
	if _, err := k.Value("nothing"); !errors.Is(err, ErrNotFound) {
		t.Errorf("value: %v", err)
	}
}

func TestBroken(t *testing.T) {
	whole := hive(t)
	for n := 0; n < len(whole); n += 509 {
		if _, err := Open(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes open", n, len(whole))
		}
	}
	flipped := bytes.Clone(whole)
	flipped[40] ^= 1
	if _, err := Open(flipped); !errors.Is(err, ErrForm) {
		t.Errorf("a header that does not add up: %v", err)
	}
}

func TestDirty(t *testing.T) {
	data := bytes.Clone(hive(t))
	binary.LittleEndian.PutUint32(data[4:], 99)
	binary.LittleEndian.PutUint32(data[508:], sum(data[:508]))
	h, err := Open(data)
	if err != nil || !h.Dirty {
		t.Errorf("got %+v, %v", h != nil && h.Dirty, err)
	}
}

// FuzzHive spoils bytes behind the header, whose checksum would hide the rest.
func FuzzHive(f *testing.F) {
	whole := hive(f)
	f.Add(uint32(4096+32), []byte{0xff, 0xff})
	f.Add(uint32(4096+36), []byte("lf\xff\xff"))
	f.Add(uint32(4200), bytes.Repeat([]byte{0x20}, 16))
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		data := bytes.Clone(whole)
		copy(data[min(int(at), len(data)):], with)
		h, err := Open(data)
		if err != nil {
			return
		}
		for _, path := range []string{"", "Test", "Many", "Big", `Microsoft\Windows\CurrentVersion\Uninstall`} {
			k, err := h.Key(path)
			if err != nil {
				continue
			}
			_, _ = k.Subkeys()
			values, _ := k.Values()
			for _, v := range values {
				v.Any()
			}
		}
	})
}
