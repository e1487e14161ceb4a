package edit

import (
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/keyfile"
)

// keyFiles are GLib key files. Where a place names an item, the entry is the
// state of that item in the list at the key, as flatpak keeps them: "all",
// "!all", "home:ro".
type keyFiles struct{}

func (keyFiles) Blank() []byte { return []byte{} }

func (keyFiles) Find(data []byte, at fact.At) (raw []byte, value any, present bool, err error) {
	f, err := keyfile.Parse(data)
	if err != nil {
		return nil, nil, false, err
	}
	written, ok := f.Raw(at.Section, at.Key)
	if at.Item != "" {
		written, ok = f.Item(at.Section, at.Key, at.Item)
	}
	if !ok {
		return nil, nil, false, nil
	}
	return []byte(written), keyfile.Decode(written), true, nil
}

func (keyFiles) Set(data []byte, at fact.At, raw []byte) ([]byte, error) {
	f, err := keyfile.Parse(data)
	if err != nil {
		return nil, err
	}
	if at.Item != "" {
		return f.SetItem(at.Section, at.Key, at.Item, string(raw)), nil
	}
	return f.Set(at.Section, at.Key, string(raw)), nil
}

func (keyFiles) Cut(data []byte, at fact.At) ([]byte, error) {
	f, err := keyfile.Parse(data)
	if err != nil {
		return nil, err
	}
	if at.Item != "" {
		return f.CutItem(at.Section, at.Key, at.Item), nil
	}
	return f.Cut(at.Section, at.Key), nil
}

// Encode takes for an item its state as a word, or yes and no for allowed and
// denied; an access ending that stands there now stays.
func (keyFiles) Encode(value any, at fact.At, like []byte) ([]byte, error) {
	if allowed, ok := value.(bool); ok && at.Item != "" {
		state := strings.TrimPrefix(string(like), "!")
		if state == "" {
			state = keyfile.EncodeItem(at.Item)
		}
		if !allowed {
			state = "!" + state
		}
		return []byte(state), nil
	}
	if list, ok := items(value); ok && at.Item == "" {
		var b strings.Builder
		for _, item := range list {
			b.WriteString(keyfile.EncodeItem(item) + ";")
		}
		return []byte(b.String()), nil
	}
	text, err := word(value, keyfile.Decode(string(like)), at)
	if err != nil {
		return nil, err
	}
	if at.Item != "" {
		return []byte(keyfile.EncodeItem(text)), nil
	}
	return []byte(keyfile.Encode(text)), nil
}
