package catalogue

import "huddleguard/checks/fact"

// Page is what is known of one client.
type Page struct {
	// ID is the client's id in check ids and reports: "zoom".
	ID string `yaml:"id" json:"id"`
	// Name is what people call it: "Zoom".
	Name   string `yaml:"name" json:"name"`
	Vendor string `yaml:"vendor" json:"vendor"`
	// Note is one thing an administrator should know: "Teams for Education is this client."
	Note string `yaml:"note,omitempty" json:"note,omitempty"`
	// Retired is set when nobody should run any edition of it any more.
	Retired  *Retired  `yaml:"retired,omitempty" json:"retired,omitempty"`
	Editions []Edition `yaml:"editions" json:"editions"`
	// Support says how long a release is looked after. Without a rule for a copy
	// the common ones of support.yaml hold.
	Support []Support `yaml:"support,omitempty" json:"support,omitempty"`
	// Installs say how a copy is found, one for each system and packaging.
	Installs []Install `yaml:"installs,omitempty" json:"installs,omitempty"`
	// Handlers are the URL schemes the client registers.
	Handlers []string `yaml:"handlers,omitempty" json:"handlers,omitempty"`
	// Sites are the web hosts people meet at. "zoom.us" also means its subdomains.
	Sites []string `yaml:"sites,omitempty" json:"sites,omitempty"`
	// Needs are permissions a call cannot do without (ids of permissions.yaml).
	Needs []string `yaml:"needs,omitempty" json:"needs,omitempty"`
	// Calls are the client's own words in the signals of a call, beside the names
	// of its programs.
	Calls     []CallWords `yaml:"calls,omitempty" json:"calls,omitempty"`
	Settings  []Setting   `yaml:"settings,omitempty" json:"settings,omitempty"`
	Leftovers []Leftover  `yaml:"leftovers,omitempty" json:"leftovers,omitempty"`
	// Electron is true for clients built on Electron: its debug switches apply.
	Electron bool `yaml:"electron,omitempty" json:"electron,omitempty"`
	// Unsettable lists what people ask for and no local place controls.
	Unsettable []Unsettable `yaml:"unsettable,omitempty" json:"unsettable,omitempty"`
}

// Retired says since when something should be removed, and why.
type Retired struct {
	Since  string `yaml:"since" json:"since"` // YYYY-MM-DD
	Why    string `yaml:"why" json:"why"`
	Source string `yaml:"source" json:"source"`
	Seen   string `yaml:"seen" json:"seen"`
	// Replacement is the client to use instead, in words.
	Replacement string `yaml:"replacement,omitempty" json:"replacement,omitempty"`
}

// Edition is a product of the client's family with its own version line.
type Edition struct {
	ID      string   `yaml:"id" json:"id"` // "desktop", "vdi", "rooms" …
	Name    string   `yaml:"name" json:"name"`
	Retired *Retired `yaml:"retired,omitempty" json:"retired,omitempty"`
	// AdvisedAs is the edition whose advisories speak of this one, where it has
	// another id there; "none" where no advisory speaks of it.
	AdvisedAs string `yaml:"advised_as,omitempty" json:"advised_as,omitempty"`
}

// AdvisedEditions are the ids that advisories have for editions.
var AdvisedEditions = []string{"desktop", "vdi", "vdi-plugin", "rooms", "outlook-plugin", "meetings-desktop",
	"machine-wide-installer", "skype-for-business", "sdk", "server", "mobile", "none"}

