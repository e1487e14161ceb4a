package macho

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"errors"
	"testing"
)

// program makes a 64-bit macOS program of one load command, the signature, and
// behind it a code directory with a team, laid out after xnu's cs_blobs.h.
func program(team string, version uint32) []byte {
	directory := make([]byte, 52)
	binary.BigEndian.PutUint32(directory, codeDirectory)
	binary.BigEndian.PutUint32(directory[8:], version)
	if team != "" {
		binary.BigEndian.PutUint32(directory[48:], 52)
		directory = append(append(directory, team...), 0)
	}
	binary.BigEndian.PutUint32(directory[4:], uint32(len(directory)))
	blob := make([]byte, 20)
	for i, v := range []uint32{superBlob, uint32(20 + len(directory)), 1, 0, 20} {
		binary.BigEndian.PutUint32(blob[4*i:], v)
	}
	blob = append(blob, directory...)
	var out bytes.Buffer
	const headerSize, commandSize = 32, 16
	for _, v := range []uint32{macho.Magic64, uint32(macho.CpuAmd64), 3, uint32(macho.TypeExec), 1, commandSize, 0, 0,
		loadSignature, commandSize, headerSize + commandSize, uint32(len(blob))} {
		_ = binary.Write(&out, binary.LittleEndian, v)
	}
	out.Write(blob)
	return out.Bytes()
}

func TestTeamID(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		team string
		err  error
	}{
		{"signed by a team", program("BJ4HAAB9B3", 0x20400), "BJ4HAAB9B3", nil},
		{"signed ad hoc", program("", 0x20400), "", ErrUnsigned},
		{"an old signature", program("BJ4HAAB9B3", 0x20100), "", ErrUnsigned},
		{"noise", []byte("no program at all"), "", ErrForm},
		{"cut", program("BJ4HAAB9B3", 0x20400)[:80], "", ErrForm},
	} {
		team, err := TeamID(bytes.NewReader(c.data))
		if team != c.team || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v", c.name, team, err)
		}
	}
}

func FuzzTeamID(f *testing.F) {
	f.Add(program("BJ4HAAB9B3", 0x20400))
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = TeamID(bytes.NewReader(data)) })
}
