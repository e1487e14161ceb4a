package sources

import (
	"os"
	"path/filepath"
)

// Folder is where an administrator's own files are kept.
func Folder() string { return filepath.Join(os.Getenv("ProgramData"), "Huddleguard") }
