package windows

import (
	"path"
	"slices"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/running"
	"huddleguard/checks/host/system"
)

// Where Windows keeps what starts with it, and what handles links.
const (
	runKey      = `Software\Microsoft\Windows\CurrentVersion\Run`
	run32Key    = `SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Run`
	startupTask = `Software\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\SystemAppData\`
)

// command is a command line as a registry value holds it.
type command struct {
	program string // with forward slashes
	args    []string
}

// parseCommand takes a command line apart: a quoted program, or everything up
// to ".exe", or the first word.
func parseCommand(line string) command {
	line = strings.TrimSpace(line)
	program, rest := line, ""
	switch at := strings.Index(strings.ToLower(line), ".exe"); {
	case strings.HasPrefix(line, `"`):
		program, rest, _ = strings.Cut(line[1:], `"`)
	case at >= 0:
		program, rest = line[:at+4], line[at+4:]
	default:
		program, rest, _ = strings.Cut(line, " ")
	}
	return command{strings.ReplaceAll(program, `\`, "/"), strings.Fields(rest)}
}

// belongs says whether a program lies in a copy's folder.
func belongs(c *look.Copy, program string) bool {
	dir := c.Dir
	if c.Home != nil {
		dir = strings.ReplaceAll(c.Home.Home, `\`, "/") + "/" + dir
	}
	if c.Dir == "" {
		return false
	}
	_, inside := cutFold(program, strings.TrimSuffix(dir, "/")+"/")
	_, above := cutFold(program, path.Dir(dir)+"/")
	return inside || above && c.Packaging == fact.Squirrel
}

// autostarts records which clients start with Windows, and with which switches.
func autostarts(l *look.Look) {
	found := map[string]bool{}
	for _, p := range []string{runKey, run32Key} {
		runValues(l, "HKLM", nil, p, found)
	}
	for i := range l.Homes {
		runValues(l, "HKCU", &l.Homes[i], runKey, found)
	}
	for _, c := range l.Copies {
		if c.Packaging == fact.MSIX {
			startupTasks(l, c, found)
		}
	}
	sayNone(l, "autostart", found)
}

func runValues(l *look.Look, root string, home *system.Home, keyPath string, found map[string]bool) {
	k, err := open(l, root, home, keyPath)
	var names []string
	if err == nil && k != nil {
		names, err = k.Names()
	}
	if err != nil {
		l.Unreadable("", nameOf(home), root+`\`+keyPath, err)
		return
	}
	for _, name := range names {
		cmd := parseCommand(text(k, name))
		for _, c := range l.Copies {
			if belongs(c, cmd.program) && (home == nil || c.Home == nil || c.User == home.Name) {
				started(l, c, home, root+`\`+keyPath+`\`+name, cmd, found, runValue(root+`\`+keyPath, name))
			}
		}
	}
}

// runValue is the value that starts a program. One without a name is left alone:
// in the same words it would be the whole key.
func runValue(key, name string) []fact.At {
	if name == "" {
		return nil
	}
	return []fact.At{{Store: "registry", Path: key, Key: name}}
}

func started(l *look.Look, c *look.Copy, home *system.Home, where string, cmd command, found map[string]bool, at []fact.At) {
	found[c.Client] = true
	l.Add(fact.Fact{Kind: fact.Exposure, Name: "autostart", Client: c.Client, User: nameOf(home),
		State: fact.Present, Where: where, Subject: where, At: at})
	if switches := running.FindSwitches(cmd.args); len(switches) > 0 && c.Page.Electron {
		f := c.About(fact.Exposure, "debug-switch")
		f.User, f.State, f.Where, f.Value = nameOf(home), fact.Present, where, switches
		f.Subject = strings.Join(switches, " ") + " in " + where
		l.Add(f)
	}
}

// startupTasks reads the startup tasks of a packaged app: states 2 and 4 are on.
func startupTasks(l *look.Look, c *look.Copy, found map[string]bool) {
	for i := range l.Homes {
		for _, id := range c.Install.IDs {
			k, err := open(l, "HKCU", &l.Homes[i], startupTask+id)
			if err != nil || k == nil {
				continue
			}
			tasks, _ := k.Subkeys()
			for _, task := range tasks {
				t, err := open(l, "HKCU", &l.Homes[i], startupTask+id+`\`+task)
				if err != nil || t == nil {
					continue
				}
				if v, _ := t.Value("State"); v == uint64(2) || v == uint64(4) {
					started(l, c, &l.Homes[i], `startup task `+task, command{}, found, nil)
				}
			}
		}
	}
}

// sayNone records, for each client with a copy, that a thing was looked for
// and not found.
func sayNone(l *look.Look, thing string, found map[string]bool) {
	for _, c := range l.Copies {
		if !found[c.Client] && !c.Packaging.InBrowser() {
			found[c.Client] = true
			l.Add(fact.Fact{Kind: fact.Exposure, Name: thing, Client: c.Client, State: fact.Absent, Where: "registry"})
		}
	}
}

// handlers records link handlers that lead nowhere, or to another program.
func handlers(l *look.Look) {
	dangling, foreign := map[string]bool{}, map[string]bool{}
	for i := range l.Catalogue.Pages {
		p := &l.Catalogue.Pages[i]
		for _, scheme := range p.Handlers {
			handler(l, p.ID, scheme, "HKLM", nil, `SOFTWARE\Classes\`, dangling, foreign)
			for j := range l.Homes {
				handler(l, p.ID, scheme, "HKCU", &l.Homes[j], `Software\Classes\`, dangling, foreign)
			}
		}
	}
	sayNone(l, "handler-dangling", dangling)
	sayNone(l, "handler-foreign", foreign)
}

func handler(l *look.Look, client, scheme, root string, home *system.Home, classes string, dangling, foreign map[string]bool) {
	where := classes + scheme + `\shell\open\command`
	k, err := open(l, root, home, where)
	if err != nil || k == nil {
		return
	}
	cmd := parseCommand(text(k, ""))
	if cmd.program == "" {
		return
	}
	f := fact.Fact{Kind: fact.Exposure, Client: client, User: nameOf(home), State: fact.Present,
		Where: root + `\` + where, Subject: scheme + ":"}
	at := placeOf(l, cmd.program)
	_, err = at.tree(l).Stat(at.name)
	switch {
	case isAbsent(err):
		f.Name = "handler-dangling"
		dangling[client] = true
	case !slices.ContainsFunc(l.Copies, func(c *look.Copy) bool { return c.Client == client && belongs(c, cmd.program) }):
		f.Name = "handler-foreign"
		foreign[client] = true
	default:
		return
	}
	l.Add(f)
}
