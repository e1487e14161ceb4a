package system

import (
	"context"
	"errors"
	"fmt"

	"huddleguard/checks/fact"
)

// Files that mark the root of each system.
const (
	windowsMark = "Windows/System32/config/SOFTWARE"
	macMark     = "System/Library/CoreServices/SystemVersion.plist"
)

var linuxMarks = []string{"etc/os-release", "usr/lib/os-release", "var/lib/dpkg"}

// image is the files of a machine that is not running.
type image struct {
	base
	hives hives
}

// Offline opens the files of a machine that is not running: a Linux root, a
// macOS volume or the C: volume of Windows, mounted or unpacked at root. The
// error says what was expected where root is none of these.
func Offline(root string) (System, error) {
	tree, err := openMachine(root)
	if err != nil {
		return nil, fmt.Errorf("opening the image %q: %w", root, err)
	}
	s := &image{base: base{tree: tree}}
	if err := s.recognise(); err != nil {
		tree.Close()
		return nil, fmt.Errorf("opening the image %q: %w", root, err)
	}
	return s, nil
}

// recognise finds out which system the image holds and how to read it.
func (s *image) recognise() error {
	windows := newFolded(s.tree)
	switch there, err := holds(windows, windowsMark); {
	case err != nil:
		return err
	case there:
		s.tree = windows
		s.hives.system = s
		s.host, s.list = windowsHost(s), s.windowsHomes
		return nil
	}
	switch there, err := holds(s.tree, macMark); {
	case err != nil:
		return err
	case there:
		s.host, s.list = macHost(s.tree), s.macHomes
		return nil
	}
	switch there, err := holds(s.tree, linuxMarks...); {
	case err != nil:
		return err
	case there:
		s.host, s.list = linuxHost(s.tree), s.linuxHomes
		return nil
	}
	return fmt.Errorf("no system found: expected %s or %s (Linux), %s (Windows) or %s (macOS) in it",
		linuxMarks[0], linuxMarks[2], windowsMark, macMark)
}

// holds says whether any of the names is there.
func holds(tree Tree, names ...string) (bool, error) {
	for _, name := range names {
		_, err := tree.Stat(name)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, ErrNotExist) {
			return false, fmt.Errorf("looking for %s: %w", name, err)
		}
	}
	return false, nil
}

func (s *image) Scope() fact.Scope { return fact.Scope{Live: false, Users: fact.AllUsers} }

func (s *image) Processes(context.Context) ([]Process, error) { return nil, ErrNotHere }

func (s *image) Devices(context.Context, int) ([]string, error) { return nil, ErrNotHere }

func (s *image) Listeners(context.Context, ...uint16) ([]Listener, error) { return nil, ErrNotHere }

func (s *image) Snapd(context.Context, string) ([]byte, error) { return nil, ErrNotHere }

func (s *image) Portal(_ context.Context, home Home, table string) (map[string]map[string][]string, error) {
	if s.host.OS != fact.Linux {
		return nil, ErrNotHere
	}
	return storedPortal(home, table)
}
