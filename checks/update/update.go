// Package update says how the machine's own channel would bring one copy a
// newer version: one command, whose words stand here and whose only argument is
// a name of the built-in catalogue. It runs nothing; agent/update does.
package update

import (
	"strings"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// Command is what brings one copy a newer version.
type Command struct {
	Channel catalogue.Channel `json:"channel"`
	// Argv is the program, by its bare name or a full path, and its arguments.
	Argv []string `json:"argv"`
	// NeedsRoot is set where the machine's own copy is updated.
	NeedsRoot bool `json:"needs_root"`
	// User is the owner of a copy that lies in a home: it runs as that person.
	User string `json:"user,omitempty"`
}

// String is the command as a person would type it: no word of it holds a space
// but the path of a program.
func (c Command) String() string {
	words := append([]string(nil), c.Argv...)
	for i, w := range words {
		if strings.Contains(w, " ") {
			words[i] = `"` + w + `"`
		}
	}
	return strings.Join(words, " ")
}

// Input is what a command is drawn up from.
type Input struct {
	Catalogue *catalogue.Catalogue
	Host      fact.Host
	Copy      *fact.Installation
	Now       time.Time // a retirement can lie in the future
}

// Plan draws up the command for one copy. Where there is none, why says why.
func Plan(in Input) (c Command, why message.Message, ok bool) {
	page, known := in.Catalogue.Page(in.Copy.Client)
	if !known {
		return c, message.New("channel.unknown"), false
	}
	if in.Catalogue.IsAdded(page.ID) {
		return c, message.New("channel.added", "name", page.Name), false
	}
	entry := page.InstallFor(systemOf(in.Copy), in.Copy.Packaging, in.Copy.Edition)
	if r := page.RetiredOn(in.Now.UTC().Format(time.DateOnly), in.Copy.Edition, entry); r != nil {
		return c, message.New("channel.retired", "name", page.Name, "replacement", r.Replacement), false
	}
	if entry == nil {
		return c, message.New("channel.unknown"), false
	}
	channel, name := channelOf(in, page, entry)
	if !channel.Takes(name) {
		return c, none(page, entry), false
	}
	c = command(channel, name, in.Copy)
	if in.Copy.Held == fact.Yes {
		return c, message.New("channel.held", "name", page.Name, "release", release(channel, name, in.Copy)), false
	}
	return c, message.Message{}, true
}

// channelOf is the channel of a copy and its name there: what the page says,
// else what follows from the packaging. Without a channel both are empty.
func channelOf(in Input, page *catalogue.Page, entry *catalogue.Install) (catalogue.Channel, string) {
	if entry.Update != nil {
		return entry.Update.Channel, entry.Update.Name
	}
	name := packageOf(in.Copy, page)
	switch in.Copy.Packaging {
	case fact.Deb:
		return catalogue.Apt, name
	case fact.RPM:
		if strings.Contains(strings.ToUpper(in.Host.OSVersion), "SUSE") {
			return catalogue.Zypper, name
		}
		return catalogue.Dnf, name
	case fact.Flatpak:
		return catalogue.ByFlatpak, name
	case fact.Snap:
		return catalogue.BySnap, name
	}
	return "", ""
}

// packageOf is the name the package manager has for a copy. Where a page lists
// several, all but the first stand at the end of the copy's id. Only a name of
// the page counts: an id may come from a file of facts.
func packageOf(inst *fact.Installation, page *catalogue.Page) string {
	parts := []string{string(systemOf(inst)), inst.Client, inst.Edition, string(inst.Packaging)}
	if inst.User != "" {
		parts = append(parts, inst.User)
	}
	rest, ok := strings.CutPrefix(inst.ID, strings.Join(parts, ":"))
	if !ok {
		return ""
	}
	for i := range page.Installs {
		e := &page.Installs[i]
		if e.System != systemOf(inst) || e.Packaging != inst.Packaging || e.Edition != inst.Edition {
			continue
		}
		for n, id := range e.IDs {
			if rest == "" && n == 0 || rest == ":"+id {
				return id
			}
		}
	}
	return ""
}

// systemOf is the system of a copy, which its id begins with.
func systemOf(inst *fact.Installation) fact.OS {
	os, _, _ := strings.Cut(inst.ID, ":")
	return fact.OS(os)
}

// command is the one command of a channel.
func command(channel catalogue.Channel, name string, inst *fact.Installation) Command {
	c := Command{Channel: channel, NeedsRoot: inst.User == "", User: inst.User}
	switch channel {
	case catalogue.Apt:
		// A settings file of the machine's stays as it is, and nothing asks.
		c.Argv = []string{"apt-get", "-y", "--only-upgrade", "--no-remove", "-o", "Dpkg::Options::=--force-confold", "install", name}
	case catalogue.Dnf:
		c.Argv = []string{"dnf", "-y", "upgrade", name}
	case catalogue.Zypper:
		c.Argv = []string{"zypper", "--non-interactive", "update", name}
	case catalogue.ByFlatpak:
		c.Argv = []string{"flatpak", "update", "-y", "--noninteractive", flatpakScope(inst), name}
	case catalogue.BySnap:
		c.Argv = []string{"snap", "refresh", name}
	case catalogue.Winget:
		c.Argv = []string{"winget", "upgrade", "--id", name, "--exact", "--silent", "--accept-source-agreements", "--disable-interactivity"}
	case catalogue.MSUpdate:
		c.Argv, c.NeedsRoot = []string{"msupdate", "--install", "--apps", name}, false
	}
	return c
}

func flatpakScope(inst *fact.Installation) string {
	if inst.User == "" {
		return "--system"
	}
	return "--user"
}

// release is the command that lets updates through again.
func release(channel catalogue.Channel, name string, inst *fact.Installation) string {
	switch channel {
	case catalogue.Apt:
		return "apt-mark unhold " + name
	case catalogue.ByFlatpak:
		return "flatpak mask " + flatpakScope(inst) + " --remove " + name
	case catalogue.BySnap:
		return "snap refresh --unhold " + name
	}
	return ""
}

// none says what to do without a command.
func none(page *catalogue.Page, entry *catalogue.Install) message.Message {
	switch entry.Updates {
	case catalogue.UpdatesOwn:
		return message.New("channel.own", "name", page.Name)
	case catalogue.UpdatesStore:
		return message.New("channel.store", "name", page.Name)
	case catalogue.UpdatesBrowser:
		return message.New("channel.browser", "name", page.Name)
	}
	return message.New("channel.none", "name", page.Name)
}
