//go:build unix

package main

import (
	"os"
	"path/filepath"
)

// machineState is where the machine's own data is kept.
const machineState = "/var/lib/huddleguard"

// ownState is where the data of whoever asks is kept: the machine's for root.
func ownState() string {
	if os.Geteuid() == 0 {
		return machineState
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "huddleguard")
	}
	return filepath.Join(os.Getenv("HOME"), ".local", "state", "huddleguard")
}
