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

// Package is one stanza. A field it does not have is empty.
type Package struct {
	Name, Version, Architecture string
	// Status is three words: what is wanted (install, hold, deinstall, purge),
	// an error flag (ok), and the state (installed, config-files, ...).
	Status     string
	Maintainer string
	Origin     string
	Section    string
}

// maxLine bounds one line in bytes. The longest of Debian's, what a package of
// many libraries provides, have some tens of kilobytes.
const maxLine = 1 << 20

// ErrForm means that the bytes are not a database, or not a whole one.
var ErrForm = errors.New("is not a whole package database")

// Status calls each for every package whose name want takes, and returns how
// many stanzas it saw; an error from each ends it. An empty database is no
// error, but no Debian has one: whoever calls decides what no stanza means.
//
// A stanza without a name or with two, a line that is no field, a NUL byte, and
// an end within a line or a stanza (dpkg puts a blank line behind the last one
// too) are errors with the number of the line: what stands behind a cut would
// read as not installed.
func Status(r io.Reader, want func(name string) bool, each func(Package) error) (stanzas int, err error) {
	s := &scan{lines: bufio.NewReaderSize(r, 64<<10)}
	for {
		line, err := s.next()
		switch {
		case err == io.EOF && s.open:
			return s.stanzas, s.malformed("it ends within a package")
		case err == io.EOF:
			return s.stanzas, nil
		case err != nil:
			return s.stanzas, err
		case len(line) > 0:
			err = s.take(line)
		case s.open:
			err = s.close(want, each)
		}
		if err != nil {
			return s.stanzas, err
		}
	}
}

// scan is one reading of a database.
type scan struct {
	lines   *bufio.Reader
	long    []byte // a line longer than the reader's buffer
	number  int    // of the line last read
	stanzas int
	open    bool // within a stanza
	fields  [len(fieldNames)][]byte
	has     [len(fieldNames)]bool
}

// fieldNames are the fields that are kept, in the order of Package.
var fieldNames = [...]string{"Package", "Version", "Architecture", "Status", "Maintainer", "Origin", "Section"}

// next is the next line without its end, io.EOF behind the last.
func (s *scan) next() ([]byte, error) {
	s.number++
	line, err := s.lines.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		s.long = s.long[:0]
		for err == bufio.ErrBufferFull && len(s.long) < maxLine {
			s.long = append(s.long, line...)
			line, err = s.lines.ReadSlice('\n')
		}
		s.long = append(s.long, line...)
		line = s.long
	}
	switch {
	case err == bufio.ErrBufferFull:
		return nil, s.malformed("it is too long")
	case err == io.EOF && len(line) > 0:
		return nil, s.malformed("the file ends within it")
	case err != nil:
		return nil, err
	case bytes.IndexByte(line, 0) >= 0:
		return nil, s.malformed("it holds a NUL byte")
	}
	return line[:len(line)-1], nil
}

// malformed is ErrForm at the line last read. It must not quote the line.
func (s *scan) malformed(what string) error {
	return fmt.Errorf("%w: line %d: %s", ErrForm, s.number, what)
}

// take reads a line that is not blank: a field, or more of the one before.
func (s *scan) take(line []byte) error {
	if line[0] == ' ' || line[0] == '\t' {
		if !s.open || len(bytes.TrimSpace(line)) == 0 {
			return s.malformed("it continues nothing")
		}
		return nil // of the fields that are kept, none has more than one line
	}
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
		return s.malformed("it is no field")
	}
	s.open = true
	for i, wanted := range fieldNames {
		if len(name) != len(wanted) || !bytes.EqualFold(name, []byte(wanted)) {
			continue
		}
		if s.has[i] {
			return s.malformed("a package has a field twice")
		}
		s.has[i] = true
		s.fields[i] = append(s.fields[i][:0], bytes.TrimSpace(value)...)
	}
	return nil
}

// close ends a stanza.
func (s *scan) close(want func(string) bool, each func(Package) error) error {
	var f [len(fieldNames)]string
	for i := range f {
		if !s.has[i] {
			s.fields[i] = s.fields[i][:0]
		}
	}
	s.open, s.has = false, [len(fieldNames)]bool{}
	name := string(s.fields[0])
	if name == "" {
		return s.malformed("the package that ends here has no name")
	}
	s.stanzas++
	if !want(name) {
		return nil
	}
	for i := range f {
		f[i] = string(s.fields[i])
	}
	return each(Package{f[0], f[1], f[2], f[3], f[4], f[5], f[6]})
}
