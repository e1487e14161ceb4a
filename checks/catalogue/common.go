package catalogue

// Catalogue is all that is known: the clients' pages and the common ones.
type Catalogue struct {
	Pages       []Page       `json:"pages"`       // in order of id
	Checks      []Check      `json:"checks"`      // checks every client gets
	Permissions []Permission `json:"permissions"` // what systems and browsers can grant
	Items       []Item       `json:"items"`       // what advisories ask
	Browsers    []Browser    `json:"browsers"`
	Support     []Support    `json:"support"` // for copies whose page has no rule
	Signals     []Signal     `json:"signals"` // how each system shows that a client is in a call
	// Added are the ids of pages that came from an administrator's folder.
	// Their settings are looked at and never written.
	Added []string `json:"added,omitempty"`
}

// Check is a check that is made of every client (checks.yaml).
type Check struct {
	ID       string `yaml:"id" json:"id"` // "exposure/world-writable"
	Title    string `yaml:"title" json:"title"`
	Why      string `yaml:"why" json:"why"`
	Severity string `yaml:"severity" json:"severity"`
	Remedy   string `yaml:"remedy" json:"remedy"` // setting update account remove guidance
	Advice   string `yaml:"advice" json:"advice"` // what to do, in one sentence
	// Loses says what the person gives up when Huddleguard does it.
	Loses  string   `yaml:"loses,omitempty" json:"loses,omitempty"`
	Serves []string `yaml:"serves,omitempty" json:"serves,omitempty"`
}

// Permission is something a system or a browser can grant (permissions.yaml),
// and the words each mechanism has for it.
type Permission struct {
	ID     string `yaml:"id" json:"id"` // "camera"; the check id is client/permission/camera
	Title  string `yaml:"title" json:"title"`
	Why    string `yaml:"why" json:"why"`
	Advice string `yaml:"advice" json:"advice"`
	// Loses says what the person gives up with the grant.
	Loses string `yaml:"loses,omitempty" json:"loses,omitempty"`
	// Granted is "weakness" where a grant is a fault whatever the client, or
	// "note" where it is worth knowing; a client's Needs turn a note into a pass.
	Granted  string   `yaml:"granted" json:"granted"`
	Severity string   `yaml:"severity" json:"severity"`
	Serves   []string `yaml:"serves,omitempty" json:"serves,omitempty"`
	// Flatpak entries are "list=item" of the [Context] group: "devices=all".
	Flatpak []string `yaml:"flatpak,omitempty" json:"flatpak,omitempty"`
	// Portal is "table/id" of the permission store: "devices/camera".
	Portal  string   `yaml:"portal,omitempty" json:"portal,omitempty"`
	Snap    []string `yaml:"snap,omitempty" json:"snap,omitempty"`       // plugs; "classic" and "devmode" are confinements
	Windows string   `yaml:"windows,omitempty" json:"windows,omitempty"` // capability of the ConsentStore
	TCC     string   `yaml:"tcc,omitempty" json:"tcc,omitempty"`         // macOS service
	// TCCSystem is true where the grant stands in the machine's database.
	TCCSystem bool   `yaml:"tcc_system,omitempty" json:"tcc_system,omitempty"`
	Chromium  string `yaml:"chromium,omitempty" json:"chromium,omitempty"` // content setting, for sites
	Firefox   string `yaml:"firefox,omitempty" json:"firefox,omitempty"`   // type in moz_perms, for sites
	Pane      string `yaml:"pane,omitempty" json:"pane,omitempty"`         // macOS settings pane that shows it
}

// Item is one thing an advisory asks (items.yaml).
type Item struct {
	ID     string   `yaml:"id" json:"id"`     // "CYCORD-10"
	By     string   `yaml:"by" json:"by"`     // who says so
	Body   string   `yaml:"body" json:"body"` // the same in one word, for policies: "cycord"
	Date   string   `yaml:"date" json:"date"`
	About  []string `yaml:"about,omitempty" json:"about,omitempty"` // clients it speaks of; empty: all
	Asks   string   `yaml:"asks" json:"asks"`                       // in our words
	Source string   `yaml:"source" json:"source"`
}

// Browser says where a browser keeps its profiles (browsers.yaml).
type Browser struct {
	ID     string `yaml:"id" json:"id"` // "chromium"
	Name   string `yaml:"name" json:"name"`
	Family string `yaml:"family" json:"family"` // chromium or firefox
	// Profiles are folders that hold profiles, by system.
	Linux   []string `yaml:"linux,omitempty" json:"linux,omitempty"`
	Windows []string `yaml:"windows,omitempty" json:"windows,omitempty"`
	MacOS   []string `yaml:"macos,omitempty" json:"macos,omitempty"`
	// Programs are the names of its program files, without ".exe". In a sandbox
	// their folders have other names, so the name alone counts: a program of the
	// same name that is not the browser makes us wait for nothing, no more.
	Programs []string `yaml:"programs" json:"programs"`
	Source   string   `yaml:"source" json:"source"`
	Seen     string   `yaml:"seen" json:"seen"`
}
