// Command victim is the program that is tortured: it applies a plan of twelve
// changes over all the stores that rest on files, takes it back, or settles
// what a crash left, in a folder made for it.
//
//	victim make|apply|undo|settle FOLDER
//
// All of it runs on the process's first thread, so that the system calls of a
// run are the same and can be counted.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/harden/store"
	"huddleguard/agent/state"
	"huddleguard/checks/fact"
)

func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: victim make|apply|undo|settle FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "victim:", err)
		os.Exit(1)
	}
}

func run(verb, dir string) error {
	if verb == "make" {
		return makeHome(dir)
	}
	ctx := context.Background()
	e, closeAll, err := open(ctx, dir)
	if err != nil {
		return err
	}
	defer closeAll()
	settled, err := e.Settle(ctx)
	if err != nil {
		return err
	}
	tell(settled)
	switch verb {
	case "apply":
		changes := changesIn(filepath.Join(dir, "home"))
		tell(e.Apply(ctx, plan.Plan{Schema: plan.Schema, Digest: plan.DigestOf(changes), Changes: changes}))
	case "undo":
		entries, err := e.Journal.Entries(ctx, state.Filter{Statuses: []state.Status{state.Done}})
		if err != nil {
			return err
		}
		tell(e.Undo(ctx, entries))
	case "settle":
	default:
		return fmt.Errorf("there is no verb %q", verb)
	}
	return nil
}

func tell(results []harden.Result) {
	for _, r := range results {
		fmt.Println(r.Outcome, r.Entry, r.Change.ID, r.Why)
	}
}

// open makes an executor over the home in a folder, as a person's own.
func open(ctx context.Context, dir string) (*harden.Executor, func(), error) {
	home, stateDir := filepath.Join(dir, "home"), filepath.Join(dir, "state")
	stores, err := store.ForPerson(home, os.Getuid(), stateDir)
	if err != nil {
		return nil, nil, err
	}
	j, err := state.OpenJournal(ctx, stateDir)
	if err != nil {
		return nil, nil, err
	}
	return &harden.Executor{
		Owner:  harden.Owner{User: "ann", UID: "1000", Home: stores.Home},
		Stores: stores.Kinds, Journal: j, Actor: "ann", Now: time.Now,
		Waits: func(context.Context, plan.Change) []plan.Wait { return nil },
	}, func() { _ = errors.Join(j.Close(), stores.Close()) }, nil
}

// item is one change, and the file it is made to, as it is before.
type item struct {
	at     fact.At
	typ    string
	after  fact.Held
	mode   fs.FileMode
	before string // "" with mode 0: the file is not there
}

func present(v any) fact.Held { return fact.Held{State: fact.Present, Value: v, Whole: true} }

// binaryPlist is {"a": true, "b": "text"} as CoreFoundation writes it.
const binaryPlist = "YnBsaXN0MDDSAQIDBFFhUWIJVHRleHQIDQ8REgAAAAAAAAEBAAAAAAAAAAUAAAAAAAAAAAAAAAAAAAAX"

const xmlPlist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>other</key>
	<string>kept</string>
	<key>send</key>
	<true/>
</dict>
</plist>
`

var items = []item{
	{fact.At{Store: "ini", Path: "ini/changed.conf", Section: "General", Key: "send"}, "bool", present(false), 0o600, "[General]\nsend=true\nother=\"a\\x41\"\n"},
	{fact.At{Store: "ini", Path: "ini/crlf.conf", Section: "General", Key: "send"}, "bool", present(false), 0o640, "\ufeff[General]\r\nother=1\r\n\r\n[b]\r\nx=2"},
	{fact.At{Store: "ini", Path: "ini/new/made.conf", Section: "ui", Key: "usage"}, "bool", present(false), 0, ""},
	{fact.At{Store: "json", Path: "json/changed.json", Key: "a.b"}, "string", present("new"), 0o600, "{\n\t\"a\": {\"b\":  \"old\", \"c\": [1,\n2]}\n}\n"},
	{fact.At{Store: "json", Path: "json/added.json", Key: `a.x\.y`}, "bool", present(true), 0o644, `{"other": 1.0}`},
	{fact.At{Store: "flatpak", Path: "overrides/us.zoom.Zoom", Section: "Context", Key: "devices", Item: "all"}, "", present("!all"), 0o644, "[Context]\nfilesystems=~/x;\n"},
	{fact.At{Store: "keyfile", Path: "autostart/zoom.desktop", Section: "Desktop Entry", Key: "Hidden"}, "bool", present(true), 0o644, "[Desktop Entry]\nType=Application\nName=Zoom\nExec=zoom\n"},
	{fact.At{Store: "yaml", Path: "yaml/c.yml", Key: "a.b"}, "bool", present(false), 0o600, "# kept\na:\n  b: true # and this\n  c: 1\n"},
	{fact.At{Store: "plist", Path: "plist/x.plist", Key: "send"}, "bool", present(false), 0o600, xmlPlist},
	{fact.At{Store: "plist", Path: "plist/b.plist", Key: "a"}, "bool", present(false), 0o600, "base64:" + binaryPlist},
	{fact.At{Store: "mode", Path: "modes/open"}, "", present("o-w"), 0o666, "open\n"},
	{fact.At{Store: "quarantine", Path: "left/.zoomus/ZoomOpener"}, "", fact.Held{State: fact.Absent, Whole: true}, 0o755, "a leftover\n"},
}

// changesIn are the twelve changes in a home.
func changesIn(home string) []plan.Change {
	var changes []plan.Change
	for _, it := range items {
		at := it.at
		at.Path = filepath.Join(home, at.Path)
		changes = append(changes, plan.Change{ID: it.at.Path, Finding: it.at.Path, User: "ann", At: at, Type: it.typ, After: it.after})
	}
	return changes
}

// makeHome lays out a home with the files as they are before.
func makeHome(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "state"), 0o700); err != nil {
		return err
	}
	for _, it := range items {
		if it.mode == 0 {
			continue
		}
		name := filepath.Join(dir, "home", it.at.Path)
		data := []byte(it.before)
		if text, is := strings.CutPrefix(it.before, "base64:"); is {
			var err error
			if data, err = base64.StdEncoding.DecodeString(text); err != nil {
				return err
			}
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, it.mode), os.Chmod(name, it.mode)); err != nil {
			return err
		}
		_ = unix.Setxattr(name, "user.kept", []byte("yes"), 0) // where the file system has such
	}
	return nil
}
