package state

import "os"

// unlooked is why nothing is trusted on Windows yet.
const unlooked = "is not taken: who may write to it is not looked at on Windows yet"

// TrustedFolder refuses every folder.
func TrustedFolder(dir string, _ Whose) error {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	return &Untrusted{dir, unlooked}
}

// OpenTrusted refuses every file.
func OpenTrusted(name string, _ Whose) (*os.File, error) {
	if _, err := os.Stat(name); err != nil {
		return nil, err
	}
	return nil, &Untrusted{name, unlooked}
}
