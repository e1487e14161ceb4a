// Package plist reads Apple property lists, in XML and in binary form.
//
// XML goes through howett.net/plist. The binary form is read here: the library
// unfolds values that are shared, so that a few hundred bytes can become
// gigabytes, and takes any noise for a list in the old text form.
package plist

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	howett "howett.net/plist"
)

// Bounds on one list.
const (
	MaxSize   = 16 << 20 // bytes
	MaxDepth  = 64
	MaxValues = 500_000 // values, shared ones counted each time
)

// ErrForm means that the bytes are not a property list with a dictionary on top.
var ErrForm = errors.New("is not a property list")

// Parse reads a list whose top is a dictionary. Values are bool, int64,
// float64, string, time.Time, []byte, []any and map[string]any.
func Parse(data []byte) (m map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil { // the library panics on some malformed lists
			m, err = nil, ErrForm
		}
	}()
	if len(data) > MaxSize {
		return nil, fmt.Errorf("is larger than %d bytes", MaxSize)
	}
	switch {
	case bytes.HasPrefix(data, []byte("bplist0")):
		return parseBinary(data)
	case looksLikeXML(data):
		return parseXML(data)
	}
	return nil, ErrForm
}

func looksLikeXML(data []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, start := range []string{"<?xml", "<!DOCTYPE plist", "<plist"} {
		if bytes.HasPrefix(head, []byte(start)) {
			return true
		}
	}
	return false
}

func parseXML(data []byte) (map[string]any, error) {
	var v any
	format, err := howett.Unmarshal(data, &v)
	if err != nil || format != howett.XMLFormat || !bytes.Contains(data, []byte("</plist>")) {
		return nil, ErrForm
	}
	n := &normaliser{}
	m, ok := n.value(v, 0).(map[string]any)
	if !ok || n.failed {
		return nil, ErrForm
	}
	return m, nil
}

// normaliser turns the library's values into ours, within the bounds.
type normaliser struct {
	values int
	failed bool
}

func (n *normaliser) value(v any, depth int) any {
	if n.values++; n.values > MaxValues || depth > MaxDepth {
		n.failed = true
		return nil
	}
	switch v := v.(type) {
	case uint64:
		return int64(v)
	case float32:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = n.value(v[i], depth+1)
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = n.value(v[k], depth+1)
		}
		return v
	case howett.UID:
		return int64(v)
	case string, bool, int64, float64, []byte, time.Time:
		return v
	}
	n.failed = true
	return nil
}
