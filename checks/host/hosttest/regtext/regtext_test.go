package regtext

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

const export = `Windows Registry Editor Version 5.00

; a comment
[HKEY_CURRENT_USER\Software\ConsentStore\microphone]
"Value"="Allow"
[HKEY_CURRENT_USER\Software\ConsentStore\microphone\NonPackaged\C:#Users#dan#Zoom.exe]
"LastUsedTimeStart"=hex(b):00,40,4b,a6,51,4c,db,01
"LastUsedTimeStop"=hex(b):00,00,00,00,00,00,00,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Zoom [x]]
@="default"
"EnableClientAutoUpdate"=dword:00000001
"Mask"=dword:ffffffff
"a\\b \"c\" = d"="C:\\Program Files\\Zoom"
"Path"=hex(2):25,00,41,00,25,00,\
  5c,00,62,00,00,00
"List"=hex(7):61,00,00,00,62,00,63,00,00,00,00,00
"None"=hex(7):00,00
"Blob"=hex:01,02,\
  03,\
  ff
"Empty"=hex:
"Nothing"=hex(0):
"Number"=hex(4):02,00,00,00
"Text"=hex(1):41,00,00,00
[HKEY_LOCAL_MACHINE\SOFTWARE\Empty]
`

var want = map[string]map[string]Value{
	`HKEY_CURRENT_USER\Software\ConsentStore\microphone`: {"Value": {SZ, "Allow"}},
	`HKEY_CURRENT_USER\Software\ConsentStore\microphone\NonPackaged\C:#Users#dan#Zoom.exe`: {
		"LastUsedTimeStart": {QWord, uint64(0x01db4c51a64b4000)}, "LastUsedTimeStop": {QWord, uint64(0)}},
	`HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Zoom [x]`: {
		"":                       {SZ, "default"},
		"EnableClientAutoUpdate": {DWord, uint64(1)},
		"Mask":                   {DWord, uint64(0xffffffff)},
		`a\b "c" = d`:            {SZ, `C:\Program Files\Zoom`},
		"Path":                   {ExpandSZ, `%A%\b`},
		"List":                   {MultiSZ, []string{"a", "bc"}},
		"None":                   {MultiSZ, []string{}},
		"Blob":                   {Binary, []byte{1, 2, 3, 255}},
		"Empty":                  {Binary, []byte{}},
		"Nothing":                {0, []byte{}},
		"Number":                 {DWord, uint64(2)},
		"Text":                   {SZ, "A"},
	},
	`HKEY_LOCAL_MACHINE\SOFTWARE\Empty`: {},
}

func TestParse(t *testing.T) {
	crlf := strings.ReplaceAll(export, "\n", "\r\n")
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(crlf)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for name, data := range map[string][]byte{
		"UTF-8": []byte(export), "with a mark": []byte("\ufeff" + export), "CRLF": []byte(crlf), "UTF-16": wide,
	} {
		got, err := Parse(data)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v", name, got, err)
		}
	}
}

func TestKeyAgain(t *testing.T) {
	got, err := Parse([]byte(header + "\n[A]\n\"x\"=\"1\"\n[B]\n[A]\n\"y\"=\"2\"\n"))
	if err != nil || len(got["A"]) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"value before a key":      `"x"="1"`,
		"open key":                `[A`,
		"empty key":               `[]`,
		"key with an empty part":  `[A\\B]`,
		"key that ends with \\":   `[A\]`,
		"removed key":             `[-A]`,
		"removed value":           "[A]\n\"x\"=-",
		"value twice":             "[A]\n\"x\"=\"1\"\n\"x\"=\"2\"",
		"no name":                 "[A]\nx=\"1\"",
		"open name":               "[A]\n\"x=1",
		"no value":                "[A]\n\"x\"",
		"open text":               "[A]\n\"x\"=\"1",
		"behind the text":         "[A]\n\"x\"=\"1\" y",
		"single backslash":        "[A]\n\"x\"=\"C:\\Zoom\"",
		"short dword":             "[A]\n\"x\"=dword:1",
		"dword that is none":      "[A]\n\"x\"=dword:0000000g",
		"unknown kind":            "[A]\n\"x\"=qword:1",
		"hex without a type":      "[A]\n\"x\"=hex():00",
		"one digit":               "[A]\n\"x\"=hex:0",
		"no comma":                "[A]\n\"x\"=hex:0001",
		"comma at the end":        "[A]\n\"x\"=hex:00,",
		"goes on to nothing":      "[A]\n\"x\"=hex:00,\\",
		"qword of four bytes":     "[A]\n\"x\"=hex(b):00,00,00,00",
		"dword of eight bytes":    "[A]\n\"x\"=hex(4):00,00,00,00,00,00,00,00",
		"text without a zero":     "[A]\n\"x\"=hex(2):41,00",
		"text of odd length":      "[A]\n\"x\"=hex(2):41,00,00",
		"list without a last":     "[A]\n\"x\"=hex(7):41,00,00,00",
		"list going on":           "[A]\n\"x\"=hex(7):00,00,00,00",
		"list with an empty text": "[A]\n\"x\"=hex(7):41,00,00,00,00,00,42,00,00,00,00,00",
	} {
		if got, err := Parse([]byte(header + "\n" + body + "\n")); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
	for name, data := range map[string]string{
		"nothing": "", "old header": "REGEDIT4\n[A]\n", "not UTF-8": header + "\n[A\xff]\n", "half of UTF-16": "\xff\xfe\x00",
	} {
		if got, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(export))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := Parse(data)
		if err != nil {
			return
		}
		for path, values := range keys {
			for name, v := range values {
				switch v.Data.(type) {
				case string, uint64, []string, []byte:
				default:
					t.Errorf("%q %q is a %T", path, name, v.Data)
				}
			}
		}
	})
}
