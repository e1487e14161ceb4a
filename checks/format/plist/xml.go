package plist

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"huddleguard/checks/format/internal/xmlread"
)

// xmlList reads the XML form: PropertyList-1.0.dtd.
type xmlList struct {
	*xmlread.Reader
	values int
}

func parseXML(data []byte) (any, error) {
	r, err := xmlread.New(data)
	if err != nil {
		return nil, err
	}
	r.Doctype = true
	p := &xmlList{Reader: r}
	start, err := p.element()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	if start == nil || start.Name.Local != "plist" {
		return nil, ErrForm
	}
	items, err := p.children(0)
	if err != nil {
		return nil, err
	}
	if len(items) != 1 {
		return nil, malformed("it does not hold one value")
	}
	if _, err := p.Next(); err != io.EOF {
		return nil, malformed("something stands behind it")
	}
	return items[0], nil
}

// element is the next element to begin, nil where the one around it ends.
func (p *xmlList) element() (*xml.StartElement, error) {
	for {
		t, err := p.Next()
		if err == io.EOF {
			return nil, ErrForm
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return nil, p.Errorf("text between values")
			}
		}
	}
}

// children are the values up to the end of the element around them.
func (p *xmlList) children(depth int) ([]any, error) {
	items := []any{}
	for {
		e, err := p.element()
		if err != nil || e == nil {
			return items, err
		}
		v, err := p.value(e.Name.Local, depth)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
}

func (p *xmlList) value(kind string, depth int) (any, error) {
	if p.values++; p.values > MaxValues {
		return nil, errMany
	}
	if depth > MaxDepth {
		return nil, errDeep
	}
	switch kind {
	case "dict":
		return p.dictionary(depth)
	case "array":
		return p.children(depth + 1)
	}
	text, err := p.Text()
	if err != nil {
		return nil, err
	}
	v, err := scalar(kind, text)
	if err != nil {
		return nil, p.Errorf("%w", err)
	}
	return v, nil
}

func (p *xmlList) dictionary(depth int) (any, error) {
	m := map[string]any{}
	for {
		e, err := p.element()
		if err != nil || e == nil {
			return m, err
		}
		if e.Name.Local != "key" {
			return nil, p.Errorf("a value without a key")
		}
		key, err := p.Text()
		if err != nil {
			return nil, err
		}
		if _, again := m[key]; again {
			return nil, p.Errorf("%w", errKey)
		}
		if e, err = p.element(); err != nil {
			return nil, err
		}
		if e == nil {
			return nil, p.Errorf("a key without a value")
		}
		if m[key], err = p.value(e.Name.Local, depth+1); err != nil {
			return nil, err
		}
	}
}

// scalar is a value that is no container. The text may stand on lines of its own.
func scalar(kind, text string) (any, error) {
	trimmed := strings.TrimSpace(text)
	switch kind {
	case "string":
		return text, nil
	case "integer":
		return xmlInteger(trimmed)
	case "real":
		return xmlReal(trimmed)
	case "date":
		t, err := time.Parse("2006-01-02T15:04:05Z", trimmed)
		if err != nil {
			return nil, errors.New("a date that is none")
		}
		return t, nil
	case "data":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, errors.New("data that is not base64")
		}
		return b, nil
	}
	if kind != "true" && kind != "false" || trimmed != "" {
		return nil, errors.New("an element of no known kind")
	}
	return kind == "true", nil
}

// xmlInteger reads decimal and, with "0x" before it, hexadecimal.
func xmlInteger(text string) (any, error) {
	digits, negative := strings.CutPrefix(text, "-")
	digits = strings.TrimPrefix(digits, "+")
	base := 10
	for _, prefix := range []string{"0x", "0X"} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok {
			digits, base = rest, 16
		}
	}
	n, err := strconv.ParseUint(digits, base, 64)
	switch {
	case err != nil || negative && n > 1<<63:
		return nil, errors.New("an integer that is none")
	case negative:
		return -int64(n), nil
	case n >= 1<<63:
		return float64(n), nil
	}
	return int64(n), nil
}

// xmlReal reads what C's strtod reads in decimal.
func xmlReal(text string) (any, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xXpP_") {
		return nil, errors.New("a number that is none")
	}
	return finite(f)
}
