package windows

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// consentStore holds what apps may use, since Windows 10 1903: a switch for the
// device, one for the person, one for all desktop programs together, and one
// for each packaged app.
const consentStore = `SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\`

// Permissions records what each person's ConsentStore says of each copy they
// can start, and grants to packaged apps that are gone.
func Permissions(l *look.Look) {
	for i := range l.Catalogue.Permissions {
		p := &l.Catalogue.Permissions[i]
		if p.Windows == "" {
			continue
		}
		for j := range l.Homes {
			consentOf(l, p, &l.Homes[j])
		}
	}
	autostarts(l)
	handlers(l)
}

// consent is one person's ConsentStore for one capability.
type consent struct {
	*look.Look
	permission *catalogue.Permission
	home       *system.Home
	where      string
	err        error // the store could not be read
	denied     bool  // for the device or the person, whatever the app
}

func consentOf(l *look.Look, p *catalogue.Permission, h *system.Home) {
	c := consent{Look: l, permission: p, home: h, where: consentStore + p.Windows}
	device, err := c.value("HKLM", nil, c.where)
	person, err2 := c.value("HKCU", h, c.where)
	c.err = errors.Join(err, err2)
	c.denied = device == "Deny" || person == "Deny"
	for _, copied := range l.Copies {
		if !copied.Packaging.InBrowser() && (copied.Home == nil || copied.User == h.Name) {
			l.Add(c.of(copied))
		}
	}
	c.leftBehind()
}

// value is the Value of a key of the store: Allow, Deny, Prompt, or "" where
// there is none.
func (c *consent) value(root string, home *system.Home, path string) (string, error) {
	k, err := open(c.Look, root, home, path)
	if err != nil || k == nil {
		return "", err
	}
	return text(k, "Value"), nil
}

// of is the fact of one copy.
func (c *consent) of(copied *look.Copy) fact.Fact {
	f := copied.About(fact.Permission, c.permission.ID)
	f.User, f.Where = c.home.Name, "HKCU of "+c.home.Name+` \`+c.where
	if c.err != nil {
		return look.Hide(f, errors.New(look.Why(c.err)))
	}
	if copied.Packaging == fact.MSIX {
		return c.packaged(f, copied.Install.IDs)
	}
	return c.desktop(f, copied)
}

// packaged reads the app's own switch. Without one it never asked.
func (c *consent) packaged(f fact.Fact, families []string) fact.Fact {
	f.State = fact.Absent
	for _, id := range families {
		k, err := open(c.Look, "HKCU", c.home, c.where+`\`+id)
		if err != nil {
			return look.Hide(f, err)
		}
		if k == nil {
			continue
		}
		f.State, f.Where = fact.Present, f.Where+`\`+id
		f.Value = c.word(text(k, "Value"))
		f.LastUsed, f.InUse = used(k)
		return f
	}
	return f
}

// desktop reads the switch that holds for all desktop programs, and the times
// of the copy's own program. Where Windows has not written the switch, what
// holds is its default, which is not known here.
func (c *consent) desktop(f fact.Fact, copied *look.Copy) fact.Fact {
	path := c.where + `\NonPackaged`
	v, err := c.value("HKCU", c.home, path)
	if err != nil {
		return look.Hide(f, err)
	}
	f.Where += `\NonPackaged`
	if v == "" && !c.denied {
		f.State, f.Why = fact.Hidden, "Windows has not written its switch for desktop programs"
		return f
	}
	f.State, f.Value = fact.Present, c.word(v)
	f.LastUsed, f.InUse = c.desktopUse(path, copied)
	return f
}

func (c *consent) word(v string) string {
	switch {
	case c.denied || v == "Deny":
		return "denied"
	case v == "Allow":
		return "allowed"
	}
	return "ask"
}

// desktopUse looks for the copy's programs among those that used the device:
// their keys are named by path, with "#" for "\".
func (c *consent) desktopUse(path string, copied *look.Copy) (last time.Time, inUse bool) {
	k, err := open(c.Look, "HKCU", c.home, path)
	if err != nil || k == nil {
		return last, false
	}
	names, err := k.Subkeys()
	if err != nil {
		return last, false
	}
	dir := copied.Dir
	if copied.Home != nil {
		dir = copied.Home.Home + "/" + dir
	}
	dir = strings.ToLower(strings.NewReplacer("/", "#", `\`, "#").Replace(dir)) + "#"
	for _, name := range names {
		if copied.Dir == "" || !strings.HasPrefix(strings.ToLower(name), dir) {
			continue
		}
		if leaf, err := open(c.Look, "HKCU", c.home, path+`\`+name); err == nil && leaf != nil {
			at, now := used(leaf)
			inUse = inUse || now
			if at.After(last) {
				last = at
			}
		}
	}
	return last, inUse
}

// used reads when something was last used. In use now is a start without a
// stop; a stop of 0 alone also stands for "never".
func used(k system.Key) (last time.Time, inUse bool) {
	start, stop := fileTime(k, "LastUsedTimeStart"), fileTime(k, "LastUsedTimeStop")
	if stop.After(start) {
		return stop, false
	}
	return start, !start.IsZero() && stop.IsZero()
}

// fileTime reads a FILETIME: 100 ns since 1601.
func fileTime(k system.Key, name string) time.Time {
	v, err := k.Value(name)
	n, ok := v.(uint64)
	if err != nil || !ok || n == 0 || n > 1<<62 {
		return time.Time{}
	}
	const ticks, toUnix = 10_000_000, 11_644_473_600
	return time.Unix(int64(n/ticks)-toUnix, 0).UTC()
}

// leftBehind records grants to packaged apps of known families of which the
// host has no copy.
func (c *consent) leftBehind() {
	if c.err != nil || c.denied {
		return
	}
	c.Installs(func(p *catalogue.Page, in *catalogue.Install) {
		for _, copied := range c.Copies {
			if copied.Install == in {
				return
			}
		}
		f := fact.Fact{Kind: fact.Permission, Name: c.permission.ID, Client: p.ID, User: c.home.Name,
			Where: "HKCU of " + c.home.Name + ` \` + c.where}
		if f = c.packaged(f, in.IDs); f.State == fact.Present && f.Value == "allowed" {
			f.Subject = in.IDs[0]
			c.Add(f)
		}
	}, fact.MSIX)
}

// isAbsent keeps errors.Is out of callers that only ask for this.
func isAbsent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
