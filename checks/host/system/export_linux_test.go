package system

// OpenLive opens a running system whose files lie beneath root.
func OpenLive(root string, uid int) (System, error) { return openLive(root, uid) }

// OwnHome is what an account without rights sees.
func OwnHome(s System) ([]Home, error) { return s.(*live).ownHome() }
