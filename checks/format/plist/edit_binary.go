package plist

import (
	"bytes"
	"slices"
)

// walk follows a path to the innermost dictionary that is there. It is whole if
// nothing is missing, and then i is the number of the entry.
func (f *binaryFile) walk(e Entry) (dict *object, i int, missing []string, err error) {
	at := f.top
	for n, name := range e.Path {
		if at.kind != 0xd {
			return nil, 0, nil, errNoDictionary
		}
		dict = at
		found, ok := index(dict.names(), name, e.Fold)
		if !ok {
			return dict, 0, e.Path[n:], nil
		}
		i, at = found, dict.parts[found]
	}
	return dict, i, nil, nil
}

func (o *object) names() []string {
	names := make([]string, len(o.keys))
	for i, k := range o.keys {
		names[i], _ = k.value.(string)
	}
	return names
}

// setBinary sets a value and proves that the way back leads to the first bytes:
// the manner of a file's writer cannot always be told from what is left.
func setBinary(data []byte, e Entry, raw []byte) ([]byte, error) {
	v, err := ParseXML(raw)
	if err != nil {
		return nil, err
	}
	o, err := written(v)
	if err != nil {
		return nil, err
	}
	out, prior, missing, err := replace(data, e, o)
	if err != nil {
		return nil, err
	}
	var back []byte
	if prior != nil {
		back, _, _, err = replace(out, e, prior)
	} else {
		back, err = cutBinary(out, Entry{e.Path[:len(e.Path)-missing+1], e.Fold})
	}
	if err != nil || !bytes.Equal(back, data) {
		return nil, errBack("the way back leads to other bytes")
	}
	return out, nil
}

// replace puts an object at a path, and gives the one that stood there as it
// would be written today; or how many names of the path were missing.
func replace(data []byte, e Entry, o *object) (out []byte, prior *object, missing int, err error) {
	f, err := openFile(data)
	if err != nil {
		return nil, nil, 0, err
	}
	dict, i, names, err := f.walk(e)
	switch {
	case err != nil:
		return nil, nil, 0, err
	case len(names) > 0:
		dict.add(names, o)
	default:
		prior, dict.parts[i] = dict.parts[i].usual(), o
		if prior == nil {
			return nil, nil, 0, errBack("what stands there is not written in the usual way")
		}
	}
	out, err = f.write(MaxSize)
	return out, prior, len(names), err
}

// add puts an object at a path below a dictionary, behind all that is there.
func (o *object) add(path []string, part *object) {
	if len(path) > 1 {
		inner := &object{kind: 0xd}
		inner.add(path[1:], part)
		part = inner
	}
	key, _ := written(path[0]) // a string always can be
	o.keys, o.parts = append(o.keys, key), append(o.parts, part)
}

// usual is an object as it would be written today, nil for a dictionary and
// for bytes that no value would be written as.
func (o *object) usual() *object {
	if o.kind == 0xa {
		list := &object{kind: o.kind}
		for _, part := range o.parts {
			list.parts = append(list.parts, part.usual())
		}
		if slices.Contains(list.parts, nil) {
			return nil
		}
		return list
	}
	usual, err := written(o.value)
	if err != nil || !bytes.Equal(usual.raw, o.raw) {
		return nil
	}
	return usual
}

func cutBinary(data []byte, e Entry) ([]byte, error) {
	f, err := openFile(data)
	if err != nil {
		return nil, err
	}
	dict, i, missing, err := f.walk(e)
	if err != nil || len(missing) > 0 {
		return bytes.Clone(data), nil
	}
	dict.keys, dict.parts = slices.Delete(dict.keys, i, i+1), slices.Delete(dict.parts, i, i+1)
	return f.write(MaxSize)
}
