package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"howett.net/plist"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/edit"
	"huddleguard/internal/accounttest"
)

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// canary stands for a secret beside the entry.
const canary = "S3CRET-t0ken"

func set(v any) fact.Held { return fact.Held{State: fact.Present, Value: v, Whole: true} }

var gone = fact.Held{State: fact.Absent, Whole: true}

// place is one entry of one file: what the file holds before, what is wanted,
// and what stands there already.
type place struct {
	name          string
	store         string
	file          string // empty: there is none
	section, key  string
	item          string
	fold          bool
	want, already fact.Held
	// other is how somebody else would have the entry.
	other string
	// after is the whole file after the change, where it is worth writing down.
	after string
}

// beside is an entry of somebody else's, by the file's format.
var beside = map[string]fact.At{
	"ini": {Section: "other", Key: "beside"}, "keyfile": {Section: "Other", Key: "beside"}, "flatpak": {Section: "Other", Key: "beside"},
	"json": {Key: "beside"}, "yaml": {Key: "beside"}, "plist": {Key: "beside"},
}

const (
	mumble = "; kept\n[General]\ntoken=" + canary + "\n\n[ui]\nusage=true\nlast=\"" + canary + "\"\n"
	signal = "{\n  \"token\": \"" + canary + "\",\n  \"a\": {\"b\": true, \"s\": \"" + canary + "\"}\n}\n"
	phone  = "[Other]\nx=" + canary + "\n\n[Context]\ndevices=dri;all;\nfilesystems=home:ro;\n"
	start  = "[Desktop Entry]\nType=Application\nExec=zoom --token=" + canary + "\n"
)

const prefs = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>token</key>
	<string>` + canary + `</string>
	<key>ZAutoUpdate</key>
	<false/>
