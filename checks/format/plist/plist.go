// Package plist reads Apple property lists, in XML and in binary form.
//
// Both are read here and not with howett.net/plist (1.0.1), which a hostile
// list can stop: 48 bytes make it ask for gigabytes, 173 bytes of shared
// arrays keep it busy for many seconds, deep XML overflows its stack, and a
// string's length is not checked against overflow. None of that can be
// recovered from. It also takes noise for a list in the old text form, which
// no program has written for many years and which is not read here.
package plist

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"
)

// Bounds of a list.
const (
	MaxSize   = 16 << 20 // bytes
	MaxDepth  = 64       // of arrays and dictionaries in one another
	MaxValues = 250_000  // shared ones counted each time they occur
)

// ErrForm means that the bytes are not a whole property list with a dictionary
// on top.
var ErrForm = errors.New("is not a property list")

// Parse reads a list whose top is a dictionary. Values are bool, int64,
// float64, string, time.Time (UTC), []byte, []any and map[string]any; an
// integer beyond int64 is the float64 nearest to it, and a keyed archiver's
// reference is the dictionary {"CF$UID": n} in both forms. Values that a binary
// list shares are shared in the result too, so nobody may write to it. A
// dictionary with the same key twice is an error.
func Parse(data []byte) (map[string]any, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("larger than %d bytes", MaxSize)
	}
	parse := parseXML
	if bytes.HasPrefix(data, []byte("bplist0")) {
		parse = parseBinary
	}
	v, err := parse(data)
	if err != nil {
		return nil, err
	}
	top, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: its top is no dictionary", ErrForm)
	}
	return top, nil
}

// malformed is ErrForm with what is wrong. It must not quote the list.
func malformed(what string) error { return fmt.Errorf("%w: %s", ErrForm, what) }

var (
	errDeep = malformed(fmt.Sprintf("nested more than %d deep", MaxDepth))
	errMany = malformed(fmt.Sprintf("holds more than %d values", MaxValues))
	errKey  = malformed("a dictionary's keys are not strings, each once")
)

// appleEpoch is when the dates of the binary form begin to count.
var appleEpoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// dateAt is the date a number of seconds after appleEpoch, within the years
// that a timestamp can be written in.
func dateAt(seconds float64) (any, error) {
	whole, part := math.Modf(seconds)
	if math.IsNaN(seconds) || math.Abs(seconds) > 1e12 {
		return nil, malformed("a date out of range")
	}
	t := time.Unix(appleEpoch+int64(whole), int64(part*1e9)).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return nil, malformed("a date out of range")
	}
	return t, nil
}

// finite refuses what no report can hold: JSON has no infinity.
func finite(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, malformed("a number that is not finite")
	}
	return f, nil
}
