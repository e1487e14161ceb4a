package edit

import (
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/ini"
)

// iniFiles are plain INI files and QSettings.
type iniFiles struct{}

func (iniFiles) Blank() []byte { return []byte{} }

func iniPlace(at fact.At) ini.Place {
	return ini.Place{Section: at.Section, Key: at.Key, Fold: at.Fold}
}

func (iniFiles) Find(data []byte, at fact.At) (raw []byte, value any, present bool, err error) {
	f, err := ini.Parse(data)
	if err != nil {
		return nil, nil, false, err
	}
	written, ok := f.Raw(iniPlace(at))
	if !ok {
		return nil, nil, false, nil
	}
	return []byte(written), ini.Decode(written), true, nil
}

func (iniFiles) Set(data []byte, at fact.At, raw []byte) ([]byte, error) {
	f, err := ini.Parse(data)
	if err != nil {
		return nil, err
	}
	return f.Set(iniPlace(at), string(raw)), nil
}

func (iniFiles) Cut(data []byte, at fact.At) ([]byte, error) {
	f, err := ini.Parse(data)
	if err != nil {
		return nil, err
	}
	return f.Cut(iniPlace(at)), nil
}

// Encode joins a list with spaces, as a catalogue's lists are read.
func (iniFiles) Encode(value any, at fact.At, like []byte) ([]byte, error) {
	if list, ok := items(value); ok {
		text := strings.Join(list, " ")
		if len(strings.Fields(text)) != len(list) {
			return nil, errKind
		}
		value = text
	}
	text, err := word(value, ini.Decode(string(like)), at)
	if err != nil {
		return nil, err
	}
	raw, err := ini.Encode(text, string(like))
	return []byte(raw), err
}
