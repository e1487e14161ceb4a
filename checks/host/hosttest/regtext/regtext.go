// Package regtext reads the text that regedit exports (.reg, "Windows Registry
// Editor Version 5.00"). Recorded hosts write their registries in it.
//
// It is for tests, whose authors must hear of every mistake: removals, values
// given twice and data that does not fit its type are errors, and errors quote
// the line.
package regtext

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The types of values, numbered as in winreg.
const (
	SZ       uint32 = 1
	ExpandSZ uint32 = 2
	Binary   uint32 = 3
	DWord    uint32 = 4
	MultiSZ  uint32 = 7
	QWord    uint32 = 11
)

// Value is one value. Data is a string for SZ and ExpandSZ, a uint64 for DWord
// and QWord, a []string for MultiSZ, and a []byte for Binary and every other type.
type Value struct {
	Type uint32
	Data any
}

const header = "Windows Registry Editor Version 5.00"

// Parse reads an export in UTF-8, or in UTF-16 little-endian with a byte order
// mark. It gives the values of each key by name; a key's path is as written,
// and its default value has the name "". A key without values is there, empty.
func Parse(data []byte) (map[string]map[string]Value, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSpace(first) != header {
		return nil, fmt.Errorf("line 1: want %q", header)
	}
	p := &parser{keys: map[string]map[string]Value{}}
	number, joined := 1, ""
	for line := range strings.Lines(rest) {
		number++
		line = joined + strings.TrimSpace(line)
		if joined = ""; isContinued(line) {
			joined = strings.TrimSuffix(line, `\`)
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", number, line, err)
		}
	}
	if joined != "" {
		return nil, fmt.Errorf("line %d: nothing follows the backslash", number)
	}
	return p.keys, nil
}

// decode makes text of the two encodings that are read.
func decode(data []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(data, []byte{0xff, 0xfe}); ok {
		return utf16Text(rest)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return "", errors.New("neither UTF-8 nor UTF-16 with a byte order mark")
	}
	return string(data), nil
}

func utf16Text(b []byte) (string, error) {
	if len(b)%2 != 0 {
		return "", errors.New("UTF-16 of an odd number of bytes")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// isContinued tells a line of hexadecimal bytes that goes on in the next one.
func isContinued(line string) bool {
	return strings.HasSuffix(line, `\`) && !strings.HasPrefix(line, ";") && strings.Contains(line, "=hex")
}

type parser struct {
	keys map[string]map[string]Value
	now  map[string]Value // the key's values, nil before the first key
}

func (p *parser) line(line string) error {
	switch {
	case line == "" || line[0] == ';':
		return nil
	case line[0] == '[':
		return p.key(line)
	case p.now == nil:
		return errors.New("a value before the first key")
	}
	name, rest, err := cutName(line)
	if err != nil {
		return err
	}
	if _, again := p.now[name]; again {
		return errors.New("the value is given twice")
	}
	p.now[name], err = parseValue(rest)
	return err
}

func (p *parser) key(line string) error {
	path, closed := strings.CutSuffix(line[1:], "]")
	switch {
	case !closed || path == "" || strings.Contains(path, `\\`) || strings.HasSuffix(path, `\`):
		return errors.New("not a whole key")
	case path[0] == '-':
		return errors.New("a key cannot be removed here")
	}
	if p.keys[path] == nil {
		p.keys[path] = map[string]Value{}
	}
	p.now = p.keys[path]
	return nil
}

// cutName takes the name and the "=" off a value's line.
func cutName(line string) (name, rest string, err error) {
	if line[0] == '@' {
		rest = line[1:]
	} else if name, rest, err = cutQuoted(line); err != nil {
		return "", "", err
	}
	rest, ok := strings.CutPrefix(rest, "=")
	if !ok {
		return "", "", errors.New(`want "name"=value or @=value`)
	}
	return name, rest, nil
}

// cutQuoted takes a quoted string off the front, with its escapes decoded.
func cutQuoted(s string) (text, rest string, err error) {
	if s == "" || s[0] != '"' {
		return "", "", errors.New("want a quoted string")
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			if i++; i == len(s) || s[i] != '\\' && s[i] != '"' {
				return "", "", errors.New(`a backslash stands only before \ and "`)
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", errors.New("a quoted string that does not end")
}

// parseValue reads what stands behind the "=".
func parseValue(s string) (Value, error) {
	if strings.HasPrefix(s, `"`) {
		text, rest, err := cutQuoted(s)
		if err == nil && rest != "" {
			err = errors.New("something stands behind the string")
		}
		return Value{SZ, text}, err
	}
	kind, data, _ := strings.Cut(s, ":")
	if kind == "dword" {
		n, err := strconv.ParseUint(data, 16, 32)
		if err != nil || len(data) != 8 {
			return Value{}, errors.New("want dword: and eight hexadecimal digits")
		}
		return Value{DWord, n}, nil
	}
	number, err := hexType(kind)
	if err != nil {
		return Value{}, err
	}
	b, err := hexBytes(data)
	if err != nil {
		return Value{}, err
	}
	return fromBytes(number, b)
}

// hexType reads "hex", which is Binary, or "hex(b)", whose b is the type.
func hexType(kind string) (uint32, error) {
	if kind == "hex" {
		return Binary, nil
	}
	digits, ok := strings.CutPrefix(kind, "hex(")
	if digits, closed := strings.CutSuffix(digits, ")"); ok && closed {
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return uint32(n), nil
		}
	}
	return 0, errors.New(`a value is "text", or begins with dword:, hex: or hex(type): and so on`)
}

func hexBytes(data string) ([]byte, error) {
	out := []byte{}
	if strings.TrimSpace(data) == "" {
		return out, nil
	}
	for pair := range strings.SplitSeq(data, ",") {
		b, err := hex.DecodeString(strings.TrimSpace(pair))
		if err != nil || len(b) != 1 {
			return nil, errors.New("want bytes of two hexadecimal digits with commas between")
		}
		out = append(out, b[0])
	}
	return out, nil
}

// fromBytes makes a value of its bytes in the registry.
func fromBytes(number uint32, b []byte) (Value, error) {
	switch number {
	case SZ, ExpandSZ:
		text, err := terminated(b)
		return Value{number, text}, err
	case MultiSZ:
		list, err := multi(b)
		return Value{number, list}, err
	case DWord:
		if len(b) != 4 {
			return Value{}, errors.New("want four bytes")
		}
		return Value{number, uint64(binary.LittleEndian.Uint32(b))}, nil
	case QWord:
		if len(b) != 8 {
			return Value{}, errors.New("want eight bytes")
		}
		return Value{number, binary.LittleEndian.Uint64(b)}, nil
	}
	return Value{number, b}, nil
}

// terminated reads UTF-16 text with its closing zero.
func terminated(b []byte) (string, error) {
	text, err := utf16Text(b)
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(text, "\x00")
	if !ok || strings.Contains(text, "\x00") {
		return "", errors.New("want UTF-16 text that ends with one zero")
	}
	return text, nil
}

// multi reads texts, each with its zero, and one more zero behind the last.
func multi(b []byte) ([]string, error) {
	text, err := utf16Text(b)
	if err != nil {
		return nil, err
	}
	list := []string{}
	for text != "\x00" {
		item, rest, found := strings.Cut(text, "\x00")
		if !found || item == "" {
			return nil, errors.New("want UTF-16 texts that end with a zero each, and a zero behind them")
		}
		list = append(list, item)
		text = rest
	}
	return list, nil
}
