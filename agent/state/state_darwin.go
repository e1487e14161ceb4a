package state

// Machine is where the machine's own data is kept.
func Machine() string { return "/Library/Application Support/Huddleguard" }

func own() string { return home("Library", "Application Support", "Huddleguard") }
