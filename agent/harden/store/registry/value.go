package registry

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"

	"huddleguard/agent/harden/plan"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// The kinds of value (winnt.h).
const (
	kindText   = 1
	kindExpand = 2
	kindNumber = 4
	kindBig    = 5 // a number with its bytes the other way round
	kindLink   = 6
	kindList   = 7
	kindLong   = 11
)

var (
	errPlace = errors.New("is no place in this part of the registry")
	errKind  = errors.New("what stands there is of a kind that cannot hold what is wanted")
	errStep  = errors.New("the step cannot be read")
)

// value is a value as the registry holds it.
type value struct {
	Kind uint32 `json:"kind"`
	Data []byte `json:"data"`
}

func (v value) standing() plan.Standing {
	raw, _ := json.Marshal(v) // a number and bytes
	return plan.Standing{Present: true, Raw: raw, Value: v.decode()}
}

// decode gives what a value says; its bytes where they are not of its kind.
func (v value) decode() any {
	switch {
	case v.Kind == kindText || v.Kind == kindExpand:
		text, _, _ := strings.Cut(fromUTF16(v.Data), "\x00")
		return text
	case v.Kind == kindNumber && len(v.Data) == 4:
		return uint64(binary.LittleEndian.Uint32(v.Data))
	case v.Kind == kindBig && len(v.Data) == 4:
		return uint64(binary.BigEndian.Uint32(v.Data))
	case v.Kind == kindLong && len(v.Data) == 8:
		return binary.LittleEndian.Uint64(v.Data)
	case v.Kind == kindList:
		list := []string{}
		for text := range strings.SplitSeq(fromUTF16(v.Data), "\x00") {
			if text == "" {
				break
			}
			list = append(list, text)
		}
		return list
	}
	return v.Data
}

// typeOf is the catalogue's word for what is wanted.
func typeOf(want any) string {
	switch want.(type) {
	case bool:
		return "bool"
	case float64:
		return "int"
	case string:
		return "string"
	case []string, []any:
		return "list"
	}
	return ""
}

// says tells whether a value says what is wanted already.
func (v value) says(want any) bool {
	typ := typeOf(want)
	have, ok := catalogue.Coerce(typ, v.decode())
	wanted, ok2 := catalogue.Coerce(typ, want)
	return ok && ok2 && reflect.DeepEqual(have, wanted)
}

// encode writes what is wanted as a value: of the kind of what stands there,
// nil for nothing.
func encode(want any, now *value) (value, error) {
	switch w := want.(type) {
	case bool:
		if now != nil && (now.Kind == kindText || now.Kind == kindExpand) {
			return value{now.Kind, text(wordFor(w, now.decode().(string)))}, nil
		}
		return number(map[bool]float64{true: 1}[w], now)
	case float64:
		if now != nil && (now.Kind == kindText || now.Kind == kindExpand) {
			return value{now.Kind, text(strconv.FormatFloat(w, 'f', -1, 64))}, nil
		}
		return number(w, now)
	case string:
		return encodeText(w, now)
	}
	list, ok := catalogue.Coerce("list", want)
	if !ok {
		return value{}, errKind
	}
	return encodeList(list.([]string), now)
}

// wordFor says yes or no in the words that stand there.
func wordFor(yes bool, now string) string {
	for _, pair := range [][2]string{{"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"}, {"yes", "no"}, {"Yes", "No"}, {"YES", "NO"}, {"on", "off"}, {"On", "Off"}} {
		if now == pair[0] || now == pair[1] {
			return pair[map[bool]int{false: 1}[yes]]
		}
	}
	return map[bool]string{true: "1", false: "0"}[yes]
}

func number(n float64, now *value) (value, error) {
	switch {
	case n < 0 || n != math.Trunc(n):
		return value{}, errKind
	case now != nil && now.Kind == kindLong && n < 1<<53:
		return value{kindLong, binary.LittleEndian.AppendUint64(nil, uint64(n))}, nil
	case (now == nil || now.Kind == kindNumber) && n <= math.MaxUint32:
		return value{kindNumber, binary.LittleEndian.AppendUint32(nil, uint32(n))}, nil
	}
	return value{}, errKind
}

func encodeText(s string, now *value) (value, error) {
	switch {
	case strings.Contains(s, "\x00"):
		return value{}, errKind
	case now == nil || now.Kind == kindText:
		return value{kindText, text(s)}, nil
	case now.Kind == kindExpand:
		return value{kindExpand, text(s)}, nil
	}
	return value{}, errKind
}

func encodeList(list []string, now *value) (value, error) {
	if now != nil && now.Kind != kindList {
		return value{}, errKind
	}
	var data []byte
	for _, s := range list {
		if s == "" || strings.Contains(s, "\x00") {
			return value{}, errKind // it would end the list
		}
		data = append(data, text(s)...)
	}
	return value{kindList, append(data, 0, 0)}, nil
}

// text is a string as the registry holds it, with the NUL behind it.
func text(s string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(s + "\x00")) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return data
}

func fromUTF16(data []byte) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// place is a place taken apart.
type place struct {
	path  string // of the key, without its root
	name  string // of the value
	whole bool   // the whole key
}

// placeOf takes a place apart; root is the part of the registry it must be in.
func placeOf(at fact.At, root string) (place, error) {
	path, ok := strings.CutPrefix(at.Path, root+`\`)
	p := place{path, at.Key, at.Key == "" && at.Item == ""}
	for part := range strings.SplitSeq(path, `\`) {
		ok = ok && part != "" && !strings.Contains(part, "\x00")
	}
	// A whole key lies well below what the system itself keeps there.
	if !ok || strings.Contains(at.Key, "\x00") || at.Item != "" && (at.Item != "@" || at.Key != "") || p.whole && strings.Count(path, `\`) < 2 {
		return place{}, errPlace
	}
	return p, nil
}

// prepare draws up what is to stand in the place of a value.
func prepare(now plan.Standing, want fact.Held) (plan.Standing, error) {
	if want.State == fact.Absent {
		return plan.Standing{}, nil
	}
	if !now.Present {
		v, err := encode(want.Value, nil)
		return v.standing(), err
	}
	v, err := parse(now)
	if err != nil || v.says(want.Value) {
		return now, err
	}
	after, err := encode(want.Value, &v)
	return after.standing(), err
}

// parse reads a value from the form it is journalled in.
func parse(s plan.Standing) (value, error) {
	var v value
	if err := json.Unmarshal(s.Raw, &v); err != nil {
		return value{}, fmt.Errorf("%w: %s", errStep, "it holds no value")
	}
	return v, nil
}
