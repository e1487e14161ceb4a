package edit

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/ini"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/format/keyfile"
	"huddleguard/checks/format/keypath"
	"huddleguard/checks/format/plist"
	"huddleguard/checks/format/strictyaml"
)

// rest gives all that a file holds besides one entry.
type rest func(t *testing.T, data []byte, at fact.At) any

// properties holds every format to the same promises.
func properties(t *testing.T, store string, data []byte, at fact.At, raw []byte, others rest) {
	f := format(t, store)
	given := bytes.Clone(data)
	before, _, present, err := f.Find(data, at)
	after, setErr := f.Set(data, at, raw)
	without, cutErr := f.Cut(data, at)
	if err != nil {
		if setErr == nil || cutErr == nil {
			t.Fatal("a file that cannot be read was edited")
		}
		return
	}
	if present && before == nil {
		t.Fatal("an entry without bytes")
	}
	want := others(t, data, at)
	if cutErr == nil && !reflect.DeepEqual(others(t, without, at), want) {
		t.Fatalf("Cut changed something else: %q", without)
	}
	if setErr != nil {
		return
	}
	if got, _, _, err := f.Find(after, at); err != nil || !f.(checked).same(got, raw) {
		t.Fatalf("set %q, found %q, %v", raw, got, err)
	}
	if !reflect.DeepEqual(others(t, after, at), want) {
		t.Fatalf("Set changed something else: %q", after)
	}
	if !bytes.HasPrefix(data, []byte("bplist0")) {
		region(t, data, after, before)
	}
	back(t, f, data, after, before, at, others)
	if !bytes.Equal(data, given) {
		t.Fatal("the bytes given were written to")
	}
}

// region sees that Set put its bytes in the place of what stood there, or of
// white space, or opened <dict/>, or was YAML's {}.
func region(t *testing.T, data, after, before []byte) {
	start := 0
	for start < min(len(data), len(after)) && data[start] == after[start] {
		start++
	}
	end := 0
	for end < min(len(data), len(after))-start && data[len(data)-1-end] == after[len(after)-1-end] {
		end++
	}
	gone := data[start : len(data)-end]
	if !bytes.Contains(before, gone) && len(bytes.Trim(gone, " \t\r\n/{}")) > 0 {
		t.Fatalf("%q went to make place", gone)
	}
}

// back sees that a change can be taken back by its key.
func back(t *testing.T, f Format, data, after, before []byte, at fact.At, others rest) {
	if before == nil {
		got, err := f.Cut(after, at)
		if err != nil || !reflect.DeepEqual(others(t, got, at), others(t, data, at)) {
			t.Fatalf("Cut after Set gave %q, %v", got, err)
		}
		return
	}
	if got, err := f.Set(after, at, before); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("Set back gave %q, %v", got, err)
	}
}

func FuzzINI(f *testing.F) {
	f.Add([]byte("\ufeff; c\r\nearly=1\r\n[General]\r\nk = 1 \r\nk=2"), "General", "k", "true", false)
	f.Add([]byte("[a\\b]\nc%23d=\"x\"\n[B]\n"), "a/b", "C#D", "\"y\"", true)
	f.Add([]byte("[A]\n\n[B]\nx=1"), "C", "y", "0", false)
	f.Fuzz(func(t *testing.T, data []byte, section, key, raw string, fold bool) {
		at := fact.At{Store: "ini", Section: section, Key: key, Fold: fold}
		properties(t, "ini", data, at, []byte(raw), iniRest)
	})
}

// iniRest are the values of all entries that a place does not name.
func iniRest(t *testing.T, data []byte, at fact.At) any {
	f, err := ini.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	out := map[[2]string]string{}
	for _, section := range f.Sections() {
		for _, key := range f.Keys(section) {
			if !names(section, key, at) {
				out[[2]string{section, key}], _ = f.Raw(ini.Place{Section: section, Key: key})
			}
		}
	}
	return out
}

// names tells whether a place names an entry, in one of its spellings.
func names(section, key string, at fact.At) bool {
	text := key + "=\n"
	if section != "" {
		text = "[" + section + "]\n" + text
	}
	f, err := ini.Parse([]byte(text))
	if err != nil {
		return false
	}
	_, ok := f.Raw(iniPlace(at))
	return ok
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("# c\r\n[A]\r\nk = 1 \r\nk[de]=2"), "A", "k", "", "true")
	f.Add([]byte("[Context]\ndevices=!all;dri\n[B]\n[Context]\n"), "Context", "devices", "all", "all")
	f.Add([]byte("[Context]\nfilesystems=home:ro;/a\\;b;!home;"), "Context", "filesystems", "home", "home:create")
	f.Fuzz(func(t *testing.T, data []byte, group, key, item, raw string) {
		at := fact.At{Store: "keyfile", Section: group, Key: key, Item: item}
		properties(t, "keyfile", data, at, []byte(raw), keyFileRest)
	})
}

