package update

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

func builtIn(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// copyOf makes an installation from its id; five parts of a flatpak name a person.
func copyOf(id string) *fact.Installation {
	p := strings.Split(id, ":")
	inst := &fact.Installation{ID: id, Client: p[1], Edition: p[2], Packaging: fact.Packaging(p[3]), Held: fact.No}
	if len(p) > 4 && (p[3] == "flatpak" || p[3] == "squirrel") {
		inst.User = p[4]
	}
	return inst
}

var day = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		id, os, want string
		root         bool
	}{
		{"linux:zoom:desktop:deb", "", "apt-get -y --only-upgrade --no-remove -o Dpkg::Options::=--force-confold install zoom", true},
		{"linux:jami:desktop:deb:jami-daemon", "", "apt-get -y --only-upgrade --no-remove -o Dpkg::Options::=--force-confold install jami-daemon", true},
		{"linux:zoom:desktop:rpm", "Fedora Linux 43", "dnf -y upgrade zoom", true},
		{"linux:zoom:desktop:rpm", "openSUSE Leap 15.6", "zypper --non-interactive update zoom", true},
		{"linux:zoom:desktop:flatpak", "", "flatpak update -y --noninteractive --system us.zoom.Zoom", true},
		{"linux:zoom:desktop:flatpak:ann", "", "flatpak update -y --noninteractive --user us.zoom.Zoom", false},
		{"linux:zoom:desktop:snap", "", "snap refresh zoom-client", true},
		{"windows:zoom:desktop:msi", "", "winget upgrade --id Zoom.Zoom --exact --silent --accept-source-agreements --disable-interactivity", true},
		{"windows:zoom:desktop:exe", "", "winget upgrade --id Zoom.Zoom.EXE --exact --silent --accept-source-agreements --disable-interactivity", true},
		{"windows:slack:desktop:squirrel:ann", "", "winget upgrade --id SlackTechnologies.Slack --exact --silent --accept-source-agreements --disable-interactivity", false},
		{"macos:teams:desktop:bundle", "", "msupdate --install --apps TEAMS21", false},
	} {
		cmd, why, ok := Plan(Input{builtIn(t), fact.Host{OSVersion: c.os}, copyOf(c.id), day})
		if !ok || cmd.String() != c.want || cmd.NeedsRoot != c.root {
			t.Errorf("%s: %q root %v (%v), want %q", c.id, cmd, cmd.NeedsRoot, why.ID, c.want)
		}
	}
}

func TestNoPlan(t *testing.T) {
	held := copyOf("linux:zoom:desktop:deb")
	held.Held = fact.Yes
	masked := copyOf("linux:zoom:desktop:flatpak:ann")
	masked.Held = fact.Yes
	foreign := copyOf("linux:zoom:desktop:deb:openssh-server")
	for _, c := range []struct {
		inst *fact.Installation
		want string
	}{
		{held, "apt-mark unhold zoom"},
		{masked, "flatpak mask --user --remove us.zoom.Zoom"},
		{foreign, "by hand"},
		{copyOf("linux:teams:linux:rpm"), "gets no updates any more"},
		{copyOf("linux:skype:desktop:deb"), "gets no updates any more"},
		{copyOf("linux:zoom:desktop:files"), "by hand"},
		{copyOf("macos:zoom:desktop:bundle"), "updates itself"},
		{copyOf("windows:slack:desktop:msix"), "store"},
		{copyOf("linux:zoom:kiosk:deb"), "Nothing is known"},
		{copyOf("linux:nobody:desktop:deb"), "Nothing is known"},
	} {
		cmd, why, ok := Plan(Input{builtIn(t), fact.Host{}, c.inst, day})
		if text := message.NewPrinter("en", nil).Text(why); ok || !strings.Contains(text, c.want) {
			t.Errorf("%s: %v %q says %q, want %q", c.inst.ID, ok, cmd, text, c.want)
		}
	}
}

// TestAddedPageHasNoCommand: an administrator's page names packages, and never
// starts a command.
func TestAddedPageHasNoCommand(t *testing.T) {
	const page = `id: acme
name: Acme
vendor: Acme
editions:
  - {id: desktop, name: Acme}
installs:
  - {system: linux, packaging: deb, edition: desktop, ids: [acme], scheme: debian, updates: manager, update: {channel: apt, name: acme}, source: test, seen: 2026-11-24}
`
	c, err := builtIn(t).Add(fstest.MapFS{"acme.yaml": {Data: []byte(page)}})
	if err != nil {
		t.Fatal(err)
	}
	_, why, ok := Plan(Input{c, fact.Host{}, copyOf("linux:acme:desktop:deb"), day})
	if ok || why.ID != "channel.added" {
		t.Errorf("got %v %v", ok, why)
	}
}

// TestEveryCommandIsPlain: whatever the catalogue holds, a command has one name
// in the channel's form, and every other word stands in this package.
func TestEveryCommandIsPlain(t *testing.T) {
	cat, n := builtIn(t), 0
	for i := range cat.Pages {
		for _, in := range cat.Pages[i].Installs {
			ids := append([]string{""}, in.IDs...)
			for _, id := range ids {
				inst := copyOf(strings.TrimSuffix(strings.Join([]string{string(in.System), cat.Pages[i].ID, in.Edition, string(in.Packaging), id}, ":"), ":"))
				inst.User = ""
				cmd, _, ok := Plan(Input{cat, fact.Host{}, inst, day})
				if !ok {
					continue
				}
				n++
				if strings.ContainsAny(cmd.String(), "\"'`$;&|<>*?\\\n/") {
					t.Errorf("%s: %s", inst.ID, cmd)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d commands", n)
	}
}
