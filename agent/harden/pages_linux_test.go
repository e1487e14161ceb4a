package harden_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"howett.net/plist"
	"pgregory.net/rapid"

	"huddleguard/agent/harden/hardentest"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/edit"
)

// stand is what stands at a place: "-" for nothing, else "=" and how it is
// written.
type stand string

const (
	nothing stand = "-"
	// Two that stand for no stand: from there a goal is not to be reached, and it
	// is reached already.
	refuses stand = "!"
	same    stand = "same"
)

// goal is what a change wants of a spot, and what is then to be written there,
// by what stood there before.
type goal struct {
	held    fact.Held
	after   map[stand]stand
	usually stand
}

func (g goal) of(now stand) stand {
	if s, ok := g.after[now]; ok {
		return s
	}
	if g.usually == same {
		return now
	}
	return g.usually
}

// spot is one place, the goals changes can have there, and what others may put
// there.
type spot struct {
	at     fact.At
	goals  []goal
	theirs []stand
}

// start is what a sheet can be in the beginning.
type start struct {
	text   string
	gone   bool // there is no file, and no folder for it
	mode   fs.FileMode
	stands []stand // of the spots
	others []stand // of what is beside them
}

// sheet is a file, or a folder, with spots.
type sheet struct {
	name   string
	store  string // of its content
	starts []start
	spots  []spot
	beside []fact.At
	theirs []stand // what others may put beside
	// reformat changes the form and no entry, any number of times.
	reformat func([]byte) []byte
	// broken is what no reader takes.
	broken string
	// keeps is text that nobody ever changes, wherever it was at the start.
	keeps string
}

// GoString is how a failure names a sheet.
func (s *sheet) GoString() string { return s.name }

// GoString is how a failure shows a start.
func (s start) GoString() string { return fmt.Sprintf("%q", s.text) }

func off(after map[stand]stand) goal {
	return goal{present(false), after, "=false"}
}

var cut = goal{held: absent, usually: nothing}

const canary = "S3CRET-t0ken"

// trailing adds an empty line and a comment.
func trailing(comment string) func([]byte) []byte {
	return func(data []byte) []byte {
		if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
			data = append(data, '\n')
		}
		return append(data, "\n"+comment+"\n"...)
	}
}

func reindent(data []byte) []byte {
	var b bytes.Buffer
	if bytes.Contains(data, []byte("\n ")) {
		_ = json.Compact(&b, data)
	} else {
		_ = json.Indent(&b, data, "", "   ")
	}
	return b.Bytes()
}

const zoomus = "; kept\n[General]\ntoken=" + canary + "\nautoUpdate=true\n\n[ui]\nusage=true\nlanguage=en\nlast=\"" + canary + "\"\n"

const chat = "{\n  \"token\": \"" + canary + "\",\n  \"telemetry\": true,\n  \"a\": {\"b\": true, \"s\": \"" + canary + "\"},\n  \"beacon\": 3,\n  \"beside\": 1\n}\n"

const list = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>token</key>
	<string>` + canary + `</string>
	<key>ZAutoUpdate</key>
	<false/>
	<key>Beacon</key>
	<integer>3</integer>