func keyFileRest(t *testing.T, data []byte, at fact.At) any {
	f, err := keyfile.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	out := map[[2]string]any{}
	for _, group := range f.Groups() {
		for _, key := range f.Keys(group) {
			if group != at.Section || key != at.Key {
				out[[2]string{group, key}], _ = f.Raw(group, key)
			} else if items := otherItems(f, at); at.Item != "" && len(items) > 0 {
				out[[2]string{group, key}] = items
			}
		}
	}
	return out
}

func otherItems(f *keyfile.File, at fact.At) []string {
	items, _ := f.List(at.Section, at.Key)
	return slices.DeleteFunc(items, func(s string) bool {
		one, err := keyfile.Parse([]byte("[g]\n" + at.Key + "=" + keyfile.EncodeItem(s)))
		if err != nil {
			return false
		}
		_, ok := one.Item("g", at.Key, at.Item)
		return ok
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte("\ufeff{\r\n  \"a\" : {\"b\": [1, {}]},\r\n  \"a\": null\r\n}\r\n"), "a.b", "true")
	f.Add([]byte(`{"k":1,"x":0,"\u006b":2}`), "k", `{"y": "}"}`)
	f.Add([]byte("{\n\t\"a.b\": {\n\t}\n}"), `a\.b.c.d`, "0")
	f.Fuzz(func(t *testing.T, data []byte, key, raw string) {
		properties(t, "json", data, fact.At{Store: "json", Key: key}, []byte(raw), jsonRest)
	})
}

func jsonRest(t *testing.T, data []byte, at fact.At) any {
	d, err := jsonv.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := d.Lookup()
	return otherMembers(v, keypath.Split(at.Key))
}

func FuzzPlist(f *testing.F) {
	f.Add([]byte("<plist><dict>\n<key>a</key> <!-- c -->\n<dict/></dict></plist>"), "A.b", "<true/>", true)
	f.Add([]byte("\ufeff<plist>\r\n<dict>\r\n\t<key>k</key>\r\n\t<integer>1</integer></dict></plist>"), "k", "<string>&amp;</string>", false)
	f.Add([]byte(coreFoundation), "b", "<false/>", false)
	f.Add([]byte(coreFoundation), "x.y", "<array><integer>1</integer><data>AAE=</data></array>", true)
	f.Fuzz(func(t *testing.T, data []byte, key, raw string, fold bool) {
		properties(t, "plist", data, fact.At{Store: "plist", Key: key, Fold: fold}, []byte(raw), plistRest)
	})
}

func plistRest(t *testing.T, data []byte, at fact.At) any {
	top, err := plist.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return otherMembers(top, keypath.Split(at.Key))
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte("# c\r\na:\r\n  b: 'x' # d\r\n  c: |\r\n    t\r\n# e\r\nf: [1]"), "a.k", "true", false)
	f.Add([]byte("a:\n  {}\nb: {c: \"d\"}\n"), "A.x.y", "1", true)
	f.Add([]byte("a:\n- b\n- c: 1\nd: two\n  lines\n"), "d", "0", false)
	f.Fuzz(func(t *testing.T, data []byte, key, raw string, fold bool) {
		properties(t, "yaml", data, fact.At{Store: "yaml", Key: key, Fold: fold}, []byte(raw), yamlRest)
	})
}

func yamlRest(t *testing.T, data []byte, at fact.At) any {
	var m map[string]any
	if _, err := strictyaml.Decode("x", data, &m); err != nil {
		t.Fatal(err)
	}
	return otherMembers(m, keypath.Split(at.Key))
}

// otherMembers is a value without the one at a path, and without objects that
// held nothing else.
func otherMembers(v any, path []string) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	m = maps.Clone(m)
	for name, inner := range m {
		below := path
		if len(path) > 0 && strings.EqualFold(name, path[0]) {
			if below = path[1:]; len(below) == 0 {
				delete(m, name)
				continue
			}
		}
		inner = otherMembers(inner, below)
		if object, ok := inner.(map[string]any); ok && len(object) == 0 {
			delete(m, name)
		} else {
			m[name] = inner
		}
	}
	return m
}
