package feed

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"huddleguard/agent/state"
)

// Target is the name of the only file a feed carries.
const Target = "records.tsv"

// The roles of a feed, each with its key. Root's can be kept elsewhere than the
// others: it is needed for the first publishing and for what changes keys.
var roles = []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP}

// Life says how long what is signed stays valid. A feed that is not renewed in
// time is refused by those who read it.
type Life struct {
	Root      time.Duration
	Targets   time.Duration // and the snapshot's
	Timestamp time.Duration
}

// DefaultLife suits a feed that is renewed every day.
var DefaultLife = Life{Root: 365 * 24 * time.Hour, Targets: 90 * 24 * time.Hour, Timestamp: 7 * 24 * time.Hour}

// Publisher makes and renews a feed.
type Publisher struct {
	Dir  string // what any static web server hands out
	Keys string // the private keys; made by the first publishing
	Life Life
	Now  time.Time
}

// signed is the newest metadata of a published feed.
type signed struct {
	root      *metadata.Metadata[metadata.RootType]
	targets   *metadata.Metadata[metadata.TargetsType]
	snapshot  *metadata.Metadata[metadata.SnapshotType]
	timestamp *metadata.Metadata[metadata.TimestampType]
}

// Publish puts a database into the feed, and makes the feed if there is none.
// Readers see either the state before or the one after: the timestamp, which
// leads to everything else, is replaced last.
func (p Publisher) Publish(payload []byte) error {
	if err := os.MkdirAll(filepath.Join(p.Dir, "targets"), 0o755); err != nil {
		return err
	}
	s, err := p.load()
	if errors.Is(err, fs.ErrNotExist) {
		s, err = p.create()
	}
	if err != nil {
		return err
	}
	info, err := metadata.TargetFile().FromBytes(Target, payload, "sha256")
	if err != nil {
		return err
	}
	name := hex.EncodeToString(info.Hashes["sha256"]) + "." + Target
	if err := state.WriteBytes(filepath.Join(p.Dir, "targets", name), 0o644, payload); err != nil {
		return err
	}
	s.targets.Signed.Targets = map[string]*metadata.TargetFiles{Target: info}
	s.targets.Signed.Version++
	s.targets.Signed.Expires = p.until(p.Life.Targets)
	return p.write(s, true)
}

// Renew signs the feed anew without changing what it carries, so that it stays
// valid. It needs the keys of snapshot and timestamp only, while the signature
// of the targets lasts.
func (p Publisher) Renew() error {
	s, err := p.load()
	if err != nil {
		return fmt.Errorf("there is no feed to renew: %w", err)
	}
	if s.targets.Signed.Expires.Sub(p.Now) > p.Life.Timestamp {
		return p.write(s, false)
	}
	s.targets.Signed.Version++
	s.targets.Signed.Expires = p.until(p.Life.Targets)
	return p.write(s, true)
}

// Rotate gives root a new key. The new root is signed by the old key as well,
// so that readers follow.
func (p Publisher) Rotate() error {
	s, err := p.load()
	if err != nil {
		return fmt.Errorf("there is no feed whose root could change: %w", err)
	}
	old, err := p.signer(metadata.ROOT)
	if err != nil {
		return err
	}
	for _, id := range append([]string{}, s.root.Signed.Roles[metadata.ROOT].KeyIDs...) {
		if err := s.root.Signed.RevokeKey(id, metadata.ROOT); err != nil {
			return err
		}
	}
	file := p.keyFile(metadata.ROOT)
	if err := os.Rename(file, file+"."+strconv.FormatInt(s.root.Signed.Version, 10)); err != nil {
		return err
	}
	if err := p.addKey(s.root, metadata.ROOT); err != nil {
		return err
	}
	s.root.Signed.Version++
	s.root.Signed.Expires = p.until(p.Life.Root)
	s.root.ClearSignatures()
	if _, err := s.root.Sign(old); err != nil {
		return err
	}
	return p.signRoot(s.root)
}

func (p Publisher) until(d time.Duration) time.Time { return p.Now.Add(d).UTC().Truncate(time.Second) }

// create makes keys and a root; the rest has version 0 until it is written.
func (p Publisher) create() (*signed, error) {
	if err := os.MkdirAll(p.Keys, 0o700); err != nil {
		return nil, err
	}
	s := &signed{metadata.Root(p.until(p.Life.Root)), metadata.Targets(p.until(p.Life.Targets)),
		metadata.Snapshot(p.until(p.Life.Targets)), metadata.Timestamp(p.until(p.Life.Timestamp))}
	s.root.Signed.ConsistentSnapshot = true
	for _, role := range roles {
		if err := p.addKey(s.root, role); err != nil {
			return nil, err
		}
	}
	s.targets.Signed.Version, s.snapshot.Signed.Version, s.timestamp.Signed.Version = 0, 0, 0
	return s, p.signRoot(s.root)
}

func (p Publisher) signRoot(root *metadata.Metadata[metadata.RootType]) error {
	signer, err := p.signer(metadata.ROOT)
	if err != nil {
		return err
	}
	if _, err := root.Sign(signer); err != nil {
		return err
	}
	data, err := root.ToBytes(true)
	if err != nil {
		return err
	}
	return state.WriteBytes(filepath.Join(p.Dir, versioned(metadata.ROOT, root.Signed.Version)), 0o644, data)
}

