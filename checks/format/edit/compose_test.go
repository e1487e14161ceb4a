package edit

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"huddleguard/checks/fact"
)

// composition is a file of each format, places in it, what stands at them, and
// what they can be given.
type composition struct {
	store, text string
	places      []fact.At
	stands      []string // empty: nothing
	raws        []string
}

const kept = "S3CRET-t0ken"

var compositions = []composition{
	{"ini", "; kept\r\n[General]\r\ntoken=" + kept + "\r\na=1\r\n[ui]\r\nb=2\r\n",
		[]fact.At{{Section: "General", Key: "a"}, {Section: "ui", Key: "b"}, {Section: "ui", Key: "c"}, {Section: "new", Key: "d"}},
		[]string{"1", "2", "", ""}, []string{"0", "true", "x y", `"q"`}},
	{"keyfile", "# kept\n[A]\ntoken=" + kept + "\na=1\n[B]\nb=2\n",
		[]fact.At{{Section: "A", Key: "a"}, {Section: "B", Key: "b"}, {Section: "B", Key: "c"}, {Section: "C", Key: "d"}},
		[]string{"1", "2", "", ""}, []string{"0", "true", "x y", "a;b;"}},
	{"flatpak", "[Other]\nx=" + kept + "\n\n[Context]\ndevices=dri;all;\n",
		[]fact.At{{Section: "Context", Key: "devices", Item: "all"}, {Section: "Context", Key: "devices", Item: "dri"}, {Section: "Context", Key: "sockets", Item: "x11"}},
		[]string{"all", "dri", ""}, nil},
	{"json", "{\n  \"token\": \"" + kept + "\",\n  \"a\": 1,\n  \"o\": {\"b\": [1, 2]}\n}\n",
		[]fact.At{{Key: "a"}, {Key: "o.b"}, {Key: "o.c"}, {Key: "p.q.r"}},
		[]string{"1", "[1, 2]", "", ""}, []string{"false", "null", `"x"`, `{"y":[]}`}},
	{"yaml", "# kept\ntoken: " + kept + "\na: 1\no:\n  b: 2 # why\n",
		[]fact.At{{Key: "a"}, {Key: "o.b"}, {Key: "o.c"}, {Key: "d"}},
		[]string{"1", "2", "", ""}, []string{"0", "true", `"x y"`}},
	{"plist", `<plist version="1.0"><dict><key>token</key><string>` + kept + "</string>\n<key>a</key><true/>\n<key>o</key><dict><key>b</key><integer>2</integer></dict></dict></plist>\n",
		[]fact.At{{Key: "a"}, {Key: "o.b"}, {Key: "o.c"}, {Key: "p.q"}},
		[]string{"<true/>", "<integer>2</integer>", "", ""}, []string{"<false/>", "<string>x</string>", "<array/>"}},
}

// TestCompose: any sequence of Set and Cut leaves at every place what was last
// put there, and the rest of the file alone.
func TestCompose(t *testing.T) {
	for _, c := range compositions {
		t.Run(c.store, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { compose(t, c) })
		})
	}
}

func compose(t *rapid.T, c composition) {
	f, _ := For(c.store)
	data := []byte(c.text)
	stands := map[int]string{}
	for i, s := range c.stands {
		stands[i] = s
	}
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		i := rapid.IntRange(0, len(c.places)-1).Draw(t, "place")
		raw := rapid.SampledFrom(slices.Concat(c.raws, itemsOf(c.places[i]), []string{""})).Draw(t, "raw")
		var err error
		if raw == "" {
			data, err = f.Cut(data, c.places[i])
		} else {
			data, err = f.Set(data, c.places[i], []byte(raw))
		}
		if err != nil {
			t.Fatalf("%v in %q", err, data)
		}
		stands[i] = raw
		for _, k := range slices.Sorted(maps.Keys(stands)) {
			if got, _, _, err := f.Find(data, c.places[k]); err != nil || string(got) != stands[k] {
				t.Fatalf("at %+v stands %q, %v, want %q, in %q", c.places[k], got, err, stands[k], data)
			}
		}
		if !bytes.Contains(data, []byte(kept)) {
			t.Fatalf("what stood beside is gone: %q", data)
		}
	}
}

// itemsOf are the states of a list's item.
func itemsOf(at fact.At) []string {
	if at.Item == "" {
		return nil
	}
	return []string{at.Item, "!" + at.Item}
}