</dict>
</plist>
`

const ring = "# kept\naccount: " + canary + "\npreferences:\n  token: \"" + canary + "\"\n  portNum: true # theirs\n  list:\n    - " + canary + "\n"

// binary is a property list in the form that macOS writes.
func binary() string {
	data, err := plist.Marshal(map[string]any{"token": canary, "ZAutoUpdate": false, "n": 3, "deep": map[string]any{"list": []string{canary}}}, plist.BinaryFormat)
	if err != nil {
		panic(err)
	}
	return string(data)
}

var places = []place{
	{name: "ini", store: "ini", file: mumble, section: "ui", key: "usage", want: set(false), already: set(true), other: "maybe",
		after: strings.Replace(mumble, "usage=true", "usage=false", 1)},
	{name: "ini CRLF and BOM", store: "ini", file: "\ufeff" + strings.ReplaceAll(mumble, "\n", "\r\n"), section: "ui", key: "usage", want: set(false), already: set(true), other: "maybe",
		after: "\ufeff" + strings.ReplaceAll(strings.Replace(mumble, "usage=true", "usage=false", 1), "\n", "\r\n")},
	{name: "ini, no newline at the end", store: "ini", file: "[ui]\ntoken=" + canary, section: "ui", key: "usage", want: set(false), already: gone, other: "true",
		after: "[ui]\ntoken=" + canary + "\nusage=false"},
	{name: "ini, no section", store: "ini", file: "[General]\ntoken=" + canary + "\n", section: "ui", key: "usage", want: set(false), already: gone, other: "true",
		after: "[General]\ntoken=" + canary + "\n\n[ui]\nusage=false\n"},
	{name: "ini, an empty file", store: "ini", file: "\n", section: "ui", key: "usage", want: set(false), already: gone, other: "true"},
	{name: "ini, no file", store: "ini", section: "ui", key: "usage", want: set(false), already: gone, other: "true", after: "[ui]\nusage=false\n"},
	{name: "ini, twice, to be gone", store: "ini", file: "[ui]\nusage=true\ntoken=" + canary + "\nusage=true\n", section: "ui", key: "usage", want: gone, already: set(true), other: "maybe",
		after: "[ui]\ntoken=" + canary + "\n"},
	{name: "ini, an empty value", store: "ini", file: "[ui]\nusage=\ntoken=" + canary + "\n", section: "ui", key: "usage", want: set(false), already: set(""), other: "maybe"},
	{name: "json", store: "json", file: signal, key: "a.b", want: set(false), already: set(true), other: "3",
		after: strings.Replace(signal, "true", "false", 1)},
	{name: "json, no objects", store: "json", file: signal, key: "x.y.z", want: set(false), already: gone, other: "3"},
	{name: "json, null", store: "json", file: `{"token":"` + canary + `","a":null}`, key: "a", want: set(false), already: gone, other: "3",
		after: `{"token":"` + canary + `","a":false}`},
	{name: "json, to be gone", store: "json", file: signal, key: "a.b", want: gone, already: set(true), other: "3"},
	{name: "json, no file", store: "json", key: "a.b", want: set(false), already: gone, other: "3"},
	{name: "json, a list", store: "json", file: `{"token":"` + canary + `"}`, key: "Blocked", want: set([]string{"[*.]zoom.us", "*"}), already: gone, other: "[]"},
	{name: "flatpak", store: "flatpak", file: phone, section: "Context", key: "devices", item: "all", want: set("!all"), already: set("all"), other: "",
		after: strings.Replace(phone, "dri;all;", "dri;!all;", 1)},
	{name: "flatpak, an item more", store: "flatpak", file: phone, section: "Context", key: "sockets", item: "x11", want: set("!x11"), already: gone, other: "x11"},
	{name: "flatpak, no override", store: "flatpak", section: "Context", key: "devices", item: "all", want: set("!all"), already: gone, other: "all",
		after: "[Context]\ndevices=!all;\n"},
	{name: "autostart", store: "keyfile", file: start, section: "Desktop Entry", key: "Hidden", want: set(true), already: gone, other: "false",
		after: start + "Hidden=true\n"},
	{name: "plist", store: "plist", file: prefs, key: "ZAutoUpdate", fold: true, want: set(true), already: set(false), other: "<string>x</string>",
		after: strings.Replace(prefs, "<false/>", "<true/>", 1)},
	{name: "plist, no dictionaries", store: "plist", file: prefs, key: "a.b", want: set(true), already: gone, other: "<string>x</string>"},
	{name: "plist, to be gone", store: "plist", file: prefs, key: "ZAutoUpdate", want: gone, already: set(false), other: "<true/>"},
	{name: "plist, no file", store: "plist", key: "ZAutoUpdate", want: set(true), already: gone, other: "<false/>"},
	{name: "plist, binary", store: "plist", file: binary(), key: "ZAutoUpdate", want: set(true), already: set(false), other: "<string>x</string>"},
	{name: "plist, binary, not there", store: "plist", file: binary(), key: "ZDisableVideo", want: set(true), already: gone, other: "<false/>"},
	{name: "yaml", store: "yaml", file: ring, key: "preferences.portNum", want: set(false), already: set(true), other: "3",
		after: strings.Replace(ring, "portNum: true", "portNum: false", 1)},
	{name: "yaml, CRLF", store: "yaml", file: strings.ReplaceAll(ring, "\n", "\r\n"), key: "preferences.portNum", want: set(false), already: set(true), other: "3",
		after: strings.ReplaceAll(strings.Replace(ring, "portNum: true", "portNum: false", 1), "\n", "\r\n")},
	{name: "yaml, not there", store: "yaml", file: ring, key: "preferences.history", want: set(false), already: gone, other: "3"},
	{name: "yaml, no parents", store: "yaml", file: ring, key: "a.b", want: set(false), already: gone, other: "3"},
	{name: "yaml, to be gone", store: "yaml", file: ring, key: "preferences.portNum", want: gone, already: set(true), other: "3"},
	{name: "yaml, no file", store: "yaml", key: "a", want: set(false), already: gone, other: "3"},
	{name: "keyfile, no group", store: "keyfile", file: "[Other]\nx=" + canary + "\n", section: "Desktop Entry", key: "Hidden", want: set(true), already: gone, other: "false"},
}

// person is a home with one file's place in it.
type person struct {
	t    *testing.T
	dir  string
	file string
	*Files
	at fact.At
}

// newPerson makes a home. The file lies two folders down, and those are there
// only if it is.
func newPerson(t *testing.T, p place) person {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, ".config/client/settings")
	if p.file != "" {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(p.file), 0o600))
		must(t, os.Chmod(file, 0o640))
		_ = unix.Setxattr(file, "user.note", []byte("kept"), 0)
	}
	root, err := disk.Open(dir, os.Geteuid())
	must(t, err)
	t.Cleanup(func() { root.Close() })
	format, ok := edit.For(p.store)
	if !ok {
		t.Fatalf("no format %q", p.store)
	}
	return person{t, dir, file, &Files{ground{root: root, dir: dir, uid: os.Geteuid()}, format},
		fact.At{Store: p.store, Path: file, Section: p.section, Key: p.key, Item: p.item, Fold: p.fold}}
}

// rewrite has somebody else change the file as editors do, in place.
func (p person) rewrite(change func([]byte) ([]byte, error)) {
	p.t.Helper()
	data, err := os.ReadFile(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = p.format.Blank(), os.MkdirAll(filepath.Dir(p.file), 0o755)
	}
	must(p.t, err)
	data, err = change(data)
	must(p.t, err)
	must(p.t, os.WriteFile(p.file, data, 0o600))
}

func (p person) hardenCase(c place) hardentest.Case {
	next := beside[c.store]
	return hardentest.Case{
		Store: p.Files, At: p.at, Want: c.want, Already: c.already,
		Snapshot: func() string { return hardentest.Tree(p.dir) },
		Beside: func() {
			p.rewrite(func(data []byte) ([]byte, error) {
				raw, err := p.format.Encode("theirs", next, nil)
				must(p.t, err)
				return p.format.Set(data, next, raw)
			})
		},
		Others: func() string {
			data, err := os.ReadFile(p.file)
			must(p.t, err)
			rest, err := p.format.Cut(data, p.at)
			must(p.t, err)
			if !bytes.Contains(rest, []byte("theirs")) || strings.Contains(c.file, canary) && !bytes.Contains(rest, []byte(canary)) {
				p.t.Errorf("what others wrote is gone: %q", rest)
			}
			return string(rest)
		},
		Overwrite: func() {
			p.rewrite(func(data []byte) ([]byte, error) {
				if c.other == "" {
					return p.format.Cut(data, p.at)
				}
				return p.format.Set(data, p.at, []byte(c.other))
			})
		},
	}
}

func TestFiles(t *testing.T) {
	accounttest.Each(t, func(t *testing.T) {
		for _, c := range places {
			t.Run(c.name, func(t *testing.T) {
				hardentest.Suite(t, func(t *testing.T) hardentest.Case { return newPerson(t, c).hardenCase(c) })
				t.Run("after", func(t *testing.T) { changed(t, c) })
			})
		}
	})
}

// changed: the file is as it is written down above, and the journal holds
// nothing of what stands beside the entry.
func changed(t *testing.T, c place) {
	p := newPerson(t, c)
	step := p.prepare(c.want)
	must(t, p.Do(ctx, p.at, step))
	if data, err := os.ReadFile(p.file); err != nil || c.after != "" && string(data) != c.after {
		t.Errorf("the file is %q, %v, want %q", data, err, c.after)
	}
	noSecret(t, step)
}

// noSecret looks at every byte of a step, also those that JSON hides.
func noSecret(t *testing.T, step plan.Step) {
	t.Helper()
	var u undoing
	must(t, json.Unmarshal(step.Undo, &u))
	all := [][]byte{step.Undo, step.Prior.Raw, step.Written.Raw}
	for _, piece := range u.Back {
		all = append(all, piece.Old, piece.New)
	}
	for _, b := range all {
		for i := range len(canary) - 3 {
			if bytes.Contains(b, []byte(canary[i:i+4])) {
				t.Errorf("a part of the secret is in the journal: %q", b)
			}
		}
	}
}

func (p person) prepare(want fact.Held) plan.Step {
	p.t.Helper()
	now, err := p.Read(ctx, p.at)
	must(p.t, err)
	step, err := p.Prepare(ctx, p.at, now, want)
	must(p.t, err)
	return step
}

// TestEqualInOtherWords: a value that is written in another way is not written
// again.
func TestEqualInOtherWords(t *testing.T) {
	for _, c := range []place{
		{store: "json", file: `{"a": 1.0}`, key: "a", want: set(float64(1))},
		{store: "json", file: `{"a": "\u007a"}`, key: "a", want: set("z")},
		{store: "ini", file: "[s]\nk=\"word\"\n", section: "s", key: "k", want: set("word")},
	} {
		p := newPerson(t, c)
		if step := p.prepare(c.want); !step.Prior.Same(step.Written) {
			t.Errorf("%s: %q would become %q", c.file, step.Prior.Raw, step.Written.Raw)
		}
	}
}

// TestRefused: what cannot be read, or could not be put back, is not touched,
// and no reason quotes it.
func TestRefused(t *testing.T) {
	for name, c := range map[string]place{
		"ini that does not parse":         {store: "ini", file: "[ui\n" + canary, section: "ui", key: "usage", want: set(false)},
		"json that does not parse":        {store: "json", file: `{"a": "` + canary, key: "a", want: set(false)},
		"keyfile without a group":         {store: "keyfile", file: canary + "=1\n", section: "s", key: "k", want: set(false)},
		"a word where an object would be": {store: "json", file: `{"a": "` + canary + `"}`, key: "a.b", want: set(false)},
		"a secret between two entries":    {store: "json", file: `{"k":1,"t":"` + canary + `","k":2}`, key: "k", want: gone},
	} {
		p := newPerson(t, c)
		before := hardentest.Tree(p.dir)
		now, err := p.Read(ctx, p.at)
		if err == nil {
			_, err = p.Prepare(ctx, p.at, now, c.want)
		}
		if err == nil || strings.Contains(err.Error(), canary[:4]) {
			t.Errorf("%s: got %v", name, err)
		}
		if hardentest.Tree(p.dir) != before {
			t.Errorf("%s: something was changed", name)
		}
	}
}

