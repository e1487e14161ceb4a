package pulse

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"reflect"
	"testing"
)

// record is one recording stream as PulseAudio describes it, put together by
// hand after source_output_fill_tagstruct of PulseAudio 16.1.
func record(number uint32, paused byte, props map[string]string) []byte {
	var w writer
	w.number(number)
	w.WriteString("tRecord Stream\x00") // the stream's own name
	w.number(0xFFFFFFFF)
	w.number(7)
	w.number(1)
	w.WriteString("a\x03\x01\x00\x00\xac\x44")
	w.WriteString("m\x01\x00")
	w.WriteString("U\x00\x00\x00\x00\x00\x00\x00\x00")
	w.WriteString("U\x00\x00\x00\x00\x00\x00\x00\x00")
	w.WriteString("tspeex-float-1\x00")
	w.WriteString("N")
	w.WriteString("P")
	for _, name := range []string{"application.name", "application.process.binary", "application.process.id", "media.name"} {
		if v, ok := props[name]; ok {
			w.WriteString("t" + name + "\x00")
			w.number(uint32(len(v) + 1))
			w.arbitrary([]byte(v + "\x00"))
		}
	}
	w.WriteString("N")
	w.WriteByte(paused)
	w.WriteString("v\x01\x00\x01\x00\x00")
	w.WriteString("011")
	w.WriteString("fB\x01PN")
	return w.Bytes()
}

func TestStreams(t *testing.T) {
	data := append(record(3, '0', map[string]string{"application.name": "ZOOM VoiceEngine", "application.process.binary": "zoom",
		"application.process.id": "4242", "media.name": "a title nobody else should see"}),
		record(4, '1', map[string]string{"application.name": "Chromium input"})...)
	got, err := streams(data, true)
	if err != nil {
		t.Fatal(err)
	}
	want := []Stream{{Number: 3, Records: true, Program: "zoom", Name: "ZOOM VoiceEngine", PID: 4242},
		{Number: 4, Records: true, Paused: true, Name: "Chromium input"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestHostileStreams(t *testing.T) {
	good := record(3, '0', map[string]string{"application.name": "x"})
	for i := 1; i < len(good); i++ { // cut anywhere
		if _, err := streams(good[:i], true); err == nil {
			t.Errorf("cut at %d: no error", i)
		}
	}
	for _, bad := range []string{"L", "x\xff\xff\xff\xff", "?", "P?", "Ptname\x00L\x00\x00\x00\x01x\xff\xff\xff\xff", "tunending"} {
		if _, err := streams([]byte(bad), true); !errors.Is(err, errForm) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestHostileServer: whatever answers at the socket, a call ends with an error.
func TestHostileServer(t *testing.T) {
	for name, answer := range map[string]string{
		"hangs up": "", "noise": "\x00\x01\x02\x03 this is no audio server at all, is it?",
		"4 GB":   "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"denies": "\x00\x00\x00\x0f\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00L\x00\x00\x00\x00L\x00\x00\x00\x01L\x00\x00\x00\x01",
		"is old": "\x00\x00\x00\x0f\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00L\x00\x00\x00\x02L\x00\x00\x00\x01L\x00\x00\x00\x0c",
	} {
		t.Run(name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "native")
			l, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				if c, err := l.Accept(); err == nil {
					c.Write([]byte(answer))
					c.Close()
				}
			}()
			if s, err := Dial(context.Background(), socket); err == nil {
				s.Close()
				t.Error("no error")
			} else if name == "denies" && err != Error(1) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzStreams(f *testing.F) {
	f.Add(record(3, '0', map[string]string{"application.name": "x", "application.process.id": "7"}), true)
	f.Add([]byte("Ptname\x00L\x00\x00\x00\x01x\x00\x00\x00\x00N"), false)
	f.Fuzz(func(t *testing.T, data []byte, records bool) {
		if all, err := streams(data, records); err == nil && len(all)*recordLength > len(data) {
			t.Errorf("%d streams from %d bytes", len(all), len(data))
		}
	})
}