// Install says how copies of one edition are found in one packaging.
type Install struct {
	System    fact.OS        `yaml:"system" json:"system"`
	Packaging fact.Packaging `yaml:"packaging" json:"packaging"`
	Edition   string         `yaml:"edition" json:"edition"`
	// IDs are the names its package manager knows it by: dpkg or rpm package,
	// flatpak application, snap, macOS bundle identifier, AppX package family
	// (name_publisherhash), App id of a PWA.
	IDs []string `yaml:"ids,omitempty" json:"ids,omitempty"`
	// Uninstall matches entries of the Windows Uninstall keys.
	Uninstall *Uninstall `yaml:"uninstall,omitempty" json:"uninstall,omitempty"`
	// Paths mark a copy by their presence where nothing registers it, or where
	// the registration can be missing. A path that ends in a program is also
	// one of Programs. "~" is each home; globs match within one folder.
	Paths []string `yaml:"paths,omitempty" json:"paths,omitempty"`
	// Programs are the client's program files: processes are matched by them,
	// and on Windows the first one's version resource is read.
	// "{install}" is the copy's own folder.
	Programs []string `yaml:"programs,omitempty" json:"programs,omitempty"`
	// Processes are further process names that belong to the client, without ".exe".
	Processes []string `yaml:"processes,omitempty" json:"processes,omitempty"`
	// Trees are folders of program files, whose modes are looked at.
	Trees []string `yaml:"trees,omitempty" json:"trees,omitempty"`
	// Setuid are files in Trees that are meant to be setuid, such as chrome-sandbox.
	Setuid []string `yaml:"setuid,omitempty" json:"setuid,omitempty"`
	// Data are folders and files that hold secrets at rest. They are never opened;
	// only who else could is looked at.
	Data []string `yaml:"data,omitempty" json:"data,omitempty"`
	// VersionFrom are places that know the version better than the package
	// manager, the most trusted first.
	VersionFrom []VersionFrom `yaml:"version_from,omitempty" json:"version_from,omitempty"`
	// Scheme names the form of the version in checks/version.
	Scheme string `yaml:"scheme" json:"scheme"`
	// Backports is set where a distribution makes the package: it can carry a
	// fix that its version does not show.
	Backports bool `yaml:"backports,omitempty" json:"backports,omitempty"`
	// Expect is who the copy should come from.
	Expect *Expect `yaml:"expect,omitempty" json:"expect,omitempty"`
	// Updates says who keeps the copy current.
	Updates Updates `yaml:"updates" json:"updates"`
	// Update names the channel that brings new versions, where it does not
	// follow from Packaging: a package manager's name is one of IDs.
	Update *Update `yaml:"update,omitempty" json:"update,omitempty"`
	// Retired is set where only this way of packaging ended.
	Retired *Retired `yaml:"retired,omitempty" json:"retired,omitempty"`
	Source  string   `yaml:"source" json:"source"`
	Seen    string   `yaml:"seen" json:"seen"` // YYYY-MM-DD
}

// Uninstall matches Windows Uninstall entries: the key or a name must match,
// and the publisher where it is given.
type Uninstall struct {
	Keys []string `yaml:"keys,omitempty" json:"keys,omitempty"` // exact key names
	// Names are exact display names, or with a final "*" their beginnings.
	Names      []string `yaml:"names,omitempty" json:"names,omitempty"`
	Publishers []string `yaml:"publishers,omitempty" json:"publishers,omitempty"` // same forms as Names
	// User is true for entries of a person's hive, false for the machine's.
	User bool `yaml:"user,omitempty" json:"user,omitempty"`
}

// VersionFrom is a file that holds a version.
type VersionFrom struct {
	Path string `yaml:"path" json:"path"` // may start with {install}
	// Format: "text" (first line), "json" (Key is a dotted path), "plist", "pe" (file version).
	Format string `yaml:"format" json:"format"`
	Key    string `yaml:"key,omitempty" json:"key,omitempty"`
}

// Expect is who signs or publishes a copy: any one of the names given for the
// kind of evidence that is there. Matching is exact.
type Expect struct {
	Maintainers []string `yaml:"maintainers,omitempty" json:"maintainers,omitempty"` // dpkg Maintainer, rpm Vendor; a final "*" matches beginnings
	Remotes     []string `yaml:"remotes,omitempty" json:"remotes,omitempty"`         // flatpak remotes
	Publishers  []string `yaml:"publishers,omitempty" json:"publishers,omitempty"`   // snap publishers
	Signers     []string `yaml:"signers,omitempty" json:"signers,omitempty"`         // Authenticode CN or O
	TeamIDs     []string `yaml:"team_ids,omitempty" json:"team_ids,omitempty"`       // macOS
}

// Updates says who keeps a copy current.
type Updates string

