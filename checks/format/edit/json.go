package edit

import (
	"bytes"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/format/keypath"
)

// jsonFiles are JSON documents with an object on top.
type jsonFiles struct{}

func (jsonFiles) Blank() []byte { return []byte("{}\n") }

func (jsonFiles) Find(data []byte, at fact.At) (raw []byte, value any, present bool, err error) {
	d, err := jsonv.Parse(data)
	if err != nil {
		return nil, nil, false, err
	}
	t, err := jsonv.ParseText(data)
	if err != nil {
		return nil, nil, false, err
	}
	path := keypath.Split(at.Key)
	written, ok := t.Raw(path...)
	value, _ = d.Lookup(path...)
	if !ok {
		return nil, nil, false, nil
	}
	return bytes.Clone(written), value, value != nil, nil
}

func (jsonFiles) Set(data []byte, at fact.At, raw []byte) ([]byte, error) {
	t, err := jsonv.ParseText(data)
	if err != nil {
		return nil, err
	}
	out, err := t.Set(raw, keypath.Split(at.Key)...)
	if err != nil {
		return nil, unsafe(err.Error())
	}
	return out, nil
}

func (jsonFiles) Cut(data []byte, at fact.At) ([]byte, error) {
	t, err := jsonv.ParseText(data)
	if err != nil {
		return nil, err
	}
	return t.Cut(keypath.Split(at.Key)...), nil
}

// Encode keeps the quotes of a client that writes numbers, or yes and no, as
// text.
func (jsonFiles) Encode(value any, at fact.At, like []byte) ([]byte, error) {
	if list, ok := items(value); ok {
		quoted := make([]string, len(list))
		for i, item := range list {
			quoted[i] = jsonv.EncodeText(item)
		}
		return []byte("[" + strings.Join(quoted, ", ") + "]"), nil
	}
	if text, ok := value.(string); ok {
		return []byte(jsonv.EncodeText(text)), nil
	}
	now, _ := jsonv.Parse(like)
	was, _ := now.Lookup()
	text, quoted := was.(string)
	if !quoted {
		text = string(like)
	}
	out, err := word(value, text, at)
	if err != nil {
		return nil, err
	}
	if _, isAnswer := wordsOf(text); quoted && (isAnswer || out != "true" && out != "false") {
		out = jsonv.EncodeText(out)
	}
	return []byte(out), nil
}
