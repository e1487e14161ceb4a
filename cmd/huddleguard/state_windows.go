package main

import (
	"os"
	"path/filepath"
)

// machineState is where the machine's own data is kept.
var machineState = filepath.Join(os.Getenv("ProgramData"), "Huddleguard")

// ownState is where the data of whoever asks is kept.
func ownState() string { return filepath.Join(os.Getenv("LocalAppData"), "Huddleguard") }
