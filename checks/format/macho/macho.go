// Package macho reads the team that signed a macOS program: the name in the code
// directory of its embedded signature (xnu's cs_blobs.h). The signature itself
// is not checked.
package macho

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"errors"
	"io"
)

// ErrUnsigned means that the program carries no signature with a team.
var ErrUnsigned = errors.New("carries no signature of a team")

// ErrForm means that the bytes are not a macOS program.
var ErrForm = errors.New("is not a macOS program")

// Constants of the signature's form.
const (
	loadSignature = 0x1d
	superBlob     = 0xfade0cc0
	codeDirectory = 0xfade0c02
	teamSince     = 0x20200 // the version of code directories that name a team
	maxSignature  = 16 << 20
	maxBlobs      = 64
	maxTeam       = 64
)

// TeamID is the team of a program's signature, such as "BJ4HAAB9B3". Of a
// program for several processors the first part speaks.
func TeamID(r io.ReaderAt) (team string, err error) {
	defer func() {
		if recover() != nil { // the standard library is not hardened against hostile programs
			team, err = "", ErrForm
		}
	}()
	if fat, err := macho.NewFatFile(r); err == nil {
		if len(fat.Arches) == 0 {
			return "", ErrForm
		}
		a := fat.Arches[0]
		return teamOf(a.File, io.NewSectionReader(r, int64(a.Offset), int64(a.Size)))
	}
	f, err := macho.NewFile(r)
	if err != nil {
		return "", ErrForm
	}
	return teamOf(f, r)
}

func teamOf(f *macho.File, r io.ReaderAt) (string, error) {
	for _, l := range f.Loads {
		raw := l.Raw()
		if len(raw) < 16 || f.ByteOrder.Uint32(raw) != loadSignature {
			continue
		}
		offset, size := f.ByteOrder.Uint32(raw[8:]), f.ByteOrder.Uint32(raw[12:])
		if size > maxSignature {
			return "", ErrForm
		}
		blob := make([]byte, size)
		if _, err := r.ReadAt(blob, int64(offset)); err != nil {
			return "", ErrForm
		}
		return teamIn(blob)
	}
	return "", ErrUnsigned
}

// teamIn finds the code directory among the blobs of a signature.
func teamIn(blob []byte) (string, error) {
	if len(blob) < 12 || binary.BigEndian.Uint32(blob) != superBlob {
		return "", ErrForm
	}
	count := binary.BigEndian.Uint32(blob[8:])
	if count > maxBlobs || uint64(len(blob)) < 12+uint64(count)*8 {
		return "", ErrForm
	}
	for i := range int(count) {
		at := binary.BigEndian.Uint32(blob[12+8*i+4:])
		if uint64(at)+52 > uint64(len(blob)) || binary.BigEndian.Uint32(blob[at:]) != codeDirectory {
			continue
		}
		return teamOfDirectory(blob[at:])
	}
	return "", ErrForm
}

func teamOfDirectory(d []byte) (string, error) {
	if binary.BigEndian.Uint32(d[8:]) < teamSince {
		return "", ErrUnsigned
	}
	at := binary.BigEndian.Uint32(d[48:])
	if at == 0 {
		return "", ErrUnsigned // signed ad hoc
	}
	if uint64(at) >= uint64(len(d)) {
		return "", ErrForm
	}
	name, _, ok := bytes.Cut(d[at:], []byte{0})
	if !ok || len(name) == 0 || len(name) > maxTeam {
		return "", ErrForm
	}
	return string(name), nil
}
