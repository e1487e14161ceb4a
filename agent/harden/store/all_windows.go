package store

import (
	"os"
	"path/filepath"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/store/mozperms"
	"huddleguard/agent/harden/store/registry"
)

// machineDir is the volume that the system is on.
var machineDir = filepath.ToSlash(os.Getenv("SystemDrive")) + "/"

const (
	machineUID = disk.AnyOwner
	// modesCount: whether modes and numbers say who can change a file.
	modesCount = false
)

// The kinds of place besides settings files.
var (
	ofPerson = map[string]maker{
		"registry": func(owner) harden.Store { return registry.ForPerson() },
		"mozperms": func(o owner) harden.Store { return mozperms.New(o.root, o.dir) },
	}
	ofMachine = map[string]maker{"registry": func(owner) harden.Store { return registry.ForMachine() }}
)