// TestSecretKeys: what can hold a secret is never written.
func TestSecretKeys(t *testing.T) {
	p := newPerson(t, place{store: "ini", file: mumble, section: "General", key: "token"})
	now, err := p.Read(ctx, p.at)
	must(t, err)
	if _, err := p.Prepare(ctx, p.at, now, set("x")); !errors.Is(err, errSecret) {
		t.Errorf("got %v", err)
	}
}

// TestNames: a place that is not plainly in the home is none.
func TestNames(t *testing.T) {
	p := newPerson(t, places[0])
	for _, name := range []string{"", "/", "/etc/shadow", "settings", p.dir, p.dir + "/", p.dir + "/../x", p.dir + "/a/../b", p.dir + "//b", p.dir + "/./b", p.dir + "x/b"} {
		at := p.at
		at.Path = name
		if _, err := p.Read(ctx, at); !errors.Is(err, errPlace) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// TestMade: what was made goes again, and stays where somebody else uses it.
func TestMade(t *testing.T) {
	c := place{store: "flatpak", section: "Context", key: "devices", item: "all", want: set("!all")}
	p := newPerson(t, c)
	step := p.prepare(c.want)
	must(t, p.Do(ctx, p.at, step))
	for name, want := range map[string]fs.FileMode{p.file: 0o600, filepath.Dir(p.file): fs.ModeDir | 0o700, filepath.Join(p.dir, ".config"): fs.ModeDir | 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s is %v, %v", name, info.Mode(), err)
		}
	}
	must(t, os.WriteFile(filepath.Join(p.dir, ".config/theirs"), nil, 0o600))
	must(t, p.Undo(ctx, p.at, step))
	if got, want := hardentest.Tree(p.dir), 3; strings.Count(got, "\n") != want { // the home, .config and theirs
		t.Errorf("left are\n%s", got)
	}
}

// TestFolderOfTheirs: a folder that came between the journal and the change is
// not one of ours.
func TestFolderOfTheirs(t *testing.T) {
	c := place{store: "flatpak", section: "Context", key: "devices", item: "all", want: set("!all")}
	p := newPerson(t, c)
	step := p.prepare(c.want)
	must(t, os.Mkdir(filepath.Join(p.dir, ".config"), 0o755))
	before := hardentest.Tree(p.dir)
	if err := p.Do(ctx, p.at, step); !errors.Is(err, harden.ErrMoved) || hardentest.Tree(p.dir) != before {
		t.Errorf("got %v and\n%s", err, hardentest.Tree(p.dir))
	}
}

// TestSettleFolders: folders that were made for a file that was not go again.
func TestSettleFolders(t *testing.T) {
	c := place{store: "flatpak", section: "Context", key: "devices", item: "all", want: set("!all")}
	p := newPerson(t, c)
	before := hardentest.Tree(p.dir)
	step := p.prepare(c.want)
	must(t, os.MkdirAll(filepath.Dir(p.file), 0o700))
	must(t, p.Settle(ctx, p.at, step))
	if after := hardentest.Tree(p.dir); after != before {
		t.Errorf("left are\n%s", after)
	}
}

// TestOwnFile: of a file with our own name nothing is left, in whatever order
// its entries are taken back.
func TestOwnFile(t *testing.T) {
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		p := newPerson(t, place{store: "json"})
		p.file = filepath.Join(p.dir, "huddleguard.json")
		ats := [2]fact.At{{Store: "json", Path: p.file, Key: "A"}, {Store: "json", Path: p.file, Key: "B"}}
		var steps [2]plan.Step
		for i, at := range ats {
			p.at = at
			steps[i] = p.prepare(set(true))
			must(t, p.Do(ctx, at, steps[i]))
		}
		for _, i := range order {
			must(t, p.Undo(ctx, ats[i], steps[i]))
		}
		if _, err := os.Stat(p.file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("order %v: it is still there", order)
		}
	}
}

