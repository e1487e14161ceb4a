// Package person knows the people of this computer by their accounts, and what
// a process that works as one of them has around it.
package person

// Account is one person's.
type Account struct {
	Name string
	UID  uint32
	GID  uint32
	// Groups are all of the account's groups, the first among them.
	Groups []uint32
	Home   string
}
