// Package fact is the bottom of Huddleguard's vocabulary: what was read from
// one host at one time, as plain values that travel as JSON.
//
// A Set is made by checks/host from a live system or from the files of one,
// and judged by checks. It can be written to a file on one machine and judged
// on another, so the same value is test fixture, bug report and fleet import.
// The package imports the standard library only and does nothing.
//
// One rule shapes every type here: could not look is not the same as not
// there. A Fact that was looked for and not found is Absent; one that could
// not be read is Hidden and says why. Neither is ever left out.
package fact

import (
	"errors"
	"fmt"
	"time"
)

// Schema names the JSON form of a Set. Readers ignore fields they do not know.
const Schema = "huddleguard.facts/1"

// Set is everything read from one host.
type Set struct {
	Schema string    `json:"schema"`
	Taken  time.Time `json:"taken"` // RFC 3339, UTC
	Host   Host      `json:"host"`
	Scope  Scope     `json:"scope"`
	// Users lists the people whose homes are in scope, in order of name.
	Users []User `json:"users,omitempty"`
	// Browsers lists the browsers people have profiles of.
	Browsers      []Browser      `json:"browsers,omitempty"`
	Installations []Installation `json:"installations,omitempty"`
	Facts         []Fact         `json:"facts,omitempty"`
	Unreadable    []Unreadable   `json:"unreadable,omitempty"`
	// Looked are files that were looked at and that no Fact names, since nothing
	// was found: for whom watches, and in no record.
	Looked []Looked `json:"-"`
}

// Looked is one such file; one that is named "*" is every one of its folder.
type Looked struct {
	// Checks are the checks that it could matter to, "*" for any client.
	Checks []string
	User   string
	Path   string
}

// Host is the machine looked at.
type Host struct {
	OS        OS     `json:"os"`
	OSVersion string `json:"os_version,omitempty"` // "Debian GNU/Linux 12 (bookworm)", "10.0.26100", "14.6"
	Name      string `json:"name,omitempty"`
	Arch      Arch   `json:"arch,omitempty"`
}

// OS is one of the three systems.
type OS string

// The three systems.
const (
	Linux   OS = "linux"
	Windows OS = "windows"
	MacOS   OS = "macos"
)

// Arch is a processor architecture in the words advisories use.
type Arch string

// The architectures advisories tell apart.
const (
	X64   Arch = "x64"
	X86   Arch = "x86"
	ARM64 Arch = "arm64"
)

// Scope says how much of the host was in view.
type Scope struct {
	// Live is false when the files of a machine that is not running were read:
	// processes, sockets and buses are then not there to be asked.
	Live bool `json:"live"`
	// Users is "all" or "self". An unprivileged run sees the machine and itself.
	Users string `json:"users"`
}

// The two values of Scope.Users.
const (
	AllUsers = "all"
	Self     = "self"
)

// User is a person with a home on the host.
type User struct {
	Name string `json:"name"`
	// ID is the numeric user id or the SID.
	ID   string `json:"id,omitempty"`
	Home string `json:"home,omitempty"`
}

// Browser is a browser that a person has profiles of. While it runs it keeps
// what stands in them in its memory, and writes it at its end.
type Browser struct {
	ID      string `json:"id"` // as in the catalogue: "chromium"
	Name    string `json:"name"`
	User    string `json:"user"`
	Folder  string `json:"folder"` // its profiles lie below it
	Running Tri    `json:"running"`
	PIDs    []int  `json:"-"` // its processes, as Runs of an Installation
}

// Tri is an answer that may be unknown. The zero value is Unknown.
type Tri string

// The three answers.
const (
	Unknown Tri = "unknown"
	Yes     Tri = "yes"
	No      Tri = "no"
)

// Packaging says how a copy of a client came onto the host.
type Packaging string

