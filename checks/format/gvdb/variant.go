package gvdb

import "bytes"

// The values here are GVariants of one type, (va{sas}), in serialised form
// (GLib's gvariant-serialiser.c): the parts of a container stand one behind the
// other, and behind them, in the last bytes, stands where each part ends. None
// of the parts read here needs alignment.

// applications reads a value, which is a variant: the data, a zero and its
// type. The tuple's first part is data of the entry and is passed over.
func applications(v []byte) (map[string][]string, error) {
	body, ok := bytes.CutSuffix(v, []byte("\x00(va{sas})"))
	if !ok {
		return nil, ErrForm
	}
	_, dict, err := pair(body)
	if err != nil {
		return nil, err
	}
	entries, err := elements(dict)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, e := range entries {
		name, words, err := entry(e)
		if err != nil {
			return nil, err
		}
		if _, again := out[name]; again {
			return nil, ErrForm
		}
		out[name] = words
	}
	return out, nil
}

// offsetSize is how many bytes each offset of a container takes.
func offsetSize(n int) int {
	switch {
	case n <= 0xff:
		return 1
	case n <= 0xffff:
		return 2
	}
	return 4
}

func littleEndian(b []byte) int {
	n := 0
	for i := len(b) - 1; i >= 0; i-- {
		n = n<<8 | int(b[i])
	}
	return n
}

// pair splits a tuple or dictionary entry of two parts: one offset says where
// the first part ends, the second reaches to the offset.
func pair(b []byte) (first, second []byte, err error) {
	size := offsetSize(len(b))
	if len(b) < size {
		return nil, nil, ErrForm
	}
	body := b[:len(b)-size]
	end := littleEndian(b[len(b)-size:])
	if end > len(body) {
		return nil, nil, ErrForm
	}
	return body[:end], body[end:], nil
}

// elements splits an array: the last offset is where the offsets begin.
func elements(b []byte) ([][]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	size := offsetSize(len(b))
	table := littleEndian(b[len(b)-size:])
	if table > len(b)-size || (len(b)-table)%size != 0 || (len(b)-table)/size > maxItems {
		return nil, ErrForm
	}
	var out [][]byte
	start := 0
	for at := table; at < len(b); at += size {
		end := littleEndian(b[at : at+size])
		if end < start || end > table {
			return nil, ErrForm
		}
		out = append(out, b[start:end])
		start = end
	}
	return out, nil
}

// entry reads an application and its permissions.
func entry(b []byte) (string, []string, error) {
	key, list, err := pair(b)
	if err != nil {
		return "", nil, err
	}
	name, err := text(key)
	if err != nil {
		return "", nil, err
	}
	parts, err := elements(list)
	if err != nil {
		return "", nil, err
	}
	words := make([]string, len(parts))
	for i, p := range parts {
		if words[i], err = text(p); err != nil {
			return "", nil, err
		}
	}
	return name, words, nil
}

// text reads a string with its closing zero.
func text(b []byte) (string, error) {
	s, rest, ok := bytes.Cut(b, []byte{0})
	if !ok || len(rest) > 0 {
		return "", ErrForm
	}
	return string(s), nil
}
