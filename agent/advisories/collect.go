package advisories

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"huddleguard/checks/advisory"
)

// Summary says what an import found.
type Summary struct {
	Files   int            `json:"files"`   // read
	Records int            `json:"records"` // about our clients, kept
	Clients map[string]int `json:"clients"` // records about each client
	NotOurs int            `json:"not_ours"`
	Older   int            `json:"older"` // no newer than the record that was held
	Bad     int            `json:"bad"`
	// BadFiles names the first of the bad ones, and why.
	BadFiles []BadFile `json:"bad_files"`
	// Broken says where the source itself breaks off; what came before counts.
	Broken string `json:"broken,omitempty"`
}

// BadFile is one that could not be read.
type BadFile struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// maxNamed is how many bad files are named; all are counted.
const maxNamed = 20

func (s *Summary) bad(name string, err error) {
	s.Bad++
	if len(s.BadFiles) < maxNamed {
		s.BadFiles = append(s.BadFiles, BadFile{name, err.Error()})
	}
}

// collection is the records of an import, on disk; in memory are only their
// names, so that a whole archive of every CVE fits on a small machine.
type collection struct {
	out   *bufio.Writer
	file  *os.File
	at    int64
	lines map[string]held // by Record.Key
	// attacked are CISA's days, kept until it is known which matter.
	attacked []*advisory.Record
	sum      Summary
	newest   map[string]string // the newest day of a record about each client
}

// held is a record's line in the file.
type held struct {
	updated string
	at      int64
	size    int32
}

func newCollection(dir string) (*collection, error) {
	f, err := os.CreateTemp(dir, ".import-*")
	if err != nil {
		return nil, err
	}
	return &collection{out: bufio.NewWriterSize(f, 1<<20), file: f, lines: map[string]held{}, newest: map[string]string{},
		sum: Summary{Clients: map[string]int{}, BadFiles: []BadFile{}}}, nil
}

// close takes the file away.
func (c *collection) close() {
	_ = c.file.Close()
	_ = os.Remove(c.file.Name())
}

// add keeps a record unless one of the same source that is as new is there.
func (c *collection) add(r *advisory.Record, count bool) error {
	if r.Source == advisory.KEV {
		c.attacked = append(c.attacked, r)
		return nil
	}
	if old, ok := c.lines[r.Key()]; ok && old.updated >= r.Updated {
		if count {
			c.sum.Older++
		}
		return nil
	}
	line, err := r.Line()
	if err != nil {
		return err
	}
	c.lines[r.Key()] = held{r.Updated, c.at, int32(len(line))}
	c.at += int64(len(line))
	if _, err := c.out.Write(line); err != nil {
		return err
	}
	if count {
		c.sum.Records++
		for _, client := range r.Clients() {
			c.sum.Clients[client]++
			c.newest[client] = max(c.newest[client], r.Updated[:min(len(r.Updated), len("2006-01-02"))])
		}
	}
	return nil
}