// TestRecords: a journal that was tampered with changes nothing.
func TestRecords(t *testing.T) {
	p := newPerson(t, places[0])
	good := p.prepare(set(false))
	before := hardentest.Tree(p.dir)
	for _, undo := range []string{"", "{}", `{"after":"00"}`} {
		step := good
		step.Undo = json.RawMessage(undo)
		for _, err := range []error{p.Do(ctx, p.at, step), p.Undo(ctx, p.at, step), p.Settle(ctx, p.at, step)} {
			if !errors.Is(err, errRecord) {
				t.Errorf("%q: %v", undo, err)
			}
		}
	}
	step := good
	step.Written.Raw = []byte("something else")
	if err := p.Do(ctx, p.at, step); !errors.Is(err, errRecord) || hardentest.Tree(p.dir) != before {
		t.Errorf("another value: %v", err)
	}
}

// TestFull: on a full disk the file is as it was, and nothing is left beside it.
func TestFull(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can mount a small disk")
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT TESTED: mounting: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	root, err := disk.Open(dir, 0)
	must(t, err)
	defer root.Close()
	format, _ := edit.For("ini")
	p := person{t, dir, filepath.Join(dir, "settings"), &Files{ground{root: root, dir: dir}, format},
		fact.At{Store: "ini", Path: filepath.Join(dir, "settings"), Section: "ui", Key: "usage"}}
	must(t, os.WriteFile(p.file, []byte(mumble+strings.Repeat("; filled\n", 1000)), 0o600))
	step := p.prepare(set(false))
	filler := filepath.Join(dir, "filler")
	fill := func() {
		if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
			t.Fatalf("filling: %v", err)
		}
	}
	fill()
	before := hardentest.Tree(dir)
	if err := p.Do(ctx, p.at, step); !errors.Is(err, unix.ENOSPC) || hardentest.Tree(dir) != before {
		t.Errorf("doing: %v", err)
	}
	must(t, os.Remove(filler))
	must(t, p.Do(ctx, p.at, step))
	fill()
	before = hardentest.Tree(dir)
	if err := p.Undo(ctx, p.at, step); !errors.Is(err, unix.ENOSPC) || hardentest.Tree(dir) != before {
		t.Errorf("undoing: %v", err)
	}
	must(t, os.Remove(filler))
	must(t, p.Undo(ctx, p.at, step))
}

