package hosttest

import (
	"huddleguard/checks/host/system"
)

// registry is one root of a recorded registry.
type registry interface {
	key(path []string) (system.Key, error)
}

func readRegistry(string) (registry, error) { return nil, refused("not yet") }

func (r *recorded) Registry(string, *system.Home, string) (system.Key, error) {
	return nil, system.ErrNotHere
}
