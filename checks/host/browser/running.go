package browser

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// findBrowsers records each browser that a person has profiles of, and whether
// it runs for that person.
func findBrowsers(l *look.Look) {
	for i := range l.Catalogue.Browsers {
		b := &l.Catalogue.Browsers[i]
		for _, folder := range foldersOn(l.OS, b) {
			for _, loc := range l.Expand(folder, nil) {
				if _, err := loc.Tree.Stat(loc.Name); errors.Is(err, fs.ErrNotExist) {
					continue
				}
				running, pids := runs(l, b, loc.User())
				l.Set.Browsers = append(l.Set.Browsers, fact.Browser{ID: b.ID, Name: b.Name, User: loc.User(),
					Folder: loc.Show, Running: running, PIDs: pids})
			}
		}
	}
}

// runs says whether a browser runs for a person, and as which processes. In the
// files of a machine that does not run, nothing does.
func runs(l *look.Look, b *catalogue.Browser, user string) (running fact.Tri, pids []int) {
	if !l.Set.Scope.Live {
		return fact.No, nil
	}
	processes, err := l.Processes()
	for _, p := range processes {
		if (p.User == user || p.User == "") && isProgram(l, b, p) {
			pids = append(pids, p.PID)
		}
	}
	switch {
	case len(pids) > 0:
		return fact.Yes, pids
	case err != nil || processes == nil:
		return fact.Unknown, nil
	}
	return fact.No, nil
}

func isProgram(l *look.Look, b *catalogue.Browser, p system.Process) bool {
	name := p.Name
	if p.Exe != "" {
		name = path.Base(strings.ReplaceAll(p.Exe, `\`, "/"))
	}
	if !l.OnWindows() {
		return slices.Contains(b.Programs, name)
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".exe")
	return slices.ContainsFunc(b.Programs, func(q string) bool { return strings.EqualFold(q, name) })
}
