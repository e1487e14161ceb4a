package edit

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/format/keypath"
	"huddleguard/checks/format/strictyaml"
)

// yamlFiles are YAML files with a mapping on top. Only scalars on one line are
// edited.
type yamlFiles struct{}

func (yamlFiles) Blank() []byte { return []byte("{}\n") }

// parseYAML keeps a fault's place and drops its text, which can quote the file.
func parseYAML(data []byte) (*strictyaml.Text, error) {
	t, err := strictyaml.ParseText(data)
	var f *strictyaml.Fault
	switch {
	case errors.As(err, &f):
		return nil, fmt.Errorf("line %d cannot be read", f.Line)
	case err != nil:
		return nil, unsafe(err.Error())
	}
	return t, nil
}

func (yamlFiles) Find(data []byte, at fact.At) (raw []byte, value any, present bool, err error) {
	t, err := parseYAML(data)
	if err != nil {
		return nil, nil, false, err
	}
	path := keypath.Split(at.Key)
	raw, _, err = t.Raw(path, at.Fold)
	if err != nil {
		return nil, nil, false, unsafe(err.Error())
	}
	value, _ = t.Value(path, at.Fold)
	return raw, value, value != nil, nil
}

func (yamlFiles) Set(data []byte, at fact.At, raw []byte) ([]byte, error) {
	t, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	out, err := t.Set(keypath.Split(at.Key), at.Fold, raw)
	if err != nil {
		return nil, unsafe(err.Error())
	}
	return out, nil
}

func (yamlFiles) Cut(data []byte, at fact.At) ([]byte, error) {
	t, err := parseYAML(data)
	if err != nil {
		return nil, err
	}
	out, err := t.Cut(keypath.Split(at.Key), at.Fold)
	if err != nil {
		return nil, unsafe(err.Error())
	}
	return out, nil
}

// Encode keeps the quotes of what stands there.
func (yamlFiles) Encode(value any, at fact.At, like []byte) ([]byte, error) {
	text, quote := string(like), ""
	if v, err := strictyaml.Scalar(like); err == nil && len(like) > 0 && strings.Contains(`"'`, text[:1]) {
		text, quote = fmt.Sprint(v), text[:1]
	}
	out, err := word(value, text, at)
	if err != nil {
		return nil, err
	}
	_, isAnswer := wordsOf(text)
	switch value.(type) {
	case string:
		return yamlText(out, quote)
	case bool:
		if quote != "" && isAnswer {
			return yamlText(out, quote)
		}
		return []byte(out), nil
	}
	if quote != "" {
		return yamlText(out, quote)
	}
	return []byte(out), nil
}

var (
	plainText = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./ -]*[A-Za-z0-9_./]$|^[A-Za-z_/]$`)
	// olderWords are answers and nothing in YAML 1.1, which many programs read.
	olderWords = regexp.MustCompile(`^(?i:y|yes|n|no|on|off|true|false|null)$`)
)

// yamlText writes a string, plain where nothing could take it for more.
func yamlText(s, quote string) ([]byte, error) {
	raw := s
	switch {
	case quote == "'" && !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }):
		raw = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case quote != "" || !plainText.MatchString(s) || olderWords.MatchString(s) || !isString(s):
		raw = jsonv.EncodeText(s)
	}
	if v, err := strictyaml.Scalar([]byte(raw)); err != nil || !reflect.DeepEqual(v, s) {
		return nil, errKind
	}
	return []byte(raw), nil
}

// isString tells whether a plain scalar is text and nothing else.
func isString(raw string) bool {
	v, err := strictyaml.Scalar([]byte(raw))
	return err == nil && reflect.DeepEqual(v, raw)
}
