// Package dpkg reads dpkg's database of packages, /var/lib/dpkg/status: stanzas
// of "Name: value" lines with a blank line behind each (deb822(5)). It is read
// as a stream: the file has some tens of megabytes, of which a look needs a few
// stanzas.
package dpkg

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Package is one stanza.
type Package struct {
	Name, Version, Architecture, Maintainer string
	// Status is three words: what is wanted, an error flag, and the state.
	Status string
}

// maxLine bounds one line in bytes: the longest of Debian's are dependency
// lists of some kilobytes.
const maxLine = 1 << 20

// ErrForm means that the bytes are not a database, or not a whole one.
var ErrForm = errors.New("is not a whole package database")

// Status calls each for every package that want names. A stanza without a
// name, a line that is none, and an end within a stanza are errors: what comes
// behind a cut would read as not installed. It returns how many stanzas it saw.
func Status(r io.Reader, want func(name string) bool, each func(Package) error) (int, error) {
	s := &scan{lines: bufio.NewReaderSize(r, 64<<10), want: want, each: each}
	for {
		line, err := s.line()
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			if s.open {
				return s.stanzas, fmt.Errorf("%w: it ends within a package", ErrForm)
			}
			return s.stanzas, nil
		case err != nil:
			return s.stanzas, err
		}
		if err := s.take(line); err != nil {
			return s.stanzas, err
		}
	}
}

// scan is one reading of a database.
type scan struct {
	lines   *bufio.Reader
	long    []byte
	want    func(string) bool
	each    func(Package) error
	now     Package
	open    bool // within a stanza
	wanted  bool
	stanzas int
}

// line is the next line without its end. An end of file within a line is an
// error: dpkg ends every line.
func (s *scan) line() ([]byte, error) {
	line, err := s.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		s.long = append(s.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) && len(s.long) < maxLine {
			line, err = s.lines.ReadSlice('\n')
			s.long = append(s.long, line...)
		}
		line = s.long
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("%w: a line is too long", ErrForm)
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, fmt.Errorf("%w: it ends within a line", ErrForm)
	case err != nil:
		return nil, err
	}
	return line[:len(line)-1], nil
}

var (
	fieldPackage      = []byte("Package")
	fieldStatus       = []byte("Status")
	fieldVersion      = []byte("Version")
	fieldArchitecture = []byte("Architecture")
	fieldMaintainer   = []byte("Maintainer")
)

func (s *scan) take(line []byte) error {
	if len(line) == 0 {
		return s.close()
	}
	if line[0] == ' ' || line[0] == '\t' {
		if !s.open {
			return fmt.Errorf("%w: a line continues nothing", ErrForm)
		}
		return noZero(line)
	}
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
		return fmt.Errorf("%w: a line is no field", ErrForm)
	}
	if err := noZero(line); err != nil {
		return err
	}
	s.field(name, bytes.TrimSpace(value))
	return nil
}

func noZero(line []byte) error {
	if bytes.IndexByte(line, 0) >= 0 {
		return fmt.Errorf("%w: it holds a zero byte", ErrForm)
	}
	return nil
}

// field keeps the fields of the packages that are wanted. dpkg writes the name
// first.
func (s *scan) field(name, value []byte) {
	s.open = true
	if bytes.Equal(name, fieldPackage) {
		s.now = Package{Name: string(value)}
		s.wanted = s.want(s.now.Name)
		return
	}
	if !s.wanted {
		return
	}
	for _, f := range []struct {
		name []byte
		into *string
	}{
		{fieldStatus, &s.now.Status}, {fieldVersion, &s.now.Version},
		{fieldArchitecture, &s.now.Architecture}, {fieldMaintainer, &s.now.Maintainer},
	} {
		if bytes.Equal(name, f.name) {
			*f.into = string(value)
		}
	}
}

// close ends a stanza.
func (s *scan) close() error {
	if !s.open {
		return nil
	}
	if s.now.Name == "" {
		return fmt.Errorf("%w: a package has no name", ErrForm)
	}
	s.stanzas++
	p, wanted := s.now, s.wanted
	s.now, s.open, s.wanted = Package{}, false, false
	if wanted {
		return s.each(p)
	}
	return nil
}
