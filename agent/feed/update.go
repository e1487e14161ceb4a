package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"huddleguard/agent/state"
)

// maxTarget bounds a feed's database, in bytes.
const maxTarget = 64 << 20

// Getter fetches an address, and refuses an answer of more than most bytes. A
// file that is not there is an error that wraps fs.ErrNotExist.
type Getter func(ctx context.Context, address string, most int64) ([]byte, error)

// Reader follows one feed.
type Reader struct {
	URL  string // where the feed's metadata lies
	Root []byte // the publisher's root.json, given by whoever decided to trust it
	// Dir keeps what was seen of the feed, so that nothing older is taken later.
	Dir string
	Get Getter
}

// Result is what a feed carries now.
type Result struct {
	Payload []byte
	Version int64     // of the targets
	Expires time.Time // when the feed must have been renewed
}

// Update fetches what the feed carries. Nothing that was kept before is lost by
// an error.
func (r Reader) Update(ctx context.Context) (Result, error) {
	at, err := url.Parse(r.URL)
	if err != nil || at.Host == "" {
		return Result{}, fmt.Errorf("%q is not the address of a feed", r.URL)
	}
	root, err := r.anchor()
	if err != nil {
		return Result{}, err
	}
	cfg, err := config.New(r.URL, root)
	if err != nil {
		return Result{}, err
	}
	cfg.Fetcher = &fetcher{ctx, r.Get}
	cfg.LocalMetadataDir, cfg.LocalTargetsDir = r.Dir, r.Dir
	cfg.MaxDelegations = 1
	u, err := updater.New(cfg)
	if err != nil {
		return Result{}, fmt.Errorf("the root that was given is no root of a feed: %w", err)
	}
	if err := u.Refresh(); err != nil {
		return Result{}, explain(err)
	}
	return r.take(u)
}

// take downloads the target. A feed that names anything else is refused whole.
func (r Reader) take(u *updater.Updater) (Result, error) {
	set := u.GetTrustedMetadataSet()
	targets := set.Targets[metadata.TARGETS].Signed
	info := targets.Targets[Target]
	if len(targets.Targets) != 1 || info == nil || targets.Delegations != nil && len(targets.Delegations.Roles) > 0 {
		return Result{}, errors.New("the feed carries something else than one file of advisories, and is refused")
	}
	if info.Length > maxTarget {
		return Result{}, fmt.Errorf("the feed's advisories are larger than %d bytes, and are refused", maxTarget)
	}
	scratch := filepath.Join(r.Dir, "."+Target)
	defer os.Remove(scratch)
	_, data, err := u.DownloadTarget(info, scratch, "")
	if err != nil {
		return Result{}, explain(err)
	}
	return Result{data, targets.Version, set.Timestamp.Signed.Expires}, nil
}

// anchor is the root to begin with: the newest that was verified before, while
// it descends from the one that was given. What was seen under another root is
// forgotten.
func (r Reader) anchor() ([]byte, error) {
	sum := sha256.Sum256(r.Root)
	given := []byte(hex.EncodeToString(sum[:]))
	mark, newest := filepath.Join(r.Dir, "given-root"), filepath.Join(r.Dir, metadata.ROOT+".json")
	had, err := os.ReadFile(mark)
	switch {
	case err == nil && string(had) == string(given):
		if data, err := os.ReadFile(newest); err == nil {
			return data, nil
		}
		return r.Root, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return nil, err
	}
	for _, role := range roles {
		if err := os.Remove(filepath.Join(r.Dir, role+".json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return r.Root, state.WriteBytes(mark, 0o600, given)
}

// fetcher asks the Getter as the TUF library wants to be answered.
type fetcher struct {
	ctx context.Context
	get Getter
}

// DownloadFile fetches one file of the feed.
func (f *fetcher) DownloadFile(address string, most int64, _ time.Duration) ([]byte, error) {
	data, err := f.get(f.ctx, address, most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: address}
	}
	return data, err
}

// explain says in plain words what the library refused, and what to do.
func explain(err error) error {
	var (
		expired   *metadata.ErrExpiredMetadata
		unsigned  *metadata.ErrUnsignedMetadata
		older     *metadata.ErrBadVersionNumber
		exchanged *metadata.ErrLengthOrHashMismatch
		missing   *metadata.ErrDownloadHTTP
	)
	switch {
	case errors.As(err, &expired):
		return fmt.Errorf("the feed was not renewed in time, so newer advisories may be held back; its publisher has to renew it (%w)", err)
	case errors.As(err, &unsigned):
		return fmt.Errorf("the feed is not signed by the keys that its root names; nothing was taken (%w)", err)
	case errors.As(err, &older):
		return fmt.Errorf("the feed offers something older than, or another state than, what was seen before; nothing was taken (%w)", err)
	case errors.As(err, &exchanged):
		return fmt.Errorf("a file of the feed is cut off, or not the one that was signed; nothing was taken (%w)", err)
	case errors.As(err, &missing):
		return fmt.Errorf("a file of the feed is missing: %s", missing.URL)
	}
	return err
}
