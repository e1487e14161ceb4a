package catalogue

import (
	"regexp"
	"slices"

	"huddleguard/checks/fact"
)

// Channel is what brings new versions of a copy to a machine.
type Channel string

// The channels. Own is a client's own updater, which takes no command.
const (
	Apt       Channel = "apt"
	Dnf       Channel = "dnf"
	Zypper    Channel = "zypper"
	ByFlatpak Channel = "flatpak"
	BySnap    Channel = "snap"
	Winget    Channel = "winget"
	MSUpdate  Channel = "msupdate" // Microsoft AutoUpdate on a Mac
	Own       Channel = "own"
)

var channels = []Channel{Apt, Dnf, Zypper, ByFlatpak, BySnap, Winget, MSUpdate, Own}

// Update names what brings a copy its new versions, where that does not follow
// from how it is packaged. It never holds a command: those are in code.
type Update struct {
	Channel Channel `yaml:"channel" json:"channel"`
	// Name is what the channel calls the copy: one word of its own narrow form.
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
}

// names are the forms of a name on each channel. None begins with a dash or
// holds a slash, a space, a colon, a comma or a wildcard; none of apt's ends in
// "-" or "+", with which apt-get removes and installs.
var names = map[Channel]*regexp.Regexp{
	Apt:       regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]{0,126}[a-z0-9]$`),
	Dnf:       regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9+._-]{0,126}[A-Za-z0-9])?$`),
	Zypper:    regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9+._-]{0,126}[A-Za-z0-9])?$`),
	ByFlatpak: regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,99}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,99}){2,9}$`),
	BySnap:    regexp.MustCompile(`^[a-z0-9]{1,40}(-[a-z0-9]{1,40}){0,9}$`),
	Winget:    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}){1,7}$`),
	MSUpdate:  regexp.MustCompile(`^[A-Z0-9]{4,16}$`),
}

// Takes says whether a name is in the channel's form.
func (c Channel) Takes(name string) bool {
	form := names[c]
	return form != nil && form.MatchString(name)
}

// serves are the packagings of the systems each channel brings versions to.
var serves = map[Channel]struct {
	system     fact.OS
	packagings []fact.Packaging
}{
	Apt:       {fact.Linux, []fact.Packaging{fact.Deb}},
	Dnf:       {fact.Linux, []fact.Packaging{fact.RPM}},
	Zypper:    {fact.Linux, []fact.Packaging{fact.RPM}},
	ByFlatpak: {fact.Linux, []fact.Packaging{fact.Flatpak}},
	BySnap:    {fact.Linux, []fact.Packaging{fact.Snap}},
	Winget:    {fact.Windows, []fact.Packaging{fact.EXE, fact.MSI, fact.MSIX, fact.Squirrel}},
	MSUpdate:  {fact.MacOS, []fact.Packaging{fact.Bundle}},
}

func (k *checker) update(at string, in *Install) {
	u := in.Update
	if u == nil {
		return
	}
	word(k, at, "channel", u.Channel, channels)
	if u.Channel == Own {
		if u.Name != "" {
			k.fail(at+".name", "a client's own updater has no name")
		}
		return
	}
	s, known := serves[u.Channel]
	if known && (s.system != in.System || !slices.Contains(s.packagings, in.Packaging)) {
		k.fail(at+".channel", "%s brings nothing to %s on %s", u.Channel, in.Packaging, in.System)
	}
	if known && !u.Channel.Takes(u.Name) {
		k.fail(at+".name", "%q is not in the form of a name of %s", u.Name, u.Channel)
	}
}

// InstallFor is the first entry that says how such a copy is found, or nil.
func (p *Page) InstallFor(system fact.OS, packaging fact.Packaging, edition string) *Install {
	i := slices.IndexFunc(p.Installs, func(in Install) bool {
		return in.Packaging == packaging && in.Edition == edition && in.System == system
	})
	if i < 0 {
		return nil
	}
	return &p.Installs[i]
}

// RetiredOn says what of a copy had ended by a day (YYYY-MM-DD): the client, its
// edition, or its way of packaging, or nil. in may be nil.
func (p *Page) RetiredOn(day, edition string, in *Install) *Retired {
	candidates := []*Retired{p.Retired}
	for i := range p.Editions {
		if p.Editions[i].ID == edition {
			candidates = append(candidates, p.Editions[i].Retired)
		}
	}
	if in != nil {
		candidates = append(candidates, in.Retired)
	}
	for _, r := range candidates {
		if r != nil && r.Since <= day {
			return r
		}
	}
	return nil
}
