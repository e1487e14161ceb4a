package edit

import (
	"fmt"
	"reflect"
	"strconv"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/keypath"
	"huddleguard/checks/format/plist"
)

// plistFiles are property lists, in XML and in binary form. In both the raw of
// an entry is an XML element.
type plistFiles struct{}

func (plistFiles) Blank() []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict/>
</plist>
`)
}

func plistEntry(at fact.At) plist.Entry {
	return plist.Entry{Path: keypath.Split(at.Key), Fold: at.Fold}
}

func (plistFiles) Find(data []byte, at fact.At) (raw []byte, value any, present bool, err error) {
	top, err := plist.Parse(data)
	if err != nil {
		return nil, nil, false, err
	}
	e := plistEntry(at)
	value, present = keypath.Lookup(top, e.Path, e.Fold)
	raw, _, err = plist.Raw(data, e)
	if err != nil {
		return nil, nil, false, unsafe(err.Error())
	}
	return raw, value, present, nil
}

func (plistFiles) Set(data []byte, at fact.At, raw []byte) ([]byte, error) {
	out, err := plist.Set(data, plistEntry(at), raw)
	if err != nil {
		return nil, unsafe(err.Error())
	}
	return out, nil
}

func (plistFiles) Cut(data []byte, at fact.At) ([]byte, error) {
	out, err := plist.Cut(data, plistEntry(at))
	if err != nil {
		return nil, unsafe(err.Error())
	}
	return out, nil
}

// same takes for one what differs in white space only: an element from an XML
// list may be put back into a binary one.
func (plistFiles) same(a, b []byte) bool {
	x, err := plist.ParseXML(a)
	if err != nil {
		return false
	}
	y, err := plist.ParseXML(b)
	return err == nil && reflect.DeepEqual(x, y)
}

// Encode keeps the kind of element a client answers yes and no with.
func (plistFiles) Encode(value any, at fact.At, like []byte) ([]byte, error) {
	if list, ok := items(value); ok {
		texts := make([]any, len(list))
		for i, item := range list {
			texts[i] = item
		}
		return encodeXML(texts)
	}
	if _, ok := value.(string); ok {
		return encodeXML(value)
	}
	was, err := plist.ParseXML(like)
	if err != nil {
		was = nil
	}
	text, quoted := was.(string)
	if n, ok := was.(int64); ok {
		text = strconv.FormatInt(n, 10)
	}
	out, err := word(value, text, at)
	if err != nil {
		return nil, err
	}
	_, isAnswer := wordsOf(text)
	if _, isBool := value.(bool); quoted && (isAnswer || !isBool) {
		return encodeXML(out)
	}
	_, isReal := was.(float64)
	return encodeXML(scalar(out, isReal))
}

// scalar is the value a word stands for, nil where none does.
func scalar(word string, isReal bool) any {
	if n, err := strconv.ParseInt(word, 10, 64); err == nil && !isReal {
		return n
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil {
		return f
	}
	if b, err := strconv.ParseBool(word); err == nil {
		return b
	}
	return nil
}

func encodeXML(v any) ([]byte, error) {
	raw, err := plist.EncodeXML(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKind, err)
	}
	return raw, nil
}
