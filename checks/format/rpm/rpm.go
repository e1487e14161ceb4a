// Package rpm reads rpm's database of installed packages in its three forms:
// SQLite (Packages in rpmdb.sqlite), ndb (Packages.db) and Berkeley DB.
//
// ndb and Berkeley DB are read by github.com/knqyf263/go-rpmdb. The SQLite form
// is read here: the library opens the database for writing, and a database
// with a write-ahead log then gets new files beside it.
package rpm

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	rpmdb "github.com/knqyf263/go-rpmdb/pkg"
	_ "modernc.org/sqlite" // the driver "sqlite", in Go
)

// Package is one installed package.
type Package struct {
	Name, Version, Release, Arch, Vendor string
	Epoch                                int
}

// ErrForm means that the bytes are not a package database, or not a whole one.
var ErrForm = errors.New("is not a whole rpm database")

const sqliteMagic = "SQLite format 3\x00"

// Packages reads a database from a path that leads to an open file, such as
// /proc/self/fd/7. Nothing is written beside it.
func Packages(path string) ([]Package, error) {
	isSQLite, err := startsWith(path, sqliteMagic)
	if err != nil {
		return nil, err
	}
	if isSQLite {
		return fromSQLite(path)
	}
	return fromLibrary(path)
}

func startsWith(path, magic string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil {
		return false, ErrForm
	}
	return bytes.Equal(head, []byte(magic)), nil
}

// patience bounds how long the library may take: it waits for rpm's lock.
const patience = 10 * time.Second

// fromLibrary reads in a goroutine of its own, and leaves it behind when it
// takes too long.
func fromLibrary(path string) ([]Package, error) {
	type answer struct {
		packages []Package
		err      error
	}
	done := make(chan answer, 1)
	go func() {
		packages, err := listPackages(path)
		done <- answer{packages, err}
	}()
	select {
	case a := <-done:
		return a.packages, a.err
	case <-time.After(patience):
		return nil, errors.New("is locked by rpm, or takes too long to read")
	}
}

func listPackages(path string) (packages []Package, err error) {
	defer func() {
		if recover() != nil { // the library is not hardened against broken databases
			packages, err = nil, ErrForm
		}
	}()
	db, err := rpmdb.Open(path)
	if err != nil {
		return nil, ErrForm
	}
	defer db.Close()
	list, err := db.ListPackages()
	if err != nil {
		return nil, ErrForm
	}
	packages = make([]Package, len(list))
	for i, p := range list {
		packages[i] = Package{p.Name, p.Version, p.Release, p.Arch, p.Vendor, p.EpochNum()}
	}
	return packages, nil
}

// fromSQLite reads the headers out of the table Packages. The database is
// opened as one that nobody changes, so that SQLite makes no lock and no log.
func fromSQLite(path string) ([]Package, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?immutable=1&mode=ro")
	if err != nil {
		return nil, ErrForm
	}
	defer db.Close()
	rows, err := db.Query("SELECT blob FROM Packages")
	if err != nil {
		return nil, ErrForm
	}
	defer rows.Close()
	var packages []Package
	for rows.Next() {
		var blob sql.RawBytes
		if err := rows.Scan(&blob); err != nil {
			return nil, ErrForm
		}
		p, err := parseHeader(blob)
		if err != nil {
			return nil, fmt.Errorf("package %d: %w", len(packages)+1, err)
		}
		packages = append(packages, p)
	}
	if rows.Err() != nil {
		return nil, ErrForm
	}
	return packages, nil
}