// load reads the newest state of a feed, and checks that it is the keys' own.
func (p Publisher) load() (*signed, error) {
	s := &signed{}
	var err error
	if s.timestamp, err = metadata.Timestamp().FromFile(filepath.Join(p.Dir, metadata.TIMESTAMP+".json")); err != nil {
		return nil, err
	}
	version := s.timestamp.Signed.Meta[metadata.SNAPSHOT+".json"].Version
	if s.snapshot, err = metadata.Snapshot().FromFile(filepath.Join(p.Dir, versioned(metadata.SNAPSHOT, version))); err != nil {
		return nil, err
	}
	version = s.snapshot.Signed.Meta[metadata.TARGETS+".json"].Version
	if s.targets, err = metadata.Targets().FromFile(filepath.Join(p.Dir, versioned(metadata.TARGETS, version))); err != nil {
		return nil, err
	}
	if s.root, err = p.newestRoot(); err != nil {
		return nil, err
	}
	return s, errors.Join(s.root.VerifyDelegate(metadata.TIMESTAMP, s.timestamp), s.root.VerifyDelegate(metadata.SNAPSHOT, s.snapshot),
		s.root.VerifyDelegate(metadata.TARGETS, s.targets))
}

func (p Publisher) newestRoot() (*metadata.Metadata[metadata.RootType], error) {
	var newest *metadata.Metadata[metadata.RootType]
	for v := int64(1); ; v++ {
		root, err := metadata.Root().FromFile(filepath.Join(p.Dir, versioned(metadata.ROOT, v)))
		if errors.Is(err, fs.ErrNotExist) && newest != nil {
			return newest, nil
		}
		if err != nil {
			return nil, err
		}
		newest = root
	}
}

// write signs and writes what changed, the timestamp last.
func (p Publisher) write(s *signed, targets bool) error {
	if s.root.Signed.Expires.Sub(p.Now) < p.Life.Root/4 {
		if err := p.renewRoot(s.root); err != nil {
			return err
		}
	}
	if targets {
		data, err := sign(p, metadata.TARGETS, s.targets)
		if err == nil {
			err = state.WriteBytes(filepath.Join(p.Dir, versioned(metadata.TARGETS, s.targets.Signed.Version)), 0o644, data)
		}
		if err != nil {
			return err
		}
	}
	s.snapshot.Signed.Version++
	s.snapshot.Signed.Expires = p.until(p.Life.Targets)
	s.snapshot.Signed.Meta[metadata.TARGETS+".json"] = metadata.MetaFile(s.targets.Signed.Version)
	data, err := sign(p, metadata.SNAPSHOT, s.snapshot)
	if err == nil {
		err = state.WriteBytes(filepath.Join(p.Dir, versioned(metadata.SNAPSHOT, s.snapshot.Signed.Version)), 0o644, data)
	}
	if err != nil {
		return err
	}
	s.timestamp.Signed.Version++
	s.timestamp.Signed.Expires = p.until(p.Life.Timestamp)
	s.timestamp.Signed.Meta[metadata.SNAPSHOT+".json"] = metadata.MetaFile(s.snapshot.Signed.Version)
	if data, err = sign(p, metadata.TIMESTAMP, s.timestamp); err != nil {
		return err
	}
	return state.WriteBytes(filepath.Join(p.Dir, metadata.TIMESTAMP+".json"), 0o644, data)
}

// renewRoot signs root again before it ends; with its key kept elsewhere this
// has to be done there, and says so.
func (p Publisher) renewRoot(root *metadata.Metadata[metadata.RootType]) error {
	root.Signed.Version++
	root.Signed.Expires = p.until(p.Life.Root)
	root.ClearSignatures()
	return p.signRoot(root)
}

func sign[T metadata.Roles](p Publisher, role string, m *metadata.Metadata[T]) ([]byte, error) {
	signer, err := p.signer(role)
	if err != nil {
		return nil, err
	}
	m.ClearSignatures()
	if _, err := m.Sign(signer); err != nil {
		return nil, err
	}
	return m.ToBytes(true)
}

func versioned(role string, version int64) string {
	return strconv.FormatInt(version, 10) + "." + role + ".json"
}

func (p Publisher) keyFile(role string) string { return filepath.Join(p.Keys, role+".pem") }

// addKey makes a role's key and adds its public half to root. A key that is
// there already is taken.
func (p Publisher) addKey(root *metadata.Metadata[metadata.RootType], role string) error {
	private, err := p.key(role)
	if errors.Is(err, fs.ErrNotExist) {
		private, err = p.newKey(role)
	}
	if err != nil {
		return err
	}
	public, err := metadata.KeyFromPublicKey(private.Public())
	if err != nil {
		return err
	}
	return root.Signed.AddKey(public, role)
}

func (p Publisher) newKey(role string) (ed25519.PrivateKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return private, state.WriteBytes(p.keyFile(role), 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (p Publisher) key(role string) (ed25519.PrivateKey, error) {
	data, err := os.ReadFile(p.keyFile(role))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key", p.keyFile(role))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := key.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s holds no Ed25519 key", p.keyFile(role))
	}
	return private, nil
}

func (p Publisher) signer(role string) (signature.Signer, error) {
	key, err := p.key(role)
	if err != nil {
		return nil, fmt.Errorf("the key of %q is needed: %w", role, err)
	}
	return signature.LoadSigner(key, crypto.Hash(0))
}
