package store

import (
	"huddleguard/agent/harden"
	"huddleguard/agent/harden/store/mozperms"
	"huddleguard/agent/harden/store/portal"
	"huddleguard/agent/harden/store/quarantine"
	"huddleguard/agent/harden/store/snapd"
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
		"portal":     func(o owner) harden.Store { return portal.New(o.uid) },
		"mozperms":   func(o owner) harden.Store { return mozperms.New(o.root, o.dir) },
	}
	ofMachine = map[string]maker{
		"mode":       func(o owner) harden.Store { return &Modes{o.ground()} },
		"quarantine": func(o owner) harden.Store { return quarantine.New(o.dir, o.uid, o.state) },
		"snapd":      func(owner) harden.Store { return snapd.New(snapd.Socket) },
	}
)