// TestSettleByKey: where others wrote, the two forms of the file are not those
// of the record. What was left of putting the entry back is still told by what it
// holds, and goes; anything else stays.
func TestSettleByKey(t *testing.T) {
	const before, theirs = "[ui]\nusage=true\nbeside=1\n", "[ui]\nusage=false\nbeside=2\n"
	const back = "[ui]\nusage=true\nbeside=2\n"
	for name, c := range map[string]struct {
		stands, left string
		kept         bool
	}{
		"before the exchange": {theirs, back, false},
		"after the exchange":  {back, theirs, false},
		"something else":      {back, "[ui]\nusage=false\nbeside=3\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, place{store: "ini", file: before, section: "ui", key: "usage"})
			step := p.prepare(set(false))
			must(t, os.WriteFile(p.file, []byte(c.stands), 0o600))
			sum := sha256.Sum256([]byte(filepath.Base(p.file)))
			left := filepath.Join(filepath.Dir(p.file), ".huddleguard-"+hex.EncodeToString(sum[:8]))
			must(t, os.WriteFile(left, []byte(c.left), 0o600))
			err := p.Settle(ctx, p.at, step)
			_, statErr := os.Lstat(left)
			if (err != nil) != c.kept || (statErr == nil) != c.kept {
				t.Errorf("settling gave %v, and %s is there: %v", err, c.left, statErr == nil)
			}
			if data, err := os.ReadFile(p.file); string(data) != c.stands {
				t.Errorf("the file holds %q, %v", data, err)
			}
		})
	}
}

