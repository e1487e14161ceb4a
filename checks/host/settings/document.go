package settings

import (
	"errors"
	"fmt"
	"io/fs"

	"huddleguard/checks/format/ini"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/format/keyfile"
	"huddleguard/checks/format/keypath"
	"huddleguard/checks/format/plist"
	"huddleguard/checks/format/strictyaml"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// document is a settings file of any format. value returns fs.ErrNotExist for
// a key that is not there.
type document interface {
	value(section, key string, fold bool) (any, error)
}

// readFile reads a settings file in its format. No error quotes what it holds.
func readFile(store string, loc look.Location) (document, error) {
	if store == "file" {
		_, err := loc.Tree.Lstat(loc.Name)
		return presence{}, err
	}
	data, err := loc.Tree.ReadFile(loc.Name, system.MaxFile)
	if err != nil {
		return nil, err
	}
	switch store {
	case "ini":
		return parsed[*ini.File](ini.Parse(data))(func(f *ini.File) document { return iniDocument{f} })
	case "keyfile":
		return parsed[*keyfile.File](keyfile.Parse(data))(func(f *keyfile.File) document { return keyDoc{f} })
	case "json":
		return parsed[jsonv.Doc](jsonv.Parse(data))(func(d jsonv.Doc) document { return jsonDocument{d} })
	case "plist":
		return parsed[map[string]any](plist.Parse(data))(func(m map[string]any) document { return mapDocument(m) })
	case "yaml":
		var m map[string]any
		_, err := strictyaml.Decode("settings", data, &m)
		return mapDocument(m), hideFault(err)
	}
	return nil, fmt.Errorf("there is no store %q", store)
}

// parsed turns a parser's answer into a document.
func parsed[T any](v T, err error) func(func(T) document) (document, error) {
	return func(wrap func(T) document) (document, error) {
		if err != nil {
			return nil, err
		}
		return wrap(v), nil
	}
}

// hideFault keeps a YAML fault's place and drops its text, which can quote the file.
func hideFault(err error) error {
	var f *strictyaml.Fault
	if errors.As(err, &f) {
		return fmt.Errorf("line %d cannot be read", f.Line)
	}
	return err
}

// presence is a file that only has to be there.
type presence struct{}

func (presence) value(string, string, bool) (any, error) { return true, nil }

type iniDocument struct{ *ini.File }

func (d iniDocument) value(section, key string, fold bool) (any, error) {
	get := d.Get
	if fold {
		get = d.GetFold
	}
	return found(get(section, key))
}

type keyDoc struct{ *keyfile.File }

func (d keyDoc) value(section, key string, _ bool) (any, error) { return found(d.Get(section, key)) }

func found(v string, ok bool) (any, error) {
	if !ok {
		return nil, fs.ErrNotExist
	}
	return v, nil
}

type jsonDocument struct{ jsonv.Doc }

func (d jsonDocument) value(_, key string, _ bool) (any, error) {
	v, ok := d.Lookup(keypath.Split(key)...)
	if !ok || v == nil {
		return nil, fs.ErrNotExist
	}
	return v, nil
}

// mapDocument is a plist or YAML file.
type mapDocument map[string]any

func (m mapDocument) value(_, key string, fold bool) (any, error) {
	v, ok := keypath.Lookup(m, keypath.Split(key), fold)
	if !ok || v == nil {
		return nil, fs.ErrNotExist
	}
	return v, nil
}

// keyDocument is a registry key.
type keyDocument struct{ system.Key }

func (d keyDocument) value(_, key string, _ bool) (any, error) { return d.Value(key) }
