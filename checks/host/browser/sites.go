package browser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/ini"
	"huddleguard/checks/format/jsonv"
	"huddleguard/checks/format/mozperms"
	"huddleguard/checks/format/sqlite"
	"huddleguard/checks/host/look"
	"huddleguard/checks/host/system"
)

// sites turns grants into facts of the clients whose sites they are for.
type sites struct {
	*look.Look
	clients              map[string][]string // client → hosts
	order                []string
	chromiums, firefoxes map[string]string // the browser's word → permission
	// grants are the clients whose sites were granted something, by profile.
	grants map[string]map[string]bool
}

// granted are the clients whose sites a profile granted something.
func (s *sites) granted(pr profile) map[string]bool { return s.grants[pr.Show] }

func newSites(l *look.Look) *sites {
	s := &sites{Look: l, clients: map[string][]string{}, chromiums: map[string]string{}, firefoxes: map[string]string{},
		grants: map[string]map[string]bool{}}
	for i := range l.Catalogue.Pages {
		if p := &l.Catalogue.Pages[i]; len(p.Sites) > 0 {
			s.clients[p.ID] = p.Sites
			s.order = append(s.order, p.ID)
		}
	}
	for _, p := range l.Catalogue.Permissions {
		if p.Chromium != "" {
			s.chromiums[p.Chromium] = p.ID
		}
		if p.Firefox != "" {
			s.firefoxes[p.Firefox] = p.ID
		}
	}
	return s
}

// checks are those of permissions that a browser has words for, of any client.
func (s *sites) checks(words map[string]string) []string {
	var out []string
	for _, word := range sortedKeys(words) {
		out = append(out, "*/permission/"+words[word])
	}
	return out
}

// grant records one grant, if its site is one people meet at.
func (s *sites) grant(pr profile, file look.Location, permission, origin string, at []fact.At) {
	host := catalogue.HostOf(origin)
	for _, client := range s.order {
		if catalogue.UnderHost(host, s.clients[client]) == "" {
			continue
		}
		if s.grants[pr.Show] == nil {
			s.grants[pr.Show] = map[string]bool{}
		}
		s.grants[pr.Show][client] = true
		s.Add(fact.Fact{Kind: fact.Permission, Name: permission, Client: client, User: pr.User(),
			State: fact.Present, Value: "allowed", Where: file.Show, At: at,
			Subject: fmt.Sprintf("https://%s in %s, profile %s", host, pr.browser.Name, pr.name)})
	}
}

// allow is Chromium's content setting for "without asking".
const allow = 1

// chromium reads the per-site settings of a profile's Preferences: a map from
// "https://meet.google.com:443,*" to {"setting": 1} (seen live, Chromium 156).
func (s *sites) chromium(pr profile) {
	file := below(pr.Location, "Preferences")
	s.Looked(file, s.checks(s.chromiums)...)
	data, err := file.Tree.ReadFile(file.Name, system.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var got map[string]any
	if err == nil {
		got, err = jsonv.Extract(data, s.paths())
	}
	if err != nil {
		s.Unreadable("", pr.User(), file.Show, err)
		return
	}
	for _, word := range sortedKeys(s.chromiums) {
		exceptions, _ := got[exceptionPath+word].(map[string]any)
		for _, pattern := range sortedKeys(exceptions) {
			entry, _ := exceptions[pattern].(map[string]any)
			if setting, ok := catalogue.Coerce("int", entry["setting"]); ok && setting == float64(allow) {
				site, _, _ := strings.Cut(pattern, ",")
				s.grant(pr, file, s.chromiums[word], site, atException(file, word, pattern))
			}
		}
	}
}

// plainPattern is a grant to a site wherever it stands. A second site in the
// pattern, the one it is shown in, is nobody's business and not carried on.
var plainPattern = regexp.MustCompile(`^https?://[a-zA-Z0-9.-]+(:[0-9]+)?,\*$`)

// atException is where Chromium keeps a site's setting.
func atException(file look.Location, word, pattern string) []fact.At {
	if !plainPattern.MatchString(pattern) {
		return nil
	}
	key := exceptionPath + word + "." + strings.ReplaceAll(pattern, ".", `\.`)
	return []fact.At{{Store: "json", Path: file.Show, Key: key}}
}

const exceptionPath = "profile.content_settings.exceptions."

func (s *sites) paths() [][]string {
	var out [][]string
	for word := range s.chromiums {
		out = append(out, strings.Split(exceptionPath+word, "."))
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// firefoxProfiles are the profiles that profiles.ini lists.
func firefoxProfiles(l *look.Look, b *catalogue.Browser, loc look.Location) []profile {
	list := below(loc, "profiles.ini")
	data, err := list.Tree.ReadFile(list.Name, system.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var f *ini.File
	if err == nil {
		f, err = ini.Parse(data)
	}
	if err != nil {
		l.Unreadable("", loc.User(), list.Show, err)
		return nil
	}
	var out []profile
	for _, section := range f.Sections() {
		dir, ok := f.Get(section, "Path")
		if !ok || !strings.HasPrefix(section, "Profile") {
			continue
		}
		if relative, _ := f.Get(section, "IsRelative"); relative == "0" || !fs.ValidPath(dir) {
			l.Unreadable("", loc.User(), "a Firefox profile outside "+loc.Show, errors.New("only profiles in their usual place are looked at"))
			continue
		}
		out = append(out, profile{below(loc, dir), b, path.Base(dir)})
	}
	return out
}

// queryTime bounds how long a person's database may keep a look.
const queryTime = 2 * time.Second

// firefox reads the permissions of a profile.
func (s *sites) firefox(pr profile) {
	file := below(pr.Location, "permissions.sqlite")
	s.Looked(file, s.checks(s.firefoxes)...)
	rows, err := s.permissionRows(file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		s.Unreadable("", pr.User(), file.Show, err)
		return
	}
	for _, r := range rows {
		if permission := s.firefoxes[r.Type]; permission != "" && r.Permission == allow {
			site, _, _ := strings.Cut(r.Origin, "^") // behind it: which container it is for
			s.grant(pr, file, permission, site, atRow(file, r))
		}
	}
}

// plainOrigin is a site, in a container of tabs or in private windows. Further
// attributes name a second site, which is not carried on.
var plainOrigin = regexp.MustCompile(`^https?://[a-zA-Z0-9.-]+(:[0-9]+)?(\^(userContextId|privateBrowsingId)=[0-9]+(&(userContextId|privateBrowsingId)=[0-9]+)?)?$`)

// atRow is where Firefox keeps a site's permission.
func atRow(file look.Location, r mozperms.Permission) []fact.At {
	if !plainOrigin.MatchString(r.Origin) {
		return nil
	}
	return []fact.At{{Store: "mozperms", Path: file.Show, Key: r.Type, Item: r.Origin}}
}

func (s *sites) permissionRows(file look.Location) ([]mozperms.Permission, error) {
	main, err := file.Tree.ReadFile(file.Name, system.MaxFile)
	if err != nil {
		return nil, err
	}
	wal, err := file.Tree.ReadFile(file.Name+"-wal", system.MaxFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := sqlite.Open(main, wal)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(s.Ctx, queryTime)
	defer cancel()
	return mozperms.Read(ctx, db)
}