// Who can keep a copy current.
const (
	UpdatesOwn     Updates = "own"     // the client's own updater
	UpdatesManager Updates = "manager" // dpkg, rpm, flatpak, snap with a repository
	UpdatesStore   Updates = "store"   // Microsoft Store, App Store
	UpdatesBrowser Updates = "browser"
	UpdatesNobody  Updates = "nobody" // the person or IT, by hand
)

// Setting is one thing a client can be told, and what is asked of it.
type Setting struct {
	// ID is "kind/thing"; the check id is the page's id, a slash, and this.
	ID string `yaml:"id" json:"id"`
	// Title says the wanted state in a few words: "Crash reports are not sent".
	Title string `yaml:"title" json:"title"`
	// Why says what goes wrong otherwise, in one or two sentences.
	Why string `yaml:"why" json:"why"`
	// Loses says what the person gives up; empty where nothing.
	Loses    string   `yaml:"loses,omitempty" json:"loses,omitempty"`
	Severity string   `yaml:"severity" json:"severity"` // info low medium high critical
	Profiles []string `yaml:"profiles" json:"profiles"` // advisory, strict, quiet
	// Serves are ids of items.yaml.
	Serves []string `yaml:"serves,omitempty" json:"serves,omitempty"`
	// Against are ids of items.yaml that ask for the opposite. A policy says
	// which body it prefers; without a word of it, Serves decides.
	Against []string `yaml:"against,omitempty" json:"against,omitempty"`
	Type    string   `yaml:"type" json:"type"` // bool int string list
	Want    Want     `yaml:"want" json:"want"`
	// Places are where the value can stand, per system in order of precedence:
	// the first that holds a value decides.
	Places []Place `yaml:"places" json:"places"`
	// ByHand is true where Huddleguard never writes the setting: what stands there
	// is a secret or can hold one, or a wrong moment would lose a person's data.
	ByHand bool `yaml:"by_hand,omitempty" json:"by_hand,omitempty"`
	// Defaults are what the client does when no place holds a value. A copy
	// without a matching default is unknown then.
	Defaults []Default `yaml:"defaults,omitempty" json:"defaults,omitempty"`
}

// Want is what is asked of a value. Exactly one member is given; a place may
// give its own where its polarity differs.
type Want struct {
	Is any `yaml:"is,omitempty" json:"is,omitempty"`
	// OneOf: the first is the one that is written where none of them stands.
	OneOf  []any `yaml:"one_of,omitempty" json:"one_of,omitempty"`
	Not    any   `yaml:"not,omitempty" json:"not,omitempty"` // anything but this; absent is fine
	Absent bool  `yaml:"absent,omitempty" json:"absent,omitempty"`
	// Hosts: the value is a URL or host at one of these hosts or below.
	Hosts []string `yaml:"hosts,omitempty" json:"hosts,omitempty"`
	// Lacks: none of these words occurs in the value (a list or a command line).
	Lacks   []string `yaml:"lacks,omitempty" json:"lacks,omitempty"`
	AtLeast *float64 `yaml:"at_least,omitempty" json:"at_least,omitempty"`
}