// The ways of packaging told apart. A client's page uses these words.
const (
	Deb      Packaging = "deb"
	RPM      Packaging = "rpm"
	Flatpak  Packaging = "flatpak"
	Snap     Packaging = "snap"
	AppImage Packaging = "appimage"
	Files    Packaging = "files" // unpacked by hand, no package manager knows it
	EXE      Packaging = "exe"
	MSI      Packaging = "msi"
	MSIX     Packaging = "msix"
	Squirrel Packaging = "squirrel"
	Bundle   Packaging = "bundle"    // a macOS application bundle
	AppStore Packaging = "app-store" // a bundle with an App Store receipt
	PWA      Packaging = "pwa"       // a site installed as an app by a browser
	Site     Packaging = "site"      // a site that a browser profile lets use camera or microphone for good
)

// InBrowser says whether a copy is a site, and its version that of a browser.
func (p Packaging) InBrowser() bool { return p == PWA || p == Site }

// Installation is one copy of a client on the host.
type Installation struct {
	// ID is stable between looks and never holds the version.
	ID        string    `json:"id"`
	Client    string    `json:"client"`
	Edition   string    `json:"edition"`
	Name      string    `json:"name"`
	Packaging Packaging `json:"packaging"`
	// User is the owner of a copy that lies in a home; empty for the machine's.
	User string `json:"user,omitempty"`
	Path string `json:"path,omitempty"`
	// Browser is the browser a site is used in, by the catalogue's id; for one in
	// a sandbox, where the machine's policies do not reach it, "chromium/flatpak".
	Browser string `json:"browser,omitempty"`
	Arch    Arch   `json:"arch,omitempty"`
	// Versions are the witnesses, the most trusted first. They can disagree:
	// a self-updated client often runs something other than what is registered.
	Versions []Version `json:"versions,omitempty"`
	Running  Tri       `json:"running"`
	InCall   Tri       `json:"in_call"`
	// Runs are the copy's processes at the time of the look, for whom waits for
	// their end. They mean nothing later and are in no record.
	Runs   []Run  `json:"-"`
	Origin Origin `json:"origin"`
	// Held says whether updates of this copy are held back by its package
	// manager (dpkg hold, flatpak mask, snap hold); Unknown where not asked.
	Held Tri `json:"held"`
}

// Run is one process of a copy, and whose it is; that is empty where not known.
type Run struct {
	PID  int
	User string
}

// Version is one witness of an installation's version. One that could not be
// read has no Raw, and says why.
type Version struct {
	Raw   string `json:"raw,omitempty"`
	Where string `json:"where"`
	Why   string `json:"why,omitempty"`
}

// Origin is where a copy came from, as far as the host can tell.
type Origin struct {
	// Kind is the sort of evidence.
	Kind OriginKind `json:"kind,omitempty"`
	// Name is the repository, remote, store, signer or team.
	Name string `json:"name,omitempty"`
	// Detail says what was not checked, e.g. "certificate chain not checked".
	Detail string `json:"detail,omitempty"`
	// Where is the file that says so, where it is not the copy's own path.
	Where string `json:"where,omitempty"`
	// Why is set when the origin could not be read.
	Why string `json:"why,omitempty"`
}

// OriginKind is a sort of evidence for where a copy came from.
type OriginKind string

// The sorts of evidence.
const (
	OriginDistribution OriginKind = "distribution" // the package's maintainer or vendor field
	OriginRepository   OriginKind = "repository"
	OriginRemote       OriginKind = "remote"       // a flatpak remote
	OriginStore        OriginKind = "store"        // snap store, Microsoft Store, App Store
	OriginAuthenticode OriginKind = "authenticode" // embedded signature; chain not checked
	OriginTeamID       OriginKind = "team-id"      // macOS code signature; chain not checked
	OriginUnsigned     OriginKind = "unsigned"
	OriginUnknown      OriginKind = "unknown"
)

// Kind is what a fact is about.
type Kind string

// The kinds of fact.
const (
	// Setting is the value of a catalogue setting in one of its places.
	// Name is the setting's check id, Place the place's index in its page.
	Setting Kind = "setting"
	// Permission is a grant by the system or by a browser.
	// Name is the thing granted in the catalogue's words ("camera").
	Permission Kind = "permission"
	// Exposure is something that lies open: a listener, a mode, a handler.
	// Name is the thing ("world-writable").
	Exposure Kind = "exposure"
)

