package state

import (
	"os"
	"path/filepath"
)

// Machine is where the machine's own data is kept.
func Machine() string { return filepath.Join(os.Getenv("ProgramData"), "Huddleguard") }

// Own is where the data of whoever asks is kept.
func Own() string { return filepath.Join(os.Getenv("LocalAppData"), "Huddleguard") }

// syncFolder has nothing to do: NTFS journals names itself.
func syncFolder(string) error { return nil }