// Place is where a setting's value can stand on one system.
type Place struct {
	System fact.OS `yaml:"system" json:"system"`
	// Packagings and Editions limit the place. No packaging means all, no
	// edition means "desktop".
	Packagings []fact.Packaging `yaml:"packagings,omitempty" json:"packagings,omitempty"`
	Editions   []string         `yaml:"editions,omitempty" json:"editions,omitempty"`
	// Browsers limit a place of a site to copies in these browsers; none means all.
	Browsers []string `yaml:"browsers,omitempty" json:"browsers,omitempty"`
	// Store: ini, json, plist, registry, keyfile, yaml, file (presence only).
	Store string `yaml:"store" json:"store"`
	// Path is a file or, for registry, a key: "~/.config/zoomus.conf",
	// "%APPDATA%/Zoom/data/Zoom.us.ini", "HKLM\\SOFTWARE\\Policies\\Zoom".
	Path    string `yaml:"path" json:"path"`
	Section string `yaml:"section,omitempty" json:"section,omitempty"` // ini, keyfile
	// Key is the key or value name; for json, plist and yaml a dotted path,
	// with a backslash before a dot that belongs to a name.
	Key string `yaml:"key,omitempty" json:"key,omitempty"`
	// Fold compares keys without regard to case.
	Fold bool `yaml:"fold,omitempty" json:"fold,omitempty"`
	// Digits is true where the client writes yes and no as 1 and 0.
	Digits bool `yaml:"digits,omitempty" json:"digits,omitempty"`
	// Managed is true for places only the organisation writes. Where its path is a
	// pattern, a file that another place of the setting names is not among them.
	Managed bool `yaml:"managed,omitempty" json:"managed,omitempty"`
	// Shared is true for a file that the organisation and Huddleguard both write. A
	// value there that is not what is wanted is the organisation's: Huddleguard
	// would not have written it.
	Shared bool `yaml:"shared,omitempty" json:"shared,omitempty"`
	// InsteadOf are files that the client reads while this one is not there, and no
	// longer once it is. While one of them is there and this one is not, nobody
	// can say what holds, and writing here would switch all of it off.
	InsteadOf []string `yaml:"instead_of,omitempty" json:"instead_of,omitempty"`
	Want      *Want    `yaml:"want,omitempty" json:"want,omitempty"`
	// Type overrides the setting's type here.
	Type string `yaml:"type,omitempty" json:"type,omitempty"`
	// Since is the first version of the client that reads the place.
	Since string `yaml:"since,omitempty" json:"since,omitempty"`
	// Place says how the place is known: live-file, vendor-document, admx,
	// deployment-script, source-code, or unseen.
	Place string `yaml:"place" json:"place"`
	// Effect says whether the effect was seen by us: seen, not-seen.
	Effect string `yaml:"effect" json:"effect"`
	Source string `yaml:"source" json:"source"`
	Seen   string `yaml:"seen" json:"seen"`
}

// Default is what a client does when no place holds a value.
type Default struct {
	System     fact.OS          `yaml:"system,omitempty" json:"system,omitempty"` // empty: all
	Packagings []fact.Packaging `yaml:"packagings,omitempty" json:"packagings,omitempty"`
	Value      any              `yaml:"value" json:"value"` // as people would write it; null for "not set"
	// Meets says whether that is what is wanted.
	Meets  bool   `yaml:"meets" json:"meets"`
	Source string `yaml:"source" json:"source"`
	Seen   string `yaml:"seen" json:"seen"`
}

// Leftover is something a client leaves behind that should not lie around,
// looked for on every host whether or not the client is installed.
type Leftover struct {
	ID       string   `yaml:"id" json:"id"` // "exposure/leftover-server"
	Title    string   `yaml:"title" json:"title"`
	Why      string   `yaml:"why" json:"why"`
	Severity string   `yaml:"severity" json:"severity"`
	Serves   []string `yaml:"serves,omitempty" json:"serves,omitempty"`
	// System limits where it is looked for; empty: all.
	System fact.OS  `yaml:"system,omitempty" json:"system,omitempty"`
	Files  []string `yaml:"files,omitempty" json:"files,omitempty"`
	// Registry are keys, or keys with a final "\\@name" for a value.
	Registry []string `yaml:"registry,omitempty" json:"registry,omitempty"`
	Ports    []uint16 `yaml:"ports,omitempty" json:"ports,omitempty"` // with Processes: only when one of them listens
	// Processes name the programs that would listen on Ports.
	Processes []string `yaml:"processes,omitempty" json:"processes,omitempty"`
	// UnlessInstalled: it is only a leftover when no copy of these editions is there.
	UnlessInstalled []string `yaml:"unless_installed,omitempty" json:"unless_installed,omitempty"`
	Source          string   `yaml:"source" json:"source"`
	Seen            string   `yaml:"seen" json:"seen"`
}

// Unsettable is something no local place controls, said so that nobody looks
// for it twice: "account" means the vendor's account settings do.
type Unsettable struct {
	Thing  string `yaml:"thing" json:"thing"`
	Where  string `yaml:"where" json:"where"` // account, tenant, nowhere
	Source string `yaml:"source" json:"source"`
	Seen   string `yaml:"seen" json:"seen"`
}
