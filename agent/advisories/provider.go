package advisories

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"net/url"
	"os"
	"path"
	"strings"
)

// Getter fetches an address, and refuses an answer of more than most bytes.
type Getter func(ctx context.Context, address string, most int64) ([]byte, error)

// maxDocuments bounds how many documents of a provider are fetched.
const maxDocuments = 50000

// ImportURL fetches a file, an archive or the documents of a CSAF provider, and
// imports them as Import does.
func (s Store) ImportURL(ctx context.Context, get Getter, address string, o ImportOptions) (Summary, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" {
		return Summary{}, fmt.Errorf("%q is not an address", address)
	}
	data, err := get(ctx, address, maxFile)
	if err != nil {
		return Summary{}, err
	}
	if p, ok := asProvider(data); ok {
		return s.importFrom(ctx, o, func(c *collection) error {
			return c.readAll(ctx, o.Progress, func(ctx context.Context, yield func(file) error) error {
				return p.walk(ctx, elsewhere(get, at), yield)
			})
		})
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return Summary{}, err
	}
	f, err := os.CreateTemp(s.Dir, ".fetched-*")
	if err != nil {
		return Summary{}, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return Summary{}, err
	}
	return s.importFrom(ctx, o, func(c *collection) error {
		return c.readAll(ctx, o.Progress, func(ctx context.Context, yield func(file) error) error {
			return walkStream(ctx, path.Base(at.Path), f, int64(len(data)), yield)
		})
	})
}

// elsewhere keeps a provider from naming documents on this computer itself,
// unless it lies here too.
func elsewhere(get Getter, provider *url.URL) Getter {
	return func(ctx context.Context, address string, most int64) ([]byte, error) {
		u, err := url.Parse(address)
		if err == nil && isHere(u) && !isHere(provider) {
			err = fmt.Errorf("%q lies on this computer, and its provider does not", address)
		}
		if err != nil {
			return nil, err
		}
		return get(ctx, address, most)
	}
}

func isHere(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// provider is a CSAF provider's description of itself, as far as it is read
// (OASIS CSAF 2.0, 7.1.7 and 7.1.11 to 7.1.15).
type provider struct {
	Canonical     string         `json:"canonical_url"`
	Distributions []distribution `json:"distributions"`
	Publisher     struct {
		Name string `json:"name"`
	} `json:"publisher"`
}

type distribution struct {
	Directory string `json:"directory_url"`
	Rolie     struct {
		Feeds []struct {
			URL string `json:"url"`
			TLP string `json:"tlp_label"`
		} `json:"feeds"`
	} `json:"rolie"`
}

// asProvider says whether a file is a provider's description.
func asProvider(data []byte) (provider, bool) {
	var p provider
	if !bytes.Contains(data, []byte(`"distributions"`)) || json.Unmarshal(data, &p) != nil {
		return p, false
	}
	return p, p.Canonical != "" && len(p.Distributions) > 0
}

// walk hands over every document of the provider that anybody may read. One
// that cannot be fetched, or is not the one that was announced, is named as bad.
func (p *provider) walk(ctx context.Context, get Getter, yield func(file) error) error {
	seen := map[string]bool{}
	var problems []error
	for _, d := range p.Distributions {
		documents, err := d.documents(ctx, get)
		if err != nil {
			problems = append(problems, err)
		}
		for _, address := range documents {
			if seen[address] || len(seen) >= maxDocuments {
				continue
			}
			seen[address] = true
			data, err := document(ctx, get, address)
			if err := yield(file{name: address, data: data, err: err}); err != nil {
				return err
			}
		}
	}
	return errors.Join(problems...)
}

// documents lists the addresses of a distribution's documents.
func (d *distribution) documents(ctx context.Context, get Getter) ([]string, error) {
	if d.Directory != "" {
		return directory(ctx, get, d.Directory)
	}
	var out []string
	var problems []error
	for _, f := range d.Rolie.Feeds {
		if f.TLP != "" && f.TLP != "WHITE" && f.TLP != "CLEAR" && f.TLP != "UNLABELED" {
			continue // not for everybody
		}
		more, err := rolie(ctx, get, f.URL)
		out, problems = append(out, more...), append(problems, err)
	}
	return out, errors.Join(problems...)
}

// directory reads index.txt, which lists the documents below its own folder.
func directory(ctx context.Context, get Getter, base string) ([]string, error) {
	at, err := url.Parse(strings.TrimSuffix(base, "/") + "/")
	if err != nil {
		return nil, err
	}
	data, err := get(ctx, at.JoinPath("index.txt").String(), maxIndex)
	if err != nil {
		return nil, err
	}
	var out []string
	for row := range strings.Lines(string(data)) {
		row = strings.TrimSpace(row)
		if !strings.HasSuffix(row, ".json") || strings.Contains(row, "..") || strings.Contains(row, ":") || strings.HasPrefix(row, "/") {
			continue
		}
		out = append(out, at.JoinPath(row).String())
	}
	return out, nil
}

// maxIndex bounds a list of documents, in bytes.
const maxIndex = 64 << 20

// rolie reads a ROLIE feed (RFC 8322, in the JSON form of CSAF 2.0, 7.1.15).
func rolie(ctx context.Context, get Getter, address string) ([]string, error) {
	data, err := get(ctx, address, maxIndex)
	if err != nil {
		return nil, err
	}
	var f struct {
		Feed struct {
			Entry []struct {
				Content struct {
					Src string `json:"src"`
				} `json:"content"`
			} `json:"entry"`
		} `json:"feed"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	var out []string
	for _, e := range f.Feed.Entry {
		if strings.HasSuffix(e.Content.Src, ".json") {
			out = append(out, e.Content.Src)
		}
	}
	return out, nil
}

// errHash means that a document is not the one its provider announced.
var errHash = errors.New("is not what its provider's checksum says")

// document fetches one, and holds it against the checksum beside it. A provider
// without checksums is believed as far as its connection is.
func document(ctx context.Context, get Getter, address string) ([]byte, error) {
	data, err := get(ctx, address, maxFile)
	if err != nil {
		return nil, err
	}
	for _, kind := range []struct {
		ending string
		sum    hash.Hash
	}{{".sha512", sha512.New()}, {".sha256", sha256.New()}} {
		said, err := get(ctx, address+kind.ending, 1024)
		if err != nil {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
		kind.sum.Write(data)
		if !strings.EqualFold(word, hex.EncodeToString(kind.sum.Sum(nil))) {
			return nil, errHash
		}
		return data, nil
	}
	return data, nil
}
