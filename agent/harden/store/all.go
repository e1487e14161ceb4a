package store

import (
	"errors"
	"path/filepath"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/checks/format/edit"
)

// Stores are all stores of one owner.
type Stores struct {
	// Kinds are by the word of fact.At.Store.
	Kinds map[string]harden.Store
	// Home identifies the very folder of a home; empty for the machine.
	Home  string
	roots []*disk.Root
}

// Close lets go of the folders that the stores work beneath.
func (s *Stores) Close() error {
	var errs []error
	for _, r := range s.roots {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// owner is what stores are made for.
type owner struct {
	root  *disk.Root
	dir   string // a home, or "/"
	uid   int    // whose the files are; disk.AnyOwner where the system has no such numbers
	state string // the owner's state folder
}

func (o owner) ground() ground {
	return ground{root: o.root, dir: o.dir, uid: o.uid, machine: o.dir == machineDir}
}

// maker makes the store of one kind of place.
type maker func(owner) harden.Store

// files are the formats of settings files.
var files = []string{"ini", "keyfile", "json", "yaml", "plist", "flatpak"}

// ForPerson gives the stores of a person, for the process that runs as them.
// state is their state folder.
func ForPerson(home string, uid int, state string) (*Stores, error) {
	s := &Stores{Kinds: map[string]harden.Store{}}
	root, err := s.open(home, uid)
	if err != nil {
		return nil, err
	}
	if s.Home, err = root.Identity(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	o := owner{root, filepath.ToSlash(home), uid, state}
	s.addFiles(o)
	s.add(o, ofPerson)
	return s, nil
}

// ForMachine gives the stores of the machine's places.
func ForMachine(state string) (*Stores, error) {
	s := &Stores{Kinds: map[string]harden.Store{}}
	root, err := s.open(machineDir, machineUID)
	if err != nil {
		return nil, err
	}
	// A program's own files can be anybody's, and only rights are taken of them.
	anybodys, err := s.open(machineDir, disk.AnyOwner)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.add(owner{anybodys, machineDir, disk.AnyOwner, state}, ofMachine)
	s.addFiles(owner{root, machineDir, machineUID, state})
	return s, nil
}

func (s *Stores) open(dir string, uid int) (*disk.Root, error) {
	root, err := disk.Open(dir, uid)
	if err == nil {
		s.roots = append(s.roots, root)
	}
	return root, err
}

func (s *Stores) addFiles(o owner) {
	for _, word := range files {
		if format, ok := edit.For(word); ok {
			s.Kinds[word] = &Files{o.ground(), format}
		}
	}
}

func (s *Stores) add(o owner, kinds map[string]maker) {
	for word, make := range kinds {
		s.Kinds[word] = make(o)
	}
}
