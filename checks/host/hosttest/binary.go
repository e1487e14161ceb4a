package hosttest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
	"howett.net/plist"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// encode makes the bytes of a file from what the archive says.
func encode(text []byte) (data []byte, size int64, err error) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	word, args, _ := strings.Cut(string(first), " ")
	switch word {
	case "@base64":
		data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(rest)), ""))
	case "@pe":
		data, err = program(args)
	case "@sqlite":
		data, err = database(string(rest))
	case "@plist-binary":
		data, err = binaryPlist(rest)
	case "@size":
		size, err = strconv.ParseInt(args, 10, 64)
		return nil, size, err
	default:
		if marker.MatchString(word) {
			return nil, 0, fmt.Errorf("%s is no way to make a file", word)
		}
		data = text
	}
	return data, int64(len(data)), err
}

// marker is what looks like a way to make a file's bytes.
var marker = regexp.MustCompile(`^@[a-z-]+$`)

// database runs the statements in an empty database and returns its file.
func database(statements string) (data []byte, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), statements); err != nil {
		return nil, err
	}
	err = conn.Raw(func(driver any) error {
		data, err = driver.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	return data, err
}

func binaryPlist(xml []byte) ([]byte, error) {
	var value any
	if _, err := plist.Unmarshal(xml, &value); err != nil {
		return nil, err
	}
	return plist.Marshal(value, plist.BinaryFormat)
}

var assignment = regexp.MustCompile(`(\w+)="([^"]*)"`)

// program makes a Windows program of one empty section with a version resource:
// the file version, then pairs such as CompanyName="Zoom".
func program(args string) ([]byte, error) {
	number, rest, _ := strings.Cut(args, " ")
	if strings.TrimSpace(assignment.ReplaceAllString(rest, "")) != "" {
		return nil, fmt.Errorf(`want: @pe 1.2.3.4 Name="value" …`)
	}
	var info version.Info
	info.SetFileVersion(number)
	pairs := append([][]string{{"", "FileVersion", number}}, assignment.FindAllStringSubmatch(rest, -1)...)
	for _, p := range pairs {
		if err := info.Set(version.LangDefault, p[1], p[2]); err != nil {
			return nil, err
		}
	}
	var resources winres.ResourceSet
	resources.SetVersionInfo(info)
	var out seekBuffer
	err := resources.WriteToEXE(&out, bytes.NewReader(emptyProgram()), winres.WithAuthenticode(winres.RemoveSignature))
	return out.data, err
}

// seekBuffer is a file in memory, for a writer that goes back to mend a header.
type seekBuffer struct {
	data []byte
	at   int64
}

func (b *seekBuffer) Write(p []byte) (int, error) {
	if need := b.at + int64(len(p)); need > int64(len(b.data)) {
		b.data = append(b.data, make([]byte, need-int64(len(b.data)))...)
	}
	copy(b.data[b.at:], p)
	b.at += int64(len(p))
	return len(p), nil
}

func (b *seekBuffer) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += int64(len(b.data))
	}
	if offset < 0 {
		return 0, errors.New("seek before the start")
	}
	b.at = offset
	return offset, nil
}

// emptyProgram is the least Windows calls a 64-bit program: the headers of
// Microsoft's PE format, and a section with nothing but a return.
func emptyProgram() []byte {
	const alignment, section, header = 0x200, 0x1000, 240
	b := make([]byte, 2*alignment)
	le := binary.LittleEndian
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 0x40)
	copy(b[0x40:], "PE\x00\x00")
	coff := b[0x44:]
	le.PutUint16(coff[0:], 0x8664) // x64
	le.PutUint16(coff[2:], 1)      // one section
	le.PutUint16(coff[16:], header)
	le.PutUint16(coff[18:], 0x22) // executable, large addresses
	opt := coff[20:]
	le.PutUint16(opt[0:], 0x20b) // PE32+
	le.PutUint32(opt[4:], alignment)
	le.PutUint32(opt[16:], section) // entry point
	le.PutUint32(opt[20:], section) // base of code
	le.PutUint64(opt[24:], 0x140000000)
	le.PutUint32(opt[32:], section)
	le.PutUint32(opt[36:], alignment)
	le.PutUint16(opt[40:], 6)
	le.PutUint16(opt[48:], 6)
	le.PutUint32(opt[56:], 2*section) // size of the image
	le.PutUint32(opt[60:], alignment) // size of the headers
	le.PutUint16(opt[68:], 2)         // a windowed program
	le.PutUint32(opt[108:], 16)       // data directories
	text := opt[header:]
	copy(text, ".text")
	le.PutUint32(text[8:], 1)
	le.PutUint32(text[12:], section)
	le.PutUint32(text[16:], alignment)
	le.PutUint32(text[20:], alignment)
	le.PutUint32(text[36:], 0x60000020) // code, executable, readable
	b[alignment] = 0xc3
	return b
}
