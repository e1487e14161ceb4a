package keyfile

import (
	"errors"
	"strings"
)

// maxArgs bounds the arguments of one Exec line.
const maxArgs = 1024

// ExecArgs splits the value of Exec, as Get gives it, into the program and its
// arguments. Field codes such as %U stay as they are, and "%%" too. A value
// without any argument gives none.
//
// The Desktop Entry Specification 1.5 quotes whole arguments with double
// quotes, inside which a backslash stands before ", `, $ and \. Entries in the
// field also use the shell's other ways, which GLib and KDE launch: single
// quotes, quotes inside an argument (WINEPREFIX="/home/ann/x y"), and a
// backslash before any character outside quotes. Those are read as they run.
func ExecArgs(value string) ([]string, error) {
	s := splitter{rest: value}
	var args []string
	for s.next() {
		if len(args) == maxArgs {
			return nil, errors.New("command line has too many arguments")
		}
		arg, err := s.argument()
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return args, nil
}

// splitter takes arguments off the front of a command line.
type splitter struct {
	rest string
	arg  strings.Builder
}

const blanks = " \t\r\n"

// next goes to the next argument and tells whether there is one.
func (s *splitter) next() bool {
	s.rest = strings.TrimLeft(s.rest, blanks)
	return s.rest != ""
}

func (s *splitter) argument() (string, error) {
	s.arg.Reset()
	for s.rest != "" && !strings.ContainsRune(blanks, rune(s.rest[0])) {
		c := s.rest[0]
		s.rest = s.rest[1:]
		var err error
		switch c {
		case '"':
			err = s.doubleQuoted()
		case '\'':
			err = s.singleQuoted()
		case '\\':
			err = s.escaped("")
		default:
			s.arg.WriteByte(c)
		}
		if err != nil {
			return "", err
		}
	}
	return s.arg.String(), nil
}

var errQuote = errors.New("command line has a quote that does not end")

func (s *splitter) doubleQuoted() error {
	for s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch c {
		case '"':
			return nil
		case '\\':
			if err := s.escaped("\"`$\\"); err != nil {
				return errQuote
			}
		default:
			s.arg.WriteByte(c)
		}
	}
	return errQuote
}

func (s *splitter) singleQuoted() error {
	text, rest, found := strings.Cut(s.rest, "'")
	if !found {
		return errQuote
	}
	s.arg.WriteString(text)
	s.rest = rest
	return nil
}

// escaped takes the character behind a backslash. Where special is given, a
// backslash before any other character is itself.
func (s *splitter) escaped(special string) error {
	if s.rest == "" {
		return errors.New("command line ends with a backslash")
	}
	if special != "" && strings.IndexByte(special, s.rest[0]) < 0 {
		s.arg.WriteByte('\\')
	}
	s.arg.WriteByte(s.rest[0])
	s.rest = s.rest[1:]
	return nil
}
