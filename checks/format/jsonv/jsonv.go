// Package jsonv looks values up in JSON files by path, strictly: the whole
// document must be one well-formed value with nothing behind it. It also changes
// one member of a document and leaves every other byte as it is.
//
// Values are nil, bool, int64, float64, string, []any and map[string]any. A
// number is an int64 where it is written as an integer and fits, and else a
// float64. Of a member that occurs again the last counts, as in the clients.
package jsonv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a document. Chromium's Preferences, the largest file read, has
// some megabytes and a hundred thousand values.
const (
	MaxSize   = 16 << 20 // bytes
	MaxDepth  = 100      // of arrays and objects in one another
	MaxValues = 500_000  // that are kept
)

// Doc is a parsed document.
type Doc struct{ root any }

// Parse reads a whole document. A UTF-8 byte order mark is passed over.
func Parse(data []byte) (Doc, error) {
	data, err := check(data)
	if err != nil {
		return Doc{}, err
	}
	root, _, err := decode(data, MaxValues)
	return Doc{root}, err
}

// Lookup is the value at a path of member names; an empty path is the whole
// document. A value that is null is found, and is nil.
func (d Doc) Lookup(path ...string) (any, bool) {
	v := d.root
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// check bounds a document and sees that all of it is well-formed.
func check(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(data) > MaxSize {
		return nil, fmt.Errorf("larger than %d bytes", MaxSize)
	}
	if depth, _ := measure(data); depth > MaxDepth {
		return nil, fmt.Errorf("nested more than %d deep", MaxDepth)
	}
	err := json.Unmarshal(data, &passed{})
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax): // its own text quotes the file
		return nil, fmt.Errorf("not whole JSON: wrong at byte %d", syntax.Offset)
	case err != nil:
		return nil, errors.New("not JSON")
	}
	return data, nil
}

// passed takes any value and keeps nothing of it.
type passed struct{}

func (*passed) UnmarshalJSON([]byte) error { return nil }

// measure gives the greatest depth and an upper bound for the number of
// values, without taking anything apart.
func measure(data []byte) (depth, values int) {
	level, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString:
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			level++
			values++
			depth = max(depth, level)
		case c == ']' || c == '}':
			level--
		case c == ',':
			values++
		}
	}
	return depth, values + 1
}

// decode makes the values of a checked document, at most limit.
func decode(data []byte, limit int) (v any, values int, err error) {
	if _, values = measure(data); values > limit {
		return nil, 0, fmt.Errorf("holds more than %d values", MaxValues)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, 0, errors.New("not JSON")
	}
	v, err = numbers(v)
	return v, values, err
}

// numbers turns the numbers within a value into int64 or float64.
func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return number(string(v))
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = numbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func number(s string) (any, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, errors.New("holds a number out of range")
	}
	return f, nil
}

// Extract is Parse for big files: it reads the whole document but keeps only
// the values at the given paths, each under its path joined with ".". A path
// that is not there is not in the result.
func Extract(data []byte, paths [][]string) (map[string]any, error) {
	data, err := check(data)
	if err != nil {
		return nil, err
	}
	x := extractor{dec: json.NewDecoder(bytes.NewReader(data)), left: MaxValues, kept: map[string]any{}}
	if err := x.value(nil, paths); err != nil {
		return nil, err
	}
	if _, err := x.dec.Token(); err != io.EOF {
		return nil, errors.New("not JSON: goes on behind its value")
	}
	return x.kept, nil
}

// extractor walks a checked document.
type extractor struct {
	dec  *json.Decoder
	left int // values that may still be kept
	kept map[string]any
}

// value reads the value at the path at; wanted are the paths that begin so.
func (x *extractor) value(at []string, wanted [][]string) error {
	if len(wanted) == 0 {
		return x.dec.Decode(&passed{})
	}
	for _, p := range wanted { // found before, in a member that occurs again
		delete(x.kept, strings.Join(p, "."))
	}
	deeper := slices.DeleteFunc(slices.Clone(wanted), func(p []string) bool { return len(p) == len(at) })
	if len(deeper) < len(wanted) {
		return x.keep(at, deeper)
	}
	return x.object(at, deeper)
}

// keep keeps a value, and from it what deeper paths want.
func (x *extractor) keep(at []string, deeper [][]string) error {
	var raw json.RawMessage
	if err := x.dec.Decode(&raw); err != nil {
		return err
	}
	v, n, err := decode(raw, x.left)
	if err != nil {
		return err
	}
	x.left -= n
	x.kept[strings.Join(at, ".")] = v
	for _, p := range deeper {
		if v, ok := (Doc{v}).Lookup(p[len(at):]...); ok {
			x.kept[strings.Join(p, ".")] = v
		}
	}
	return nil
}

// object goes through a value's members, if it has any.
func (x *extractor) object(at []string, wanted [][]string) error {
	start, err := x.dec.Token()
	if err != nil {
		return err
	}
	for start == json.Delim('{') && x.dec.More() {
		name, err := x.dec.Token()
		if err != nil {
			return err
		}
		here := append(slices.Clone(at), name.(string))
		if err := x.value(here, startingWith(wanted, here)); err != nil {
			return err
		}
	}
	for start == json.Delim('[') && x.dec.More() {
		if err := x.dec.Decode(&passed{}); err != nil {
			return err
		}
	}
	if _, opened := start.(json.Delim); opened {
		_, err = x.dec.Token()
	}
	return err
}

// startingWith are the paths whose part at the end of here is the same; their
// beginnings are already known to be.
func startingWith(paths [][]string, here []string) [][]string {
	var out [][]string
	for _, p := range paths {
		if len(p) >= len(here) && p[len(here)-1] == here[len(here)-1] {
			out = append(out, p)
		}
	}
	return out
}
