//go:build !linux

package system

import (
	"fmt"
	"runtime"
)

// Live opens the running system. Only Linux can be looked at so far; the files
// of another system can, with Offline.
func Live() (System, error) {
	return nil, fmt.Errorf("cannot look at a running %s yet; use --root DIR on its files", runtime.GOOS)
}
