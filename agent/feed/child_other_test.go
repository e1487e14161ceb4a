//go:build !linux

package feed

import "testing"

// confined has nothing to look at where nothing is given up.
func confined(*testing.T, int) {}
