package store

import (
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/store/mozperms"
	"huddleguard/agent/harden/store/quarantine"
)

const (
	machineDir = "/"
	machineUID = 0
	// modesCount: whether modes and numbers say who can change a file.
	modesCount = true
)

// The kinds of place besides settings files.
var (
	ofPerson = map[string]maker{
		"mode":       func(o owner) harden.Store { return &Modes{o.ground()} },
		"quarantine": func(o owner) harden.Store { return quarantine.New(o.dir, o.uid, o.state) },
		"mozperms":   func(o owner) harden.Store { return mozperms.New(o.root, o.dir) },
	}
	ofMachine = map[string]maker{
		"mode":       func(o owner) harden.Store { return &Modes{o.ground()} },
		"quarantine": func(o owner) harden.Store { return quarantine.New(o.dir, o.uid, o.state) },
	}
)