</dict>
</plist>
`

func binaryList() string {
	data, err := plist.Marshal(map[string]any{"token": canary, "ZAutoUpdate": false, "Beacon": 3}, plist.BinaryFormat)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func listSpots() []spot {
	yes := goal{present(true), map[stand]stand{"=<string>no</string>": "=<string>yes</string>", "=<string>yes</string>": "=<string>yes</string>"}, "=<true/>"}
	return []spot{
		{fact.At{Store: "plist", Key: "ZAutoUpdate"}, []goal{yes}, []stand{"=<true/>", "=<false/>", "=<string>no</string>", nothing}},
		{fact.At{Store: "plist", Key: "deep.flag"}, []goal{yes, cut}, []stand{"=<false/>", nothing}},
		{fact.At{Store: "plist", Key: "Beacon"}, []goal{cut}, []stand{"=<integer>7</integer>", nothing}},
	}
}

var listBeside = []fact.At{{Store: "plist", Key: "beside"}}

// sheets are what a home has. What is written down for each goal comes from the
// formats' rules, not from a run.
var sheets = []*sheet{
	{name: ".zoom/data/zoomus.conf", store: "ini", keeps: canary, broken: "[General\n",
		starts: []start{
			{text: zoomus, mode: 0o640, stands: []stand{"=true", "=true", nothing, "=0640"}, others: []stand{"=en", nothing}},
			{text: "\ufeff" + strings.ReplaceAll(zoomus, "\n", "\r\n"), mode: 0o600, stands: []stand{"=true", "=true", nothing, "=0600"}, others: []stand{"=en", nothing}},
			{text: "[General]\ntoken=" + canary, mode: 0o644, stands: []stand{nothing, nothing, nothing, "=0644"}, others: []stand{nothing, nothing}},
			{gone: true, stands: []stand{nothing, nothing, nothing, nothing}, others: []stand{nothing, nothing}},
		},
		spots: []spot{
			{fact.At{Store: "ini", Section: "ui", Key: "usage"},
				[]goal{off(map[stand]stand{"=True": "=False", "=False": "=False", "=1": "=0", "=0": "=0"}), {present("weekly"), nil, "=weekly"}},
				[]stand{"=true", "=false", "=True", "=1", "=maybe", nothing}},
			{fact.At{Store: "ini", Section: "General", Key: "autoUpdate"}, []goal{cut}, []stand{"=true", "=2", nothing}},
			{fact.At{Store: "ini", Section: "ui", Key: "beacon"}, []goal{{present("none"), nil, "=none"}, cut}, []stand{"=all", nothing}},
			{fact.At{Store: "mode"}, []goal{{present("go-r"), map[stand]stand{"=0640": "=0600", "=0644": "=0600", "=0604": "=0600", nothing: refuses}, same}},
				[]stand{"=0640", "=0644", "=0604"}},
		},
		beside: []fact.At{{Store: "ini", Section: "ui", Key: "language"}, {Store: "ini", Section: "other", Key: "beside"}},
		theirs: []stand{"=en", "=de", nothing}, reformat: trailing("; theirs")},
	{name: ".config/chat/settings.json", store: "json", keeps: canary, broken: "{",
		starts: []start{
			{text: chat, mode: 0o600, stands: []stand{"=true", "=true", "=3"}, others: []stand{"=1"}},
			{text: "{\"token\":\"" + canary + "\",\"telemetry\":null}", mode: 0o600, stands: []stand{"=null", nothing, nothing}, others: []stand{nothing}},
			{gone: true, stands: []stand{nothing, nothing, nothing}, others: []stand{nothing}},
		},
		spots: []spot{
			{fact.At{Store: "json", Key: "telemetry"}, []goal{off(map[stand]stand{`="yes"`: `="no"`, `="no"`: `="no"`})}, []stand{"=true", "=null", `="yes"`, nothing}},
			{fact.At{Store: "json", Key: "a.b"}, []goal{off(nil), cut}, []stand{"=true", nothing}},
			{fact.At{Store: "json", Key: "beacon"}, []goal{{absent, map[stand]stand{"=null": "=null"}, nothing}}, []stand{"=5", "=null", nothing}},
		},
		beside: []fact.At{{Store: "json", Key: "beside"}},
		theirs: []stand{"=1", "=2", nothing}, reformat: reindent},
	{name: ".local/share/flatpak/overrides/us.zoom.Zoom", store: "flatpak", keeps: canary, broken: "[Context\n",
		starts: []start{
			{text: "[Other]\nx=" + canary + "\n\n[Context]\ndevices=dri;all;\nfilesystems=home:ro;\n", mode: 0o644, stands: []stand{"=all", nothing}, others: []stand{nothing}},
			{gone: true, stands: []stand{nothing, nothing}, others: []stand{nothing}},
		},
		spots: []spot{
			{fact.At{Store: "flatpak", Section: "Context", Key: "devices", Item: "all"}, []goal{{present("!all"), nil, "=!all"}}, []stand{"=all", "=!all", nothing}},
			{fact.At{Store: "flatpak", Section: "Context", Key: "sockets", Item: "x11"}, []goal{{present("!x11"), nil, "=!x11"}, cut}, []stand{"=x11", nothing}},
		},
		beside: []fact.At{{Store: "flatpak", Section: "Environment", Key: "BESIDE"}},
		theirs: []stand{"=1", "=2", nothing}, reformat: trailing("# theirs")},
	{name: "autostart/client.desktop", store: "keyfile", keeps: canary, broken: "x\n",
		starts: []start{{text: "[Desktop Entry]\nType=Application\nExec=zoom --token=" + canary + "\n", mode: 0o644, stands: []stand{nothing}, others: []stand{nothing}}},
		spots:  []spot{{fact.At{Store: "keyfile", Section: "Desktop Entry", Key: "Hidden"}, []goal{{present(true), nil, "=true"}}, []stand{"=false", "=true", nothing}}},
		beside: []fact.At{{Store: "keyfile", Section: "Desktop Entry", Key: "Comment"}},
		theirs: []stand{"=a", "=b", nothing}, reformat: trailing("# theirs")},
	{name: "Library/Preferences/us.zoom.plist", store: "plist", keeps: canary, broken: "<plist>",
		starts: []start{
			{text: list, mode: 0o600, stands: []stand{"=<false/>", nothing, "=<integer>3</integer>"}, others: []stand{nothing}},
			{gone: true, stands: []stand{nothing, nothing, nothing}, others: []stand{nothing}},
		},
		spots: listSpots(), beside: listBeside, theirs: []stand{"=<string>a</string>", "=<string>b</string>", nothing},
		reformat: func(data []byte) []byte {
			return bytes.Replace(data, []byte("</dict>"), []byte("<!-- theirs -->\n</dict>"), 1)
		}},
	{name: "Containers/Preferences/us.zoom.plist", store: "plist", keeps: canary, broken: "bplist00",
		starts: []start{{text: binaryList(), mode: 0o600, stands: []stand{"=<false/>"}, others: []stand{nothing}}},
		// Taking an entry out of the binary form renumbers others, so that is not done.
		spots: listSpots()[:1], beside: listBeside, theirs: []stand{"=<string>a</string>", "=<string>b</string>", nothing}},
	{name: ".dring/data/dring.yml", store: "yaml", keeps: canary, broken: "a: [\n",
		starts: []start{
			{text: "token: " + canary + "\naudio:\n  beacon: true # why\n  beside: 1\n", mode: 0o600, stands: []stand{"=true", nothing}, others: []stand{"=1"}},
		},
		spots: []spot{
			{fact.At{Store: "yaml", Key: "audio.beacon"}, []goal{off(nil)}, []stand{"=true"}},
			{fact.At{Store: "yaml", Key: "telemetry"}, []goal{off(nil), cut}, []stand{"=true", nothing}},
		},
		beside: []fact.At{{Store: "yaml", Key: "audio.beside"}},
		theirs: []stand{"=1", "=2"}, reformat: trailing("# theirs")},
	{name: "bin/client", keeps: canary,
		starts: []start{{text: canary, mode: 0o777, stands: []stand{"=0777"}}},
		spots: []spot{{fact.At{Store: "mode"}, []goal{
			{present("o-w"), map[stand]stand{"=0777": "=0775", "=0707": "=0705", "=0666": "=0664", "=0606": "=0604", nothing: refuses}, same},
			{present("a-x"), map[stand]stand{"=0777": "=0666", "=0707": "=0606", "=0775": "=0664", "=0705": "=0604", "=0755": "=0644", nothing: refuses}, same},
		}, []stand{"=0777", "=0707", "=0755"}}}},
	{name: "old/opener", store: "quarantine",
		starts: []start{{text: "folder", stands: []stand{"=1"}}, {gone: true, stands: []stand{nothing}}},
		spots:  []spot{{fact.At{Store: "quarantine"}, []goal{cut}, nil}}},
	{name: "older/stray.desktop", store: "quarantine",
		starts: []start{{text: "file", stands: []stand{"=1"}}},
		spots:  []spot{{fact.At{Store: "quarantine"}, []goal{cut}, nil}}},
}

func init() {
	sheets = slices.DeleteFunc(sheets, func(s *sheet) bool { return s.store == "yaml" && !knows("yaml") })
}

func knows(store string) bool {
	_, ok := edit.For(store)
	return ok
}

// page is a sheet in one home, as the model has it: what must be there.
type page struct {
	*sheet
	home    string
	path    string
	format  edit.Format // nil: its content is not looked into
	exists  bool
	broken  bool
	stands  []stand
	others  []stand
	marks   bool  // the text that nobody changes is in it
	existed bool  // when the turn began
	maker   int64 // the entry that made the file, if one did
	// touched: somebody else wrote since nothing of ours stood here. base is how it
	// was then, to the byte.
	touched bool
	base    string
	// folders: its folders may be there, with or without it; had is whether they
	// were before we made the file.
	folders, had bool
	// last counts the things that lay here; forms says how each looks.
	last  int
	forms map[stand]string
}

func newPage(t *rapid.T, home string, s *sheet) *page {
	p := &page{sheet: s, home: home, path: filepath.Join(home, s.name), forms: map[stand]string{}}
	if s.store != "" && s.store != "quarantine" {
		p.format, _ = edit.For(s.store)
	}
	first := rapid.SampledFrom(s.starts).Draw(t, "start of "+s.name)
	p.stands, p.others = slices.Clone(first.stands), slices.Clone(first.others)
	p.exists, p.folders, p.marks = !first.gone, !first.gone, !first.gone && s.keeps != ""
	if s.store == "quarantine" {
		p.folders = true
		ok(os.MkdirAll(filepath.Dir(p.path), 0o755))
		if p.exists {
			p.put(0)
		}
	} else if p.exists {
		p.write([]byte(first.text))
		ok(os.Chmod(p.path, first.mode))
		_ = unix.Setxattr(p.path, "user.note", []byte("kept"), 0) // not every file system has them
	}
	p.base, p.touched = p.listing(), false
	return p
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

// at is the place of a spot.
func (p *page) at(i int) fact.At { return p.place(p.spots[i].at) }

func (p *page) place(at fact.At) fact.At {
	at.Path = p.path
	return at
}

// write has somebody else give the file this content, in place.
func (p *page) write(data []byte) {
	ok(os.MkdirAll(filepath.Dir(p.path), 0o755))
	fresh := !p.exists
	ok(os.WriteFile(p.path, data, 0o644))
	if fresh {
		ok(os.Chmod(p.path, 0o644))
		p.noteMode(0o644)
	}
	p.exists, p.folders, p.touched = true, true, true
}

// noteMode has the model know a mode where there is a spot for it.
func (p *page) noteMode(mode fs.FileMode) {
	for i := range p.spots {
		if p.spots[i].at.Store == "mode" {
			p.stands[i] = stand(fmt.Sprintf("=%04o", mode))
		}
	}
}

// data is what the file holds, or what a new one starts with.
func (p *page) data() []byte {
	data, err := os.ReadFile(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return p.format.Blank()
	}
	ok(err)
	return data
}

// with is the file with one entry as it is wanted.
func (p *page) with(data []byte, at fact.At, s stand) []byte {
	var err error
	if s == nothing {
		data, err = p.format.Cut(data, at)
	} else {
		data, err = p.format.Set(data, at, []byte(s[1:]))
	}
	ok(err)
	return data
}

// theirEntry has somebody else change the entry itself.
func (p *page) theirEntry(i int, s stand) {
	switch p.spots[i].at.Store {
	case "quarantine":
		p.put(i)
	case "mode":
		var mode uint32
		_, err := fmt.Sscanf(string(s), "=%o", &mode)
		ok(err)
		ok(os.Chmod(p.path, fs.FileMode(mode)))
		p.stands[i], p.touched = s, true
	default:
		p.write(p.with(p.data(), p.at(i), s))
		p.stands[i] = s
	}
}

// put lays another thing down where things are taken away.
func (p *page) put(i int) {
	ok(os.RemoveAll(p.path))
	if strings.HasSuffix(p.name, ".desktop") {
		ok(os.WriteFile(p.path, fmt.Appendf(nil, "thing %d", p.last), 0o755))
	} else {
		ok(os.MkdirAll(filepath.Join(p.path, "in"), 0o755))
		ok(os.WriteFile(filepath.Join(p.path, "in/run"), fmt.Appendf(nil, "thing %d", p.last), 0o755))
		ok(os.Symlink("run", filepath.Join(p.path, "in/link")))
	}
	p.last++
	p.stands[i] = stand(fmt.Sprintf("=%d", p.last))
	p.exists, p.touched = true, true
	p.forms[p.stands[i]] = p.listing()
}

// theirBeside has somebody else change an entry beside ours.
func (p *page) theirBeside(j int, s stand) {
	p.write(p.with(p.data(), p.place(p.beside[j]), s))
	p.others[j] = s
}

// replaced has somebody else make the file anew and rename it into its place.
func (p *page) replaced(j int, s stand) {
	data := p.with(p.data(), p.place(p.beside[j]), s)
	ok(os.MkdirAll(filepath.Dir(p.path), 0o755))
	ok(os.WriteFile(p.path+".new", data, 0o604))
	ok(os.Chmod(p.path+".new", 0o604))
	ok(os.Rename(p.path+".new", p.path))
	p.others[j], p.exists, p.folders, p.touched = s, true, true, true
	p.noteMode(0o604)
}

// removed has somebody else delete it.
func (p *page) removed() {
	ok(os.RemoveAll(p.path))
	for i := range p.stands {
		p.stands[i] = nothing
	}
	for j := range p.others {
		p.others[j] = nothing
	}
	p.exists, p.broken, p.marks, p.touched = false, false, false, true
}

// spoiled has somebody else make it unreadable, mended readable and empty.
func (p *page) spoiled() {
	p.write([]byte(p.sheet.broken))
	p.broken, p.marks = true, false
}

func (p *page) mended() {
	p.write(p.format.Blank())
	for i := range p.stands {
		if p.spots[i].at.Store != "mode" {
			p.stands[i] = nothing
		}
	}
	for j := range p.others {
		p.others[j] = nothing
	}
	p.broken, p.marks = false, false
}

// adopt has the model know that we made a spot stand so.
func (p *page) adopt(i int, s stand) {
	p.stands[i] = s
	switch at := p.spots[i].at; at.Store {
	case "quarantine":
		p.exists = s != nothing
	case "mode":
	default:
		_, err := os.Lstat(p.path)
		if made := err == nil; made != p.exists { // whether that is right is seen in same
			p.exists = made
			if made {
				p.had, p.folders = p.folders, true
				p.noteMode(0o600)
			} else {
				p.folders = p.had
				for k := range p.spots {
					if p.spots[k].at.Store == "mode" {
						p.stands[k] = nothing
					}
				}
			}
		}
	}
}

// seen is what stands at a spot, read without any store.
func (p *page) seen(i int) (stand, error) {
	info, err := os.Lstat(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nothing, nil
	}
	ok(err)
	switch at := p.at(i); at.Store {
	case "quarantine":
		for s, form := range p.forms {
			if form == p.listing() {
				return s, nil
			}
		}
		return "=?", nil
	case "mode":
		return stand(fmt.Sprintf("=%04o", info.Mode().Perm())), nil
	default:
		return p.find(p.data(), at)
	}
}

func (p *page) find(data []byte, at fact.At) (stand, error) {
	raw, _, _, err := p.format.Find(data, at)
	switch {
	case err != nil:
		return "", err
	case raw == nil:
		return nothing, nil
	}
	return stand("=" + string(raw)), nil
}

// listing is all of it to the byte, with the rights of its folders.
func (p *page) listing() string {
	var b strings.Builder
	for dir := filepath.Dir(p.path); dir != p.home; dir = filepath.Dir(dir) {
		info, err := os.Lstat(dir)
		if err == nil {
			fmt.Fprintln(&b, dir, info.Mode())
		}
	}
	if _, err := os.Lstat(p.path); err == nil {
		b.WriteString(hardentest.Tree(p.path))
	}
	return b.String()
}

// agrees compares what is there with the model.
func (p *page) agrees() error {
	_, err := os.Lstat(p.path)
	if (err == nil) != p.exists {
		return fmt.Errorf("%s is there: %v, want %v", p.name, err == nil, p.exists)
	}
	var data []byte
	if p.format != nil {
		data = p.data()
	}
	for i := range p.spots {
		inFile := p.format != nil && p.spots[i].at.Store == p.store
		var got stand
		switch {
		case inFile && p.broken:
			continue
		case inFile:
			got, err = p.find(data, p.at(i))
		default:
			got, err = p.seen(i)
		}
		if err != nil || got != p.stands[i] {
			return fmt.Errorf("%s: at %s %s %s stands %q, %v; want %q", p.name, p.spots[i].at.Store, p.spots[i].at.Section, p.spots[i].at.Key, got, err, p.stands[i])
		}
	}
	if p.format == nil || !p.exists {
		return nil
	}
	if p.marks && !bytes.Contains(data, []byte(p.keeps)) {
		return fmt.Errorf("%s: %s is gone: %q", p.name, p.keeps, data)
	}
	if p.broken {
		if string(data) != p.sheet.broken {
			return fmt.Errorf("%s: what cannot be read was changed to %q", p.name, data)
		}
		return nil
	}
	for j, at := range p.beside {
		if got, err := p.find(data, at); err != nil || got != p.others[j] {
			return fmt.Errorf("%s: beside, at %s %s, stands %q, %v; want %q", p.name, at.Section, at.Key, got, err, p.others[j])
		}
	}
	return nil
}

// same compares to the byte with how it was before anything of ours stood here.
func (p *page) same(live bool) error {
	if live {
		return nil
	}
	now := p.listing()
	if !p.touched && now != p.base {
		return fmt.Errorf("%s: nobody but us wrote, nothing of ours stands, and it is\n%s\nand was\n%s", p.name, now, p.base)
	}
	p.base, p.touched = now, false
	return nil
}
