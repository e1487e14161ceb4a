//go:build !linux

package system

// openMachine opens the tree of a machine whose root is the folder dir.
func openMachine(dir string) (rootedTree, error) { return openWalked(dir) }
