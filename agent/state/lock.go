package state

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ErrBusy means that another Huddleguard works in the same folder.
var ErrBusy = errors.New("another huddleguard works here; try again when it is done")

// patience is how long a lock is waited for.
const patience = 10 * time.Second

// Lock keeps others from changing what a folder holds until unlock is called.
// It is gone with the process, however that ends.
func Lock(ctx context.Context, dir string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l := flock.New(filepath.Join(dir, ".lock"))
	ok, err := l.TryLockContext(ctx, 50*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) || err == nil && !ok {
		return nil, fmt.Errorf("%s: %w", dir, ErrBusy)
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = l.Unlock() }, nil
}
