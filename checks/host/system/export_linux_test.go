package system

// OpenLive opens a running system whose files lie beneath root.
func OpenLive(root string, uid int) (System, error) { return openLive(root, uid) }

// OwnHome is what an account without rights sees.
func OwnHome(s System) ([]Home, error) { return s.(*live).ownHome() }

// IsCapture says whether a path is a camera's or a microphone's.
func IsCapture(device string) bool { return isCapture(device) }

// Listening reads a table of /proc/net.
func Listening(table string, ports ...uint16) []Listener { return listening(table, ports) }
