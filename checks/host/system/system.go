// Package system is the seam between reading facts and the host they are read
// from. A live system and the mounted files of a machine that is not running
// are two Systems; a recorded host in a test is a third. All of them pass the
// contract suite in checks/host/hosttest.
//
// Everything behind this seam reads and nothing writes, starts a program or
// opens a network connection. Every error says why something could not be
// read, in words fit to be shown, and never quotes what a file holds.
package system

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"huddleguard/checks/fact"
)

// Errors that mean something other than "could not be read".
var (
	// ErrNotHere says the host has no such thing at all: no registry on
	// Linux, no processes in an image. It is not a failure to look.
	ErrNotHere = errors.New("this host has none")
	// ErrNotExist is fs.ErrNotExist: looked, and it is not there.
	ErrNotExist = fs.ErrNotExist
)

// Limits on what is read into memory at once, in bytes.
const (
	// MaxFile bounds a settings file, a manifest or a small database.
	MaxFile = 16 << 20
	// MaxHive bounds a registry hive or a package database.
	MaxHive = 256 << 20
	// MaxEntries bounds the names read from one folder.
	MaxEntries = 100_000
)

// System is one host to be read.
type System interface {
	// Host names the machine. OS is always set.
	Host() fact.Host
	// Scope says whether the host is running and whose homes are in view.
	Scope() fact.Scope
	// Machine is the whole host's tree of files.
	Machine() Tree
	// Homes are the homes in scope, in order of name. A home that cannot be
	// entered is listed with a Tree whose every method returns the reason. An
	// error beside homes means there can be more.
	Homes() ([]Home, error)
	// Registry opens a key. root is HKLM, or HKCU with the home whose hive is
	// meant; path has backslashes and no root: "SOFTWARE\Policies". Names match
	// without regard to case. ErrNotExist: no such key. ErrNotHere: no Windows.
	Registry(root string, home *Home, path string) (Key, error)
	// Processes lists what runs, in order of id. ErrNotHere in an image. Another
	// error beside processes means there can be more.
	Processes(ctx context.Context) ([]Process, error)
	// Devices lists the capture devices a process holds open, such as
	// /dev/video0, in order. ErrNotExist: it ended. ErrNotHere in an image.
	Devices(ctx context.Context, pid int) ([]string, error)
	// Listeners lists the sockets that accept TCP connections on the given
	// ports, or on any port where none is given. Owners are looked for only
	// where ports are given, since that is dear. ErrNotHere in an image.
	Listeners(ctx context.Context, ports ...uint16) ([]Listener, error)
	// Portal reads one table of a person's portal permission store, as
	// id → application → permissions. ErrNotExist: no such table.
	Portal(ctx context.Context, home Home, table string) (map[string]map[string][]string, error)
	// Snapd answers a GET on snapd's socket with the answer's "result" member.
	// ErrNotHere without snapd.
	Snapd(ctx context.Context, path string) ([]byte, error)
	// Close lets go of what was opened for the look: folders, hives, a bus.
	Close() error
}

// Tree is a tree of files, read beneath its root and never through a link that
// leads out of it. Names use forward slashes: "/opt/zoom" in a machine's tree
// (on Windows "C:/Program Files"), ".config/zoomus.conf" in a home's. On
// Windows names match without regard to case.
type Tree interface {
	// Open opens a regular file of at most max bytes. It never blocks on a
	// FIFO or a device. In a home, the file must belong to the home's owner.
	Open(name string, max int64) (File, error)
	// ReadFile reads a whole regular file, under the rules of Open. Files the
	// kernel makes up say they are empty: those in /proc can only be opened.
	ReadFile(name string, max int64) ([]byte, error)
	// ReadDir lists a folder in order of name, at most MaxEntries.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Lstat describes a name without following it.
	Lstat(name string) (Info, error)
	// Stat describes what a name leads to within the tree.
	Stat(name string) (Info, error)
	// Readlink returns the text of a symbolic link.
	Readlink(name string) (string, error)
}

// File is an open regular file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Size() int64
	// Path is a path the process can open again for libraries that insist on
	// one; it leads to this very file whatever happens to the name. It is
	// empty where there is none.
	Path() string
}

// Info describes a file. UID is -1 where the system has no user ids.
type Info struct {
	Mode    fs.FileMode
	Size    int64
	UID     int
	ModTime time.Time
}

// Home is a person's home, as a tree beneath it.
type Home struct {
	fact.User
	Tree Tree
}

// Key is an open registry key.
type Key interface {
	// Subkeys lists the names of the keys below.
	Subkeys() ([]string, error)
	// Value reads one value; the empty name is the default value. The result
	// is string, uint64, []string or []byte. ErrNotExist: no such value.
	Value(name string) (any, error)
	// Names lists the names of the values.
	Names() ([]string, error)
}

// Process is a running program. Args can hold meeting passwords: they are for
// matching switches and are never stored.
type Process struct {
	PID  int
	Exe  string // path in the host's form; empty where it cannot be known
	Name string
	User string // name of the account, empty where it cannot be known
	// Args are the arguments; nil where they cannot be read.
	Args []string
}

// Listener is a socket that accepts connections.
type Listener struct {
	Address string // "127.0.0.1"
	Port    uint16
	PID     int // 0 where the owner cannot be known
}
