//go:build unix

package person

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Lookup finds the account of that name, or of whoever runs this where the name
// is empty. Only accounts of /etc/passwd are found: asking a directory would
// take the C library, which one static program does without.
func Lookup(name string) (Account, error) {
	u, err := find(name)
	if err != nil {
		return Account{}, fmt.Errorf("the account is not in /etc/passwd: %w", err)
	}
	a := Account{Name: u.Username, Home: u.HomeDir}
	if a.UID, err = number(u.Uid); err != nil {
		return Account{}, err
	}
	if a.GID, err = number(u.Gid); err != nil {
		return Account{}, err
	}
	groups, err := u.GroupIds()
	if err != nil {
		return Account{}, fmt.Errorf("reading the account's groups: %w", err)
	}
	for _, g := range groups {
		n, err := number(g)
		if err != nil {
			return Account{}, err
		}
		a.Groups = append(a.Groups, n)
	}
	return a, nil
}

func find(name string) (*user.User, error) {
	if name == "" {
		return user.LookupId(strconv.Itoa(os.Geteuid()))
	}
	return user.Lookup(name)
}

func number(id string) (uint32, error) {
	n, err := strconv.ParseUint(id, 10, 32)
	if err == nil && uint32(n) == ^uint32(0) {
		err = errors.New("it means no account") // setuid(2) leaves things as they are for it
	}
	if err != nil {
		return 0, fmt.Errorf("reading the account's ids: %w", err)
	}
	return uint32(n), nil
}

// Environment is what a program that runs as the person is given: always the
// same names, and nothing of whoever starts it.
func (a Account) Environment() []string {
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + a.Home, "USER=" + a.Name, "LOGNAME=" + a.Name}
	if dir := a.runtime(); a.owns(dir, fs.ModeDir) {
		env = append(env, "XDG_RUNTIME_DIR="+dir)
	}
	return env
}

// Bus adds the person's session bus to an environment, where there is one.
func (a Account) Bus(env []string) []string {
	bus := filepath.Join(a.runtime(), "bus")
	if a.owns(a.runtime(), fs.ModeDir) && a.owns(bus, fs.ModeSocket) {
		env = append(env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+bus)
	}
	return env
}

func (a Account) runtime() string { return "/run/user/" + strconv.FormatUint(uint64(a.UID), 10) }

// owns says whether a name is of that type, and the person's.
func (a Account) owns(name string, typ fs.FileMode) bool {
	info, err := os.Lstat(name)
	if err != nil || info.Mode().Type() != typ {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid == a.UID
}
