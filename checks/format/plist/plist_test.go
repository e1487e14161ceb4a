package plist

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// values are those of testdata/make.py.
var values = map[string]any{
	"ZAutoUpdate": true,
	"off":         false,
	"n":           int64(23),
	"big":         int64(70000),
	"negative":    int64(-5),
	"least":       int64(math.MinInt64),
	"beyond":      9223372036854775808.0,
	"real":        0.25,
	"text":        "Zoom",
	"umlaut":      "Bücher 😀",
	"long":        strings.Repeat("x", 300),
	"when":        time.Date(2026, 11, 24, 10, 30, 15, 0, time.UTC),
	"early":       time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
	"data":        []byte{0, 1, 254, 255},
	"list":        []any{"a", int64(1), []any{}, map[string]any{}},
	"PackageRecommend": map[string]any{
		"ZDisableVideo": true, "text": "Zoom",
	},
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParse(t *testing.T) {
	for _, name := range []string{"values.binary.plist", "values.xml.plist"} {
		got, err := Parse(file(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for k, want := range values {
			if !reflect.DeepEqual(got[k], want) {
				t.Errorf("%s: %s = %#v, want %#v", name, k, got[k], want)
			}
		}
		if len(got) != len(values) {
			t.Errorf("%s: %d values, want %d", name, len(got), len(values))
		}
	}
}

func TestReferences(t *testing.T) {
	got, err := Parse(file(t, "archive.binary.plist"))
	want := map[string]any{"$top": map[string]any{
		"root": map[string]any{"CF$UID": int64(1)}, "wide": map[string]any{"CF$UID": int64(300)}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestCutIsNoticed(t *testing.T) {
	for _, name := range []string{"values.binary.plist", "values.xml.plist"} {
		whole := file(t, name)
		for n := range len(strings.TrimSpace(string(whole))) {
			if _, err := Parse(whole[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes parse", name, n, len(whole))
			}
		}
	}
}

func TestScalar(t *testing.T) {
	for _, c := range []struct {
		kind, text string
		want       any
	}{
		{"integer", " 42 ", int64(42)},
		{"integer", "+7", int64(7)},
		{"integer", "0x1F", int64(31)},
		{"integer", "-0x10", int64(-16)},
		{"integer", "9223372036854775807", int64(math.MaxInt64)},
		{"integer", "18446744073709551615", 18446744073709551615.0},
		{"real", "1e3", 1000.0},
		{"string", " a ", " a "},
		{"data", "\n\tAAE=\n", []byte{0, 1}},
		{"true", "", true},
	} {
		if got, err := scalar(c.kind, c.text); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %q = %#v, %v; want %#v", c.kind, c.text, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"integer", ""}, {"integer", "1.5"}, {"integer", "-9223372036854775809"}, {"integer", "18446744073709551616"},
		{"integer", "--1"}, {"integer", "1_000"}, {"real", "inf"}, {"real", "nan"}, {"real", "x"}, {"real", "0x1p4"}, {"real", "1_0"}, {"date", "2026-11-24"},
		{"date", "2026-13-24T00:00:00Z"}, {"data", "AA"}, {"true", "no"}, {"null", ""}, {"", ""}} {
		if got, err := scalar(c[0], c[1]); err == nil {
			t.Errorf("%s %q = %v, want an error", c[0], c[1], got)
		}
	}
}

func TestXMLRefuses(t *testing.T) {
	deep := func(n int) string {
		return "<plist><dict><key>k</key>" + strings.Repeat("<array>", n) + strings.Repeat("</array>", n) + "</dict></plist>"
	}
	for name, data := range map[string]string{
		"nothing":         "",
		"noise":           "hunter2",
		"old text form":   `{ a = hunter2; }`,
		"other document":  "<html><dict/></html>",
		"no plist":        "<dict/>",
		"empty":           "<plist/>",
		"two tops":        "<plist><dict/><dict/></plist>",
		"array on top":    "<plist><array/></plist>",
		"text between":    "<plist><dict>hunter2</dict></plist>",
		"value alone":     "<plist><dict><true/></dict></plist>",
		"key alone":       "<plist><dict><key>hunter2</key></dict></plist>",
		"two keys":        "<plist><dict><key>a</key><key>b</key></dict></plist>",
		"the same key":    "<plist><dict><key>a</key><true/><key>a</key><false/></dict></plist>",
		"element in text": "<plist><dict><key>a</key><string>x<b/></string></dict></plist>",
		"unknown element": "<plist><dict><key>a</key><hunter2/></dict></plist>",
		"entities":        `<!DOCTYPE plist [<!ENTITY x "hunter2">]><plist><dict><key>a</key><string>&x;</string></dict></plist>`,
		"something after": "<plist><dict/></plist><plist><dict/></plist>",
		"too deep":        deep(MaxDepth + 2),
		"too many":        "<plist><array>" + strings.Repeat("<true/>", MaxValues) + "</array></plist>",
		"too large":       strings.Repeat(" ", MaxSize+1),
	} {
		got, err := Parse([]byte(data))
		if err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes the list: %v", name, err)
		}
	}
	if _, err := Parse([]byte(deep(MaxDepth))); err != nil {
		t.Errorf("deep, but not too: %v", err)
	}
}

// list makes a binary list of objects; references have one byte, or two where
// there are more objects than that. The first object is the top.
func list(refSize byte, objects ...[]byte) []byte {
	data := []byte("bplist00")
	var offsets []byte
	for _, o := range objects {
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(data)))
		data = append(data, o...)
	}
	trailer := make([]byte, trailerSize)
	trailer[6], trailer[7] = 4, refSize
	binary.BigEndian.PutUint64(trailer[8:], uint64(len(objects)))
	binary.BigEndian.PutUint64(trailer[24:], uint64(len(data)))
	return append(append(data, offsets...), trailer...)
}

var key = []byte{0x51, 'k'}

func under(objects ...[]byte) []byte {
	return list(1, append([][]byte{{0xd1, 1, 2}, key}, objects...)...)
}

// sharing is a list whose arrays each hold the next one many times.
func sharing(levels int) []byte {
	var objects [][]byte
	for i := range levels {
		next := byte(i + 3)
		objects = append(objects, []byte{0xa4, next, next, next, next})
	}
	return under(append(objects, []byte{0x09})...)
}

// longText is a text of n bytes that is referred to by m objects, each lying
// over the same bytes: an honest list never does that.
func longText(n, m int) []byte {
	text := append([]byte{0x5f, 0x12}, binary.BigEndian.AppendUint32(nil, uint32(n))...)
	text = append(text, strings.Repeat("x", n)...)
	array := append([]byte{0xaf, 0x12}, binary.BigEndian.AppendUint32(nil, uint32(m))...)
	for i := range m {
		array = binary.BigEndian.AppendUint16(array, uint16(3+i))
	}
	objects := [][]byte{{0xd1, 0, 1, 0, 2}, key, array, text}
	for range m - 1 {
		objects = append(objects, nil)
	}
	data := list(2, objects...)
	table := binary.BigEndian.Uint64(data[len(data)-8:])
	at := data[table+3*4 : table+4*4]
	for i := range m {
		copy(data[int(table)+(3+i)*4:], at)
	}
	return data
}

func TestBinaryRefuses(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf2}
	double := func(f float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(f)) }
	header := under([]byte{0x09}) // whose last object is moved to the "b" of "bplist", a text
	copy(header[len(header)-trailerSize-4:], []byte{0, 0, 0, 0})
	many := make([][]byte, 100)
	for i := range many {
		many[i] = []byte{0xa1, byte(i + 3)}
	}
	for name, data := range map[string][]byte{
		"only the magic":        []byte("bplist00"),
		"array on top":          list(1, []byte{0xa0}),
		"within itself":         list(1, []byte{0xd1, 1, 0}, key),
		"array within itself":   under([]byte{0xa1, 2}),
		"shared without bound":  sharing(30),
		"text without bound":    longText(1<<20, 1000),
		"deep":                  under(append(many, []byte{0x09})...),
		"text length overflows": under(append([]byte{0x5f, 0x13}, huge...)),
		"data length overflows": under(append([]byte{0x4f, 0x13}, huge...)),
		"UTF-16 overflows":      under(append([]byte{0x6f, 0x13}, huge...)),
		"array overflows":       under(append([]byte{0xaf, 0x13}, huge...)),
		"dictionary overflows":  under(append([]byte{0xdf, 0x13}, huge...)),
		"references of no size": list(0, []byte{0xaf, 0x12, 0x20, 0, 0, 0}),
		"references of nine":    list(9, append([]byte{0xd1}, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2), key, []byte{9}),
		"object in the header":  header,
		"no such object":        under([]byte{0xa1, 99}),
		"number as key":         list(1, []byte{0xd1, 1, 1}, []byte{0x10, 1}),
		"the same key":          list(1, []byte{0xd2, 1, 1, 1, 1}, key),
		"null":                  under([]byte{0x00}),
		"set":                   under([]byte{0xc0}),
		"ASCII that is not":     under([]byte{0x51, 0xe9}),
		"integer of 32 bytes":   under(append([]byte{0x15}, make([]byte, 32)...)),
		"integer beyond 64 bit": under(append([]byte{0x14, 1}, make([]byte, 15)...)),
		"integer cut short":     list(1, []byte{0xd1, 1, 2}, key, []byte{0x13}),
		"infinity":              under(append([]byte{0x23}, double(math.Inf(1))...)),
		"no number":             under(append([]byte{0x23}, double(math.NaN())...)),
		"date that is none":     under(append([]byte{0x33}, double(math.NaN())...)),
		"date too far":          under(append([]byte{0x33}, double(1e300)...)),
		"year 31000":            under(append([]byte{0x33}, double(9e11)...)),
		"length is no integer":  under([]byte{0x5f, 0x09}),
	} {
		start := time.Now()
		if got, err := Parse(data); !errors.Is(err, ErrForm) {
			t.Errorf("%s: got %.80v, %v; want ErrForm", name, got, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestBinaryForms(t *testing.T) {
	for _, c := range []struct {
		name   string
		object []byte
		want   any
	}{
		{"unsigned byte", []byte{0x10, 0xff}, int64(255)},
		{"unsigned short", []byte{0x11, 0xff, 0xff}, int64(65535)},
		{"signed", []byte{0x13, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, int64(-1)},
		{"short float", []byte{0x22, 0x3f, 0x80, 0, 0}, 1.0},
		{"date before 2001", append([]byte{0x33}, binary.BigEndian.AppendUint64(nil, math.Float64bits(-1.5))...), time.Date(2000, 12, 31, 23, 59, 58, 500_000_000, time.UTC)},
		{"distant past", append([]byte{0x33}, binary.BigEndian.AppendUint64(nil, math.Float64bits(-63114076800))...), time.Date(0, 12, 30, 0, 0, 0, 0, time.UTC)},
		{"half a character", []byte{0x61, 0xd8, 0x3d}, "\ufffd"},
		{"empty text", []byte{0x50}, ""},
		{"shared", []byte{0xa2, 1, 1}, []any{"k", "k"}},
	} {
		got, err := Parse(under(c.object))
		if err != nil || !reflect.DeepEqual(got["k"], c.want) {
			t.Errorf("%s: got %#v, %v; want %#v", c.name, got["k"], err, c.want)
		}
	}
	if _, err := Parse(sharing(5)); err != nil {
		t.Errorf("values shared within bounds: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"values.binary.plist", "values.xml.plist", "archive.binary.plist"} {
		f.Add(file(f, name))
	}
	f.Add(sharing(12))
	f.Add(under([]byte{0xa1, 2}))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err == nil {
			checkKinds(t, m)
		}
	})
}

// checkKinds sees that a value is made of the documented kinds only.
func checkKinds(t *testing.T, v any) {
	switch v := v.(type) {
	case bool, int64, string, time.Time, []byte:
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("a number is %v", v)
		}
	case []any:
		for _, x := range v {
			checkKinds(t, x)
		}
	case map[string]any:
		for _, x := range v {
			checkKinds(t, x)
		}
	default:
		t.Errorf("a value is a %T", v)
	}
}