// State says whether the thing looked for was there.
type State string

// The states of a fact.
const (
	Present State = "present"
	Absent  State = "absent"     // looked, and it is not there
	Hidden  State = "unreadable" // could not look; Why says why
)

// Fact is one thing read from the host, with where, or why it could not be.
type Fact struct {
	Kind         Kind   `json:"kind"`
	Name         string `json:"name"`
	Client       string `json:"client"`
	Installation string `json:"installation,omitempty"`
	User         string `json:"user,omitempty"`
	State        State  `json:"state"`
	// Value is bool, float64, string or []string; nil unless Present.
	Value any `json:"value,omitempty"`
	// Where is for people: a path and key, never a secret.
	Where string `json:"where"`
	// At is the same for what changes it: one place for a setting or a grant, one
	// for each file of an exposure, none where nothing could be changed.
	At []At `json:"at,omitempty"`
	// Place is the index of the setting's place in the client's page.
	Place int `json:"place,omitempty"`
	// Managed is true where the organisation set the value.
	Managed bool `json:"managed,omitempty"`
	// Subject tells apart facts of one name: a site, a file, a handler's scheme.
	Subject string `json:"subject,omitempty"`
	// LastUsed is when a granted thing was last used, and InUse whether it was
	// in use at the time of the look, where the system records that.
	LastUsed time.Time `json:"last_used,omitzero"`
	InUse    bool      `json:"in_use,omitempty"`
	Why      string    `json:"why,omitempty"`
}

// At is the exact place something was read from, or would be read from.
type At struct {
	// Store is the kind of place, in the words of a page's places (ini, json,
	// plist …) and those of other grants (portal, snapd, mode …).
	Store string `json:"store"`
	// Path is an absolute path, a registry key with its root, a table of the
	// portal's store, or the name of a snap.
	Path    string `json:"path,omitempty"`
	Section string `json:"section,omitempty"` // of an INI or key file
	// Key is the key or value name; for json, plist and yaml a dotted path, with
	// a backslash before a dot that belongs to a name.
	Key string `json:"key,omitempty"`
	// Item is one item of what stands at Key: of a list, a table, a site's grants.
	Item string `json:"item,omitempty"`
	// Fold is set where keys are compared without regard to case.
	Fold bool `json:"fold,omitempty"`
	// Digits is set where yes and no are written 1 and 0.
	Digits bool `json:"digits,omitempty"`
}

// Held is what stands, or is to stand, at a place, as far as it may be shown.
type Held struct {
	// State is Present or Absent; empty where either is expected.
	State State `json:"state,omitempty"`
	// Value is bool, float64, string or []string, or words of the store's own.
	Value any `json:"value,omitempty"`
	// Whole is set where Value is all there is: a yes or no, a number, a word the
	// page writes. Of other text only a part, or that it is there, may be shown.
	Whole bool `json:"whole,omitempty"`
}

// Unreadable is something in scope that could not be looked at, and is not
// the value of one Fact: a package database, a home, a permission store.
type Unreadable struct {
	Client string `json:"client,omitempty"` // empty where it may concern every client
	User   string `json:"user,omitempty"`
	What   string `json:"what"`
	Why    string `json:"why"`
}

// Check says what is wrong with a Set that came from elsewhere: its form is
// not this one, or members are missing that every Set has.
func (s *Set) Check() error {
	switch {
	case s.Schema != Schema:
		return fmt.Errorf("the schema is %q, not %q", s.Schema, Schema)
	case s.Taken.IsZero():
		return errors.New("the time of the look is missing")
	case s.Host.OS != Linux && s.Host.OS != Windows && s.Host.OS != MacOS:
		return fmt.Errorf("the system %q is none of linux, windows and macos", s.Host.OS)
	}
	for i, f := range s.Facts {
		if f.State != Present && f.State != Absent && f.State != Hidden {
			return fmt.Errorf("fact %d has the state %q, which is none of present, absent and unreadable", i, f.State)
		}
	}
	return nil
}
