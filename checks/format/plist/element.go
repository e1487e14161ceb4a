package plist

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// ParseXML reads one XML element as a value, as Parse does.
func ParseXML(raw []byte) (any, error) {
	return parseXML([]byte("<plist>" + string(raw) + "</plist>"))
}

// EncodeXML writes a value that is no dictionary as an XML element, as
// CoreFoundation would but for white space.
func EncodeXML(v any) ([]byte, error) {
	var b strings.Builder
	if err := writeXML(&b, v); err != nil {
		return nil, err
	}
	back, err := ParseXML([]byte(b.String()))
	if err != nil || !reflect.DeepEqual(back, v) { // a control character, a part of a second
		return nil, errNoText
	}
	return []byte(b.String()), nil
}

var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

func writeXML(b *strings.Builder, v any) error {
	element := func(kind, text string) { b.WriteString("<" + kind + ">" + text + "</" + kind + ">") }
	switch v := v.(type) {
	case bool:
		b.WriteString("<" + strconv.FormatBool(v) + "/>")
	case int64:
		element("integer", strconv.FormatInt(v, 10))
	case float64:
		element("real", strconv.FormatFloat(v, 'g', -1, 64))
	case string:
		element("string", escapeXML.Replace(v))
	case time.Time:
		element("date", v.Format("2006-01-02T15:04:05Z"))
	case []byte:
		element("data", base64.StdEncoding.EncodeToString(v))
	case []any:
		b.WriteString("<array>")
		for _, item := range v {
			if err := writeXML(b, item); err != nil {
				return err
			}
		}
		b.WriteString("</array>")
	default:
		return errNoText
	}
	return nil
}
