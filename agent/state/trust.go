package state

import "fmt"

// Whose says whose files are believed.
type Whose int

// Whose files are believed.
const (
	Root      Whose = iota // root's alone
	RootOrOwn              // root's, and those of whoever asks
)

// Untrusted is a file or folder that somebody could have written to who has no
// say in it.
type Untrusted struct{ Path, Why string }

func (u *Untrusted) Error() string { return fmt.Sprintf("%s %s", u.Path, u.Why) }