// TestUndoGone: there is nothing to put an entry back into, or it is not ours.
func TestUndoGone(t *testing.T) {
	for want, c := range map[error]fact.Held{harden.ErrGone: gone, harden.ErrMoved: set(false)} {
		p := newPerson(t, place{store: "ini", file: mumble, section: "ui", key: "usage"})
		step := p.prepare(c)
		must(t, p.Do(ctx, p.at, step))
		must(t, os.Remove(p.file))
		if err := p.Undo(ctx, p.at, step); !errors.Is(err, want) {
			t.Errorf("undoing gave %v, want %v", err, want)
		}
		if _, err := os.Lstat(p.file); err == nil {
			t.Error("the file was made again")
		}
	}
}

// TestSigns: an object that was empty holds nothing, and is no reason to refuse.
func TestSigns(t *testing.T) {
	for store, text := range map[string]string{"json": "{}\n", "yaml": "{}\n", "plist": strings.Replace(prefs, prefs[strings.Index(prefs, "<dict>"):strings.Index(prefs, "</plist>")], "<dict/>\n", 1)} {
		p := newPerson(t, place{store: store, file: text, key: "a"})
		step := p.prepare(set(false))
		must(t, p.Do(ctx, p.at, step))
		must(t, p.Undo(ctx, p.at, step))
		if data, err := os.ReadFile(p.file); string(data) != text {
			t.Errorf("%s: after undoing it is %q, %v; want %q", store, data, err, text)
		}
	}
}
