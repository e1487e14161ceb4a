package system

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"huddleguard/checks/fact"
)

// The registry's roots.
const (
	HKLM = "HKLM" // the machine's
	HKCU = "HKCU" // a person's
)

// Where hives lie, in the machine's tree and in a home's.
const (
	machineHives = "Windows/System32/config/"
	userHive     = "NTUSER.DAT"
	classesHive  = "AppData/Local/Microsoft/Windows/UsrClass.dat"
)

// hives opens each hive of an image once, when it is first asked for, and
// remembers why one could not be opened.
type hives struct {
	system *image
	mu     sync.Mutex
	opened map[string]opened // by the hive's file
}

type opened struct {
	hive hive
	err  error
}

// hive is one open hive file.
type hive interface {
	// key opens a key by its path from the hive's root.
	key(path []string) (Key, error)
}

func (s *image) Registry(root string, home *Home, path string) (Key, error) {
	if s.host.OS != "" && s.host.OS != fact.Windows {
		return nil, ErrNotHere
	}
	keys := strings.FieldsFunc(path, func(r rune) bool { return r == '\\' })
	switch {
	case root == HKLM:
		return s.hives.machine(keys)
	case root == HKCU && home != nil:
		return s.hives.user(*home, keys)
	}
	return nil, because("is in no part of the registry that is read here", nil)
}

func (h *hives) machine(keys []string) (Key, error) {
	if len(keys) == 0 {
		return nil, because("is the root of the registry, which no file holds", nil)
	}
	name, keys := strings.ToUpper(keys[0]), keys[1:]
	if name != "SOFTWARE" && name != "SYSTEM" {
		return nil, because("is in no part of the registry that is read here", nil)
	}
	hive, err := h.open(h.system.tree, "", machineHives+name)
	if err != nil {
		return nil, err
	}
	if name == "SYSTEM" && len(keys) > 0 && strings.EqualFold(keys[0], "CurrentControlSet") {
		set, err := controlSet(hive)
		if err != nil {
			return nil, err
		}
		keys = append([]string{set}, keys[1:]...)
	}
	return hive.key(keys)
}

// controlSet names the control set in use. The CurrentControlSet link is made
// by the running system and stands in no file.
func controlSet(h hive) (string, error) {
	key, err := h.key([]string{"Select"})
	if err != nil {
		return "", fmt.Errorf("finding the current control set: %w", err)
	}
	value, err := key.Value("Current")
	if err != nil {
		return "", fmt.Errorf("finding the current control set: %w", err)
	}
	number, ok := value.(uint64)
	if !ok || number == 0 || number > 999 {
		return "", because("the current control set is not a number of one", nil)
	}
	return fmt.Sprintf("ControlSet%03d", number), nil
}

func (h *hives) user(home Home, keys []string) (Key, error) {
	if len(keys) >= 2 && strings.EqualFold(keys[0], "Software") && strings.EqualFold(keys[1], "Classes") {
		hive, err := h.open(home.Tree, home.Home, classesHive)
		if err != nil {
			return nil, err
		}
		return hive.key(keys[2:])
	}
	hive, err := h.open(home.Tree, home.Home, userHive)
	if err != nil {
		return nil, err
	}
	return hive.key(keys)
}

// open opens a hive. A missing one is an error of its own: every Windows has
// them, so without it nothing can be said of its keys.
func (h *hives) open(tree Tree, where, file string) (hive, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := where + "\x00" + file
	if o, ok := h.opened[id]; ok {
		return o.hive, o.err
	}
	o := opened{}
	data, err := tree.ReadFile(file, MaxHive)
	if err == nil {
		o.hive, err = openHive(data)
	}
	if errors.Is(err, ErrNotExist) {
		err = because("the file is not there", nil)
	}
	if err != nil {
		o.err = fmt.Errorf("opening the hive %s: %w", file, err)
	}
	if h.opened == nil {
		h.opened = map[string]opened{}
	}
	h.opened[id] = o
	return o.hive, o.err
}