// write writes the database: the lines by their advisories' ids.
func (c *collection) write(w io.Writer, coverage map[string]advisory.Coverage, known func(id string) bool) error {
	ids := map[string]bool{}
	for key := range c.lines {
		ids[idOf(key)] = true
	}
	for _, r := range newestOf(c.attacked) {
		if !ids[r.ID] && !known(r.ID) {
			continue
		}
		line, err := r.Line()
		if err != nil {
			return err
		}
		c.lines[r.Key()] = held{r.Updated, c.at, int32(len(line))}
		c.at += int64(len(line))
		if _, err := c.out.Write(line); err != nil {
			return err
		}
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	head, err := advisory.Head(coverage)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	if _, err := out.Write(head); err != nil {
		return err
	}
	keys := make([]string, 0, len(c.lines))
	for k := range c.lines {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	buf := make([]byte, 0, 4096)
	for _, k := range keys {
		h := c.lines[k]
		buf = slices.Grow(buf[:0], int(h.size))[:h.size]
		if _, err := c.file.ReadAt(buf, h.at); err != nil {
			return err
		}
		if _, err := out.Write(buf); err != nil {
			return err
		}
	}
	return out.Flush()
}

func idOf(key string) string {
	id, _, _ := strings.Cut(key, "\t")
	return id
}

func newestOf(in []*advisory.Record) map[string]*advisory.Record {
	out := map[string]*advisory.Record{}
	for _, r := range in {
		if old := out[r.ID]; old == nil || r.Updated > old.Updated {
			out[r.ID] = r
		}
	}
	return out
}

// read puts everything below name into the collection. Files are parsed side
// by side; a bad one is counted and named, and stops nothing.
func (c *collection) read(ctx context.Context, name string, progress func(files int)) error {
	return c.readAll(ctx, progress, func(ctx context.Context, yield func(file) error) error { return walk(ctx, name, yield) })
}

// parsed is a file that was read.
type parsed struct {
	name    string
	records []*advisory.Record
	err     error
}

func (c *collection) readAll(ctx context.Context, progress func(files int), source func(context.Context, func(file) error) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	files, results := make(chan file, workers), make(chan []parsed, workers)
	var walkErr error
	go func() {
		defer close(files)
		n, total := 0, int64(0)
		walkErr = source(ctx, func(f file) error {
			if n, total = n+1, total+int64(len(f.data)); n > maxFiles || total > maxTotal {
				return errors.New("holds more than an import takes")
			}
			select {
			case files <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { parse(ctx, files, results) })
	}
	go func() { wg.Wait(); close(results) }()
	for batch := range results {
		for _, p := range batch {
			if err := c.take(p); err != nil {
				return err
			}
		}
		if progress != nil {
			progress(c.sum.Files)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if walkErr != nil {
		if c.sum.Files == 0 {
			return walkErr
		}
		c.sum.Broken = walkErr.Error()
	}
	return nil
}

// batchSize is how many files' results travel together: handing over one by one
// costs more than parsing a small file.
const batchSize = 64

func parse(ctx context.Context, files <-chan file, results chan<- []parsed) {
	var batch []parsed
	send := func() {
		select {
		case results <- batch:
		case <-ctx.Done():
		}
		batch = nil
	}
	for f := range files {
		p := parsed{name: f.name}
		data, err := f.read()
		if err == nil {
			p.records, err = readFile(f.name, data)
		}
		p.err = err
		if batch = append(batch, p); len(batch) == batchSize {
			send()
		}
	}
	if len(batch) > 0 {
		send()
	}
}

// readFile reads one file by its name's ending; lines of JSON are files of
// their own.
func readFile(name string, data []byte) (records []*advisory.Record, err error) {
	defer func() {
		if p := recover(); p != nil { // a record must not end the import of the others
			records, err = nil, fmt.Errorf("cannot be read: %v", p)
		}
	}()
	base := path.Base(filepath.ToSlash(name))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return advisory.ReadReviewed(base, data)
	case ".jsonl", ".ndjson":
		var errs []error
		for row := range bytes.Lines(data) {
			if row = bytes.TrimSpace(row); len(row) == 0 {
				continue
			}
			rs, _, err := advisory.Read(base, row)
			records, errs = append(records, rs...), append(errs, err)
		}
		return records, errors.Join(errs...)
	}
	records, _, err = advisory.Read(base, data)
	return records, err
}

func (c *collection) take(p parsed) error {
	c.sum.Files++
	if p.err != nil {
		c.sum.bad(p.name, p.err)
	}
	if p.err == nil && len(p.records) == 0 {
		c.sum.NotOurs++
	}
	for _, r := range p.records {
		if err := c.add(r, true); err != nil {
			return err
		}
	}
	return nil
}

// ByCount lists the clients of a summary, those with most records first.
func (s *Summary) ByCount() []string {
	var out []string
	for id := range s.Clients {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(s.Clients[b], s.Clients[a]), cmp.Compare(a, b)) })
	return out
}
