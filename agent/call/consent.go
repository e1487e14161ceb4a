package call

import (
	"strings"
)

// Consent is one entry of Windows' record of who used microphone and camera.
type Consent struct {
	Capability string // "microphone", "webcam"
	// Leaf is the key below the capability: a package family, or
	// NonPackaged\ and a path in which "#" stands for "\".
	Leaf        string
	Start, Stop uint64 // FILETIMEs
	UID         string // the SID, empty for the machine's own record
}

// Sighting reads an entry. It is none where the program does not use the device
// now: a start that is 0 means never, whatever the stop says. runs says whether
// a process of a program or package lives; a program that crashed leaves its
// entry as it was.
func (c Consent) Sighting(runs func(program, app string) bool) (Sighting, bool) {
	if c.Start == 0 || c.Stop != 0 {
		return Sighting{}, false
	}
	s := Sighting{Signal: "windows-consent", Place: c.Capability + `\` + c.Leaf, UID: c.UID}
	if file, is := strings.CutPrefix(c.Leaf, `NonPackaged\`); is {
		file = strings.TrimPrefix(file, `Executables\`) // a form seen since Windows 11 24H2
		s.Program = strings.ReplaceAll(file, "#", `\`)
	} else {
		s.App = c.Leaf
	}
	s.Dead = !runs(s.Program, s.App)
	return s, true
}
