//go:build unix && !darwin

package sources

// Folder is where an administrator's own files are kept.
func Folder() string { return "/etc/huddleguard" }
