package linux

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// snap is what snapd says of an installed snap (snapcore/snapd
// client/packages.go at cec484a4).
type snap struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Channel     string `json:"tracking-channel"`
	Confinement string `json:"confinement"`
	DevMode     bool   `json:"devmode"`
	Hold        string `json:"hold"`
	Publisher   struct {
		Username string `json:"username"`
	} `json:"publisher"`
	Type string `json:"type"`
}

// findSnap asks snapd, or reads its state where it does not run.
func findSnap(l *look.Look) {
	known := byID(l, fact.Snap)
	result, err := l.System.Snapd(l.Ctx, "/v2/snaps")
	if errors.Is(err, system.ErrNotHere) {
		findSnapState(l, known)
		return
	}
	var snaps []snap
	if err == nil {
		err = json.Unmarshal(result, &snaps)
	}
	if err != nil {
		l.Unreadable("", "", "snapd", errors.New("its answer cannot be read"))
		return
	}
	for _, s := range snaps {
		for _, e := range known[s.Name] {
			c := look.Copy{Page: e.page, Install: e.install, Dir: "/snap/" + s.Name + "/current"}
			c.Path = "/snap/" + s.Name
			c.Held = fact.No
			if s.Hold != "" {
				c.Held = fact.Yes
			}
			c.Origin = fact.Origin{Kind: fact.OriginStore, Name: s.Publisher.Username}
			if s.Publisher.Username == "" {
				c.Origin = fact.Origin{Kind: fact.OriginUnknown, Detail: "installed from a file"}
			}
			c.AddVersion(s.Version, "snapd")
			found := l.Found(c, instanceOf(e, s.Name))
			confinement(l, found, s)
		}
	}
}

// confinement records whether a snap is locked in at all.
func confinement(l *look.Look, c *look.Copy, s snap) {
	f := c.About(fact.Permission, "unconfined")
	f.State, f.Where = fact.Absent, "snapd"
	if s.Confinement == "classic" || s.Confinement == "devmode" || s.DevMode {
		f.State, f.Value = fact.Present, "allowed"
	}
	l.Add(f)
}

const snapState = "/var/lib/snapd/state.json"

// findSnapState reads which snaps there are from snapd's state file. It holds
// no versions, and what is confined or connected is not read from it.
func findSnapState(l *look.Look, known map[string][]entry) {
	data, err := l.System.Machine().ReadFile(snapState, system.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var snaps map[string]any
	if err == nil {
		var got map[string]any
		got, err = jsonv.Extract(data, [][]string{{"data", "snaps"}})
		snaps, _ = got["data.snaps"].(map[string]any)
	}
	if err != nil {
		l.Unreadable("", "", snapState, err)
		return
	}
	for name, entries := range known {
		if snaps[name] == nil {
			continue
		}
		for _, e := range entries {
			c := look.Copy{Page: e.page, Install: e.install, Dir: "/snap/" + name + "/current"}
			c.Path = "/snap/" + name
			c.Origin = fact.Origin{Kind: fact.OriginStore, Why: "snapd does not run, so its store's word is not at hand"}
			l.Found(c, instanceOf(e, name))
		}
	}
}

// connection is a plug that is connected.
type connection struct {
	Plug struct {
		Snap string `json:"snap"`
		Plug string `json:"plug"`
	} `json:"plug"`
	Slot struct {
		Snap string `json:"snap"`
		Slot string `json:"slot"`
	} `json:"slot"`
	Interface string `json:"interface"`
}

// at is where a connection is undone: a plug of a snap, and the slot it is in.
func (k connection) at() fact.At {
	return fact.At{Store: "snapd", Path: k.Plug.Snap, Key: k.Plug.Plug, Item: k.Slot.Snap + ":" + k.Slot.Slot}
}

// snapPermissions records which plugs are connected.
func snapPermissions(l *look.Look, c *look.Copy) {
	name := c.Path[len("/snap/"):]
	result, err := l.System.Snapd(l.Ctx, "/v2/connections?snap="+name)
	var answer struct {
		Established []connection `json:"established"`
	}
	if err == nil {
		err = json.Unmarshal(result, &answer)
	}
	for i := range l.Catalogue.Permissions {
		p := &l.Catalogue.Permissions[i]
		if len(p.Snap) == 0 || p.ID == "unconfined" {
			continue
		}
		f := c.About(fact.Permission, p.ID)
		f.Where, f.State = "snapd connections of "+name, fact.Absent
		if err != nil {
			f.State, f.Why = fact.Hidden, "snapd cannot be asked"
		}
		for _, k := range answer.Established {
			if k.Plug.Snap == name && slices.Contains(p.Snap, k.Interface) {
				f.State, f.Value, f.At = fact.Present, "allowed", append(f.At, k.at())
			}
		}
		l.Add(f)
	}
}
