package system

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"huddleguard/checks/fact"
)

// linuxHomes lists the homes of people in /etc/passwd, and folders in /home
// that belong to people other directories know.
func (b *base) linuxHomes() ([]Home, error) {
	var homes []Home
	data, err := b.tree.ReadFile("/etc/passwd", MaxFile)
	if err != nil {
		err = fmt.Errorf("reading the list of accounts: %w", err)
	}
	paths, ids := map[string]bool{}, map[string]bool{}
	for _, u := range people(string(data)) {
		if ids[u.ID] = true; !paths[u.Home] {
			paths[u.Home] = true
			homes = append(homes, b.enter(u))
		}
	}
	others, err2 := b.strays("/home", 2, paths, ids)
	return append(homes, others...), errors.Join(err, err2)
}

// people picks the accounts of passwd(5) that are a person's.
func people(passwd string) []fact.User {
	var all []fact.User
	for _, f := range passwdFields(passwd) {
		id, err := strconv.ParseUint(f[2], 10, 32)
		home := path.Clean(f[5])
		if err == nil && isPerson(int(id)) && isHome(home) {
			all = append(all, fact.User{Name: f[0], ID: f[2], Home: home})
		}
	}
	return all
}

// passwdFields splits passwd(5) into its seven fields, leaving out what has not seven.
func passwdFields(passwd string) [][]string {
	var all [][]string
	for line := range strings.Lines(passwd) {
		if f := strings.Split(strings.TrimRight(line, "\n"), ":"); len(f) == 7 && f[0] != "" {
			all = append(all, f)
		}
	}
	return all
}

// isPerson says whether a user id is root's or a person's. 60000 to 65535 are
// given out by distributions and systemd, nobody among them (Debian policy
// 9.2.2, systemd's UIDS-GIDS.md; 2026-11). Directories give out ids above.
func isPerson(id int) bool {
	return id == 0 || id >= 1000 && id < 60000 || id > 65535 && id != 1<<32-1
}

// notHomes are where accounts that nobody logs in to keep their things.
var notHomes = []string{"/bin", "/boot", "/dev", "/etc", "/lib", "/nonexistent", "/proc", "/run", "/sbin", "/sys", "/tmp", "/usr", "/var"}

func isHome(dir string) bool {
	if !path.IsAbs(dir) || dir == "/" {
		return false
	}
	for _, not := range notHomes {
		if dir == not || strings.HasPrefix(dir, not+"/") {
			return dir == "/var/home" || strings.HasPrefix(dir, "/var/home/") // Fedora's image-based systems
		}
	}
	return true
}

// strays lists folders that belong to a person who is in no file: accounts of
// a directory have their homes in /home or, by domain, in a folder of /home.
func (b *base) strays(dir string, depth int, paths, ids map[string]bool) ([]Home, error) {
	entries, err := b.tree.ReadDir(dir)
	if errors.Is(err, ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	var homes []Home
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		info, err := b.tree.Lstat(name)
		if err != nil || !info.Mode.IsDir() || paths[name] {
			continue
		}
		id := strconv.Itoa(info.UID)
		switch {
		case info.UID == 0 && depth > 1:
			// lost+found and the like can be entered by root alone, and hold no homes.
			more, _ := b.strays(name, depth-1, paths, ids)
			homes = append(homes, more...)
		case info.UID != 0 && isPerson(info.UID) && !ids[id]:
			homes = append(homes, b.enter(fact.User{Name: e.Name(), ID: id, Home: name}))
		}
	}
	return homes, nil
}

// macHomes lists the folders in /Users that are a person's.
func (s *image) macHomes() ([]Home, error) {
	return s.usersFolder("/Users", "Shared", "Guest")
}

// usersFolder lists folders that are homes by where they lie.
func (s *image) usersFolder(dir string, skip ...string) ([]Home, error) {
	entries, err := s.tree.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	var homes []Home
	for _, e := range entries {
		if e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || oneOf(e.Name(), skip) {
			continue
		}
		u := fact.User{Name: e.Name(), Home: path.Join(dir, e.Name())}
		if info, err := s.tree.Lstat(u.Home); err == nil && info.UID != anyOwner {
			u.ID = strconv.Itoa(info.UID)
		}
		homes = append(homes, s.enter(u))
	}
	return homes, nil
}

func oneOf(name string, names []string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

const profileList = `SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`

// windowsHomes lists the profiles the machine knows. Without its list they are
// taken for what lies in C:\Users, and the error says so.
func (s *image) windowsHomes() ([]Home, error) {
	list, err := s.Registry(HKLM, nil, profileList)
	var ids []string
	if err == nil {
		ids, err = list.Subkeys()
	}
	if err != nil {
		homes, err2 := s.usersFolder("C:/Users", "Public", "Default", "Default User", "All Users")
		return homes, errors.Join(fmt.Errorf("reading the list of profiles: %w", err), err2)
	}
	var homes []Home
	var errs []error
	for _, id := range ids {
		// S-1-5-21 are accounts of the machine or a domain, S-1-12-1 of Entra;
		// what ends in .bak is a broken profile that was put aside.
		if !strings.HasPrefix(id, "S-1-5-21-") && !strings.HasPrefix(id, "S-1-12-1-") || strings.HasSuffix(id, ".bak") {
			continue
		}
		dir := ""
		if key, err := s.Registry(HKLM, nil, profileList+`\`+id); err == nil {
			dir, _ = stringOf(key.Value("ProfileImagePath"))
		}
		if dir = profilePath(dir); dir == "" {
			errs = append(errs, fmt.Errorf("reading the list of profiles: %s has no folder", id))
			continue
		}
		homes = append(homes, s.enter(fact.User{Name: path.Base(dir), ID: id, Home: dir}))
	}
	return homes, errors.Join(errs...)
}

func stringOf(v any, err error) (string, bool) {
	s, ok := v.(string)
	return s, ok && err == nil
}

// profilePath is a profile's folder with forward slashes.
func profilePath(dir string) string {
	dir = strings.ReplaceAll(dir, `\`, "/")
	const drive = "%systemdrive%"
	if len(dir) >= len(drive) && strings.EqualFold(dir[:len(drive)], drive) {
		dir = "C:" + dir[len(drive):]
	}
	return dir
}
