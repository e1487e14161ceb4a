package pe

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

// The programs were made by testdata/make.sh.
func program(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestVersionInfo(t *testing.T) {
	data := program(t, "plain.exe")
	info, err := VersionInfo(bytes.NewReader(data), int64(len(data)))
	if err != nil || info.FileVersion != "5.0.2.24046" {
		t.Errorf("got %+v, %v", info, err)
	}
}

func TestSigner(t *testing.T) {
	for _, c := range []struct {
		file    string
		name    string
		matches bool
		err     error
	}{
		{"plain.exe", "", false, ErrUnsigned},
		{"signed.exe", "Test Company, Inc.", true, nil},
		{"tampered.exe", "Test Company, Inc.", false, nil},
	} {
		data := program(t, c.file)
		s, err := Signer(bytes.NewReader(data), int64(len(data)))
		if !errors.Is(err, c.err) || s.Name() != c.name || s.Matches != c.matches {
			t.Errorf("%s: got %+v, %v", c.file, s, err)
		}
	}
}

// TestCut: what is left of a cut program never has a signature that matches.
func TestCut(t *testing.T) {
	data := program(t, "signed.exe")
	for n := 0; n < len(data); n += 97 {
		if s, err := Signer(bytes.NewReader(data[:n]), int64(n)); err == nil && s.Matches {
			t.Errorf("the first %d of %d bytes match", n, len(data))
		}
	}
	if _, err := VersionInfo(bytes.NewReader(nil), 0); !errors.Is(err, ErrForm) {
		t.Errorf("nothing: %v", err)
	}
}

func FuzzProgram(f *testing.F) {
	f.Add(program(f, "plain.exe"))
	f.Add(program(f, "signed.exe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = VersionInfo(bytes.NewReader(data), int64(len(data)))
		_, _ = Signer(bytes.NewReader(data), int64(len(data)))
	})
}
