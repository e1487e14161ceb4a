// Package advisories keeps the advisory data of this machine, or of one person:
// what was imported and what a signed feed delivered, each in a file beside the
// database the program was built with.
package advisories

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huddleguard/agent/state"
	"huddleguard/checks/advisory"
)

// The files of a store.
const (
	importedName = "imported.tsv"
	feedName     = "followed.tsv"
)

// Store is a folder of advisory data.
type Store struct {
	// Dir is the folder. It need not exist to be read.
	Dir string
}

// Open lays everything that the stores hold over the built-in data, the first
// store lowest. What cannot be read is left out, and named in faults: the rest
// is as good as it was.
func Open(stores ...Store) (db *advisory.Database, faults []error, err error) {
	db, err = advisory.BuiltIn()
	if err != nil {
		return nil, nil, err
	}
	for _, s := range stores {
		for _, name := range []string{feedName, importedName} {
			data, err := readBounded(filepath.Join(s.Dir, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			var above *advisory.Database
			if err == nil {
				above, err = db.Layered(data)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s is left out: %w", filepath.Join(s.Dir, name), err))
				continue
			}
			db = above
		}
	}
	return db, faults, nil
}

func readBounded(name string) ([]byte, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > advisory.MaxSize {
		return nil, errors.New("is no file of advisories, or too large")
	}
	return os.ReadFile(name)
}

// PutFeed keeps what a signed feed delivered, in the place of what it delivered
// before. Anything else than well-formed advisories is refused.
func (s Store) PutFeed(payload []byte) error {
	if err := advisory.Check(payload); err != nil {
		return fmt.Errorf("the feed's advisories are malformed: %w", err)
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	return state.WriteBytes(filepath.Join(s.Dir, feedName), 0o644, payload)
}

// Payload is what the store imported, as a feed can carry it.
func (s Store) Payload() ([]byte, error) { return readBounded(filepath.Join(s.Dir, importedName)) }

// ImportOptions say how to import.
type ImportOptions struct {
	// CompleteTo, where set, is the day up to which whoever imports vouches for
	// the data to be complete, for the clients that it speaks of.
	CompleteTo string
	// Source names where the data is from, in the report; "" is "import".
	Source string
	// Now is the day of the import.
	Now time.Time
	// Progress is called now and then with the number of files read.
	Progress func(files int)
}

// Import reads a folder, an archive or a file and adds its records to the
// store. Nothing that was held is lost: of two records of one source about one
// advisory the newer is kept. On an error the store is as it was.
func (s Store) Import(ctx context.Context, name string, o ImportOptions) (Summary, error) {
	return s.importFrom(ctx, o, func(c *collection) error { return c.read(ctx, name, o.Progress) })
}

func (s Store) importFrom(ctx context.Context, o ImportOptions, read func(*collection) error) (Summary, error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return Summary{}, err
	}
	unlock, err := state.Lock(ctx, s.Dir)
	if err != nil {
		return Summary{}, err
	}
	defer unlock()
	c, err := newCollection(s.Dir)
	if err != nil {
		return Summary{}, err
	}
	defer c.close()
	target := filepath.Join(s.Dir, importedName)
	old, coverage, err := heldBefore(target)
	if err != nil {
		return c.sum, fmt.Errorf("%s: %w", target, err)
	}
	for _, r := range old {
		if err := c.add(r, false); err != nil {
			return c.sum, err
		}
	}
	if err := read(c); err != nil {
		return c.sum, err
	}
	if c.sum.Records == 0 && len(c.attacked) == 0 {
		return c.sum, nil // nothing to add: the store stays as it is
	}
	cover(coverage, c, o)
	return c.sum, s.replace(c, coverage)
}

// heldBefore are the records of an earlier import.
func heldBefore(name string) ([]*advisory.Record, map[string]advisory.Coverage, error) {
	coverage := map[string]advisory.Coverage{}
	data, err := readBounded(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, coverage, nil
	}
	if err != nil {
		return nil, nil, err
	}
	db, err := (&advisory.Database{}).Layered(data)
	if err != nil {
		return nil, nil, err
	}
	for _, client := range advisory.Clients {
		if c, ok := db.Coverage(client); ok {
			coverage[client] = c
		}
	}
	records, err := db.All()
	return records, coverage, err
}

// cover notes what the import says to know. Data alone does not say that it is
// complete; whoever imports it may.
func cover(coverage map[string]advisory.Coverage, c *collection, o ImportOptions) {
	today := o.Now.UTC().Format("2006-01-02")
	for client := range c.sum.Clients {
		have := coverage[client]
		have.AsOf = max(have.AsOf, min(today, max(c.newest[client], o.CompleteTo)))
		have.CompleteTo = max(have.CompleteTo, o.CompleteTo)
		if source := cmp.Or(o.Source, "import"); !slices.Contains(have.Sources, source) {
			have.Sources = append(have.Sources, source)
			slices.Sort(have.Sources)
		}
		coverage[client] = have
	}
}

// replace writes the collection in the place of what was imported before.
func (s Store) replace(c *collection, coverage map[string]advisory.Coverage) error {
	builtIn, err := advisory.BuiltIn()
	if err != nil {
		return err
	}
	ids := builtIn.IDs("")
	known := func(id string) bool { _, ok := slices.BinarySearch(ids, id); return ok }
	return state.Write(filepath.Join(s.Dir, importedName), 0o644, func(f *os.File) error { return c.write(f, coverage, known) })
}
