//go:build unix && !darwin

package state

import (
	"os"
	"path/filepath"
)

// Machine is where the machine's own data is kept.
func Machine() string { return "/var/lib/huddleguard" }

// own is a person's folder, as the XDG base directory specification (0.8) says.
func own() string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "huddleguard")
	}
	return home(".local", "state", "huddleguard")
}
