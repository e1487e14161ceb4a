package advisories

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds on what an import reads. Whole years of NVD come in one file; a file
// beyond them is named as bad, and the others are read.
const (
	maxFile  = 256 << 20 // bytes of one file, unpacked
	maxFiles = 4 << 20
	maxTotal = 1 << 36 // bytes of all files of an archive, unpacked
)

// file is one file that may hold records. data is read late, by whoever parses
// it, so that not all are in memory at once.
type file struct {
	name string // as the import names it: below the folder or inside the archive
	path string // on disk; "" where data is already read
	data []byte
	err  error
}

func (f *file) read() ([]byte, error) {
	if f.err != nil || f.path == "" {
		return f.data, f.err
	}
	in, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("is not a plain file")
	}
	if st.Size() > maxFile {
		return nil, errTooLarge
	}
	data := make([]byte, 0, st.Size()+1)
	for { // as io.ReadAll, without growing
		n, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) > maxFile:
			return nil, errTooLarge
		case len(data) == cap(data):
			data = slices.Grow(data, len(data))
		}
	}
}

var errTooLarge = fmt.Errorf("larger than %d bytes", maxFile)

// isRecord says whether a file's name is one that records have.
func isRecord(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".yaml", ".yml", ".jsonl", ".ndjson":
		return true
	}
	return false
}

// walk hands over every file of a folder, an archive or one file, in the order
// they lie there. An archive that breaks off hands over what it held before.
func walk(ctx context.Context, name string, yield func(file) error) error {
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return walkFolder(ctx, name, yield)
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	return walkStream(ctx, filepath.Base(name), in, st.Size(), yield)
}

func walkFolder(ctx context.Context, dir string, yield func(file) error) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, relErr := filepath.Rel(dir, p)
		if relErr != nil {
			rel = p
		}
		if err != nil {
			return yield(file{name: rel, err: err})
		}
		if d.IsDir() || !d.Type().IsRegular() || !isRecord(p) {
			return nil
		}
		return yield(file{name: rel, path: p})
	})
}

// walkStream finds out by its first bytes what a file is.
func walkStream(ctx context.Context, name string, in readerAt, size int64, yield func(file) error) error {
	var head [262]byte
	n, err := in.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	whole := io.NewSectionReader(in, 0, size)
	switch h := head[:n]; {
	case bytes.HasPrefix(h, []byte("PK\x03\x04")) || bytes.HasPrefix(h, []byte("PK\x05\x06")):
		return walkZip(ctx, in, size, yield)
	case bytes.HasPrefix(h, []byte("\x1f\x8b")):
		unpacked, err := gzip.NewReader(whole)
		if err != nil {
			return err
		}
		return walkPacked(ctx, strings.TrimSuffix(name, ".gz"), unpacked, yield)
	case bytes.HasPrefix(h, []byte("BZh")):
		return walkPacked(ctx, strings.TrimSuffix(name, ".bz2"), bzip2.NewReader(whole), yield)
	case n == len(head) && string(h[257:262]) == "ustar":
		return walkTar(ctx, whole, yield)
	}
	data, err := bounded(whole)
	return yield(file{name: name, data: data, err: err})
}

type readerAt interface {
	io.Reader
	io.ReaderAt
}

// walkPacked is what was inside a compression: a tar, or one file.
func walkPacked(ctx context.Context, name string, in io.Reader, yield func(file) error) error {
	if strings.HasSuffix(name, ".tar") || strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tbz2") {
		return walkTar(ctx, in, yield)
	}
	data, err := bounded(in)
	if err == nil && len(data) > 262 && string(data[257:262]) == "ustar" {
		return walkTar(ctx, bytes.NewReader(data), yield)
	}
	return yield(file{name: name, data: data, err: err})
}

func walkZip(ctx context.Context, in io.ReaderAt, size int64, yield func(file) error) error {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return fmt.Errorf("cannot be read as a zip archive: %w", err)
	}
	for _, f := range z.File {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.FileInfo().IsDir() || !isRecord(f.Name) {
			continue
		}
		var data []byte
		r, err := f.Open()
		if err == nil {
			data, err = bounded(r)
			_ = r.Close()
		}
		if err := yield(file{name: f.Name, data: data, err: err}); err != nil {
			return err
		}
	}
	return nil
}

func walkTar(ctx context.Context, in io.Reader, yield func(file) error) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the archive breaks off: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if h.Typeflag != tar.TypeReg || !isRecord(h.Name) {
			continue
		}
		data, err := bounded(t)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("the archive breaks off in %q", h.Name)
		}
		if err := yield(file{name: h.Name, data: data, err: err}); err != nil {
			return err
		}
	}
}

// bounded reads a file of an archive, whose own word about its size is not
// trusted.
func bounded(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, errTooLarge
	}
	return data, err
}
