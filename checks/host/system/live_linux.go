package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"huddleguard/checks/fact"
)

// live is the running system.
type live struct {
	base
	root string // "/" but in tests of this package
	uid  int
	bus  sessionBus

	nameOnce sync.Once
	names    map[int]string // of accounts, by user id
}

// Live opens the running system. Root sees every home, anybody else the
// machine and their own.
func Live() (System, error) { return openLive("/", os.Geteuid()) }

func openLive(root string, uid int) (*live, error) {
	tree, err := openMachine(root)
	if err != nil {
		return nil, fmt.Errorf("opening the file system: %w", err)
	}
	s := &live{base: base{tree: tree}, root: root, uid: uid}
	s.host = linuxHost(tree)
	s.host.Arch = map[string]fact.Arch{"amd64": fact.X64, "386": fact.X86, "arm64": fact.ARM64}[runtime.GOARCH]
	if name, err := os.Hostname(); err == nil {
		s.host.Name = name
	}
	s.list = s.ownHome
	if uid == 0 {
		s.list = s.linuxHomes
	}
	return s, nil
}

func (s *live) Scope() fact.Scope {
	if s.uid == 0 {
		return fact.Scope{Live: true, Users: fact.AllUsers}
	}
	return fact.Scope{Live: true, Users: fact.Self}
}

func (s *live) Close() error {
	s.bus.close()
	return s.base.Close()
}

func (s *live) Registry(string, *Home, string) (Key, error) { return nil, ErrNotHere }

// ownHome is the home of the account that looks: where $HOME says, as for the
// clients that account starts, or else where its account says.
func (s *live) ownHome() ([]Home, error) {
	u := fact.User{ID: strconv.Itoa(s.uid), Name: s.account(s.uid)}
	if u.Name == "" {
		u.Name = u.ID
	}
	for _, dir := range []string{os.Getenv("HOME"), s.passwdHome()} {
		if !filepath.IsAbs(dir) {
			continue
		}
		tree, info, err := s.tree.home(dir, true)
		if err != nil {
			continue
		}
		if info.UID != s.uid {
			tree.Close()
			continue
		}
		s.keep(tree)
		u.Home = dir
		return []Home{{u, tree}}, nil
	}
	return nil, errors.New("finding the home: neither $HOME nor the account has a folder that belongs to this account")
}

// passwdHome is the home of the account that looks, from its account.
func (s *live) passwdHome() string {
	for _, f := range s.passwd() {
		if f[2] == strconv.Itoa(s.uid) {
			return f[5]
		}
	}
	return ""
}

// account is the name of an account, empty where nothing knows it.
func (s *live) account(uid int) string {
	s.nameOnce.Do(func() {
		s.names = map[int]string{}
		for _, f := range s.passwd() {
			if id, err := strconv.Atoi(f[2]); err == nil && s.names[id] == "" {
				s.names[id] = f[0]
			}
		}
	})
	return s.names[uid]
}

// passwd is /etc/passwd in fields; nothing where it cannot be read.
func (s *live) passwd() [][]string {
	data, _ := s.tree.ReadFile("/etc/passwd", MaxFile)
	return passwdFields(string(data))
}

// person is the name of the person whose id it is, as Homes has it.
func (s *live) person(uid int) string {
	homes, _ := s.Homes()
	for _, h := range homes {
		if h.ID == strconv.Itoa(uid) {
			return h.Name
		}
	}
	return s.account(uid)
}

// Portal asks the running store, or reads its file where it does not run or
// is another person's.
func (s *live) Portal(ctx context.Context, home Home, table string) (map[string]map[string][]string, error) {
	if home.ID == strconv.Itoa(s.uid) {
		permissions, err := s.bus.permissions(ctx, s.uid, table)
		if !errors.Is(err, errNoStore) {
			return permissions, err
		}
	}
	return storedPortal(home, table)
}

// onRoot is where a path of the system lies for calls that take no tree.
func (s *live) onRoot(name string) string {
	return strings.TrimSuffix(s.root, "/") + name
}
