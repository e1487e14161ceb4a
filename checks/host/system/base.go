package system

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"huddleguard/checks/fact"
)

// base is what a live system and an image have in common: the files.
type base struct {
	tree rootedTree
	host fact.Host
	// list finds the homes; it is asked once.
	list  func() ([]Home, error)
	once  sync.Once
	homes []Home
	err   error

	mu   sync.Mutex
	open []io.Closer
}

func (b *base) Host() fact.Host { return b.host }
func (b *base) Machine() Tree   { return b.tree }

func (b *base) Homes() ([]Home, error) {
	b.once.Do(func() {
		b.homes, b.err = b.list()
		slices.SortFunc(b.homes, func(x, y Home) int { return strings.Compare(x.Name, y.Name) })
	})
	return slices.Clone(b.homes), b.err
}

// enter opens a person's home, or keeps the reason why it cannot be opened.
func (b *base) enter(u fact.User) Home {
	tree, _, err := b.tree.home(u.Home, true)
	switch {
	case errors.Is(err, ErrNotExist):
		return Home{u, brokenTree{errHomeGone}}
	case err != nil:
		return Home{u, brokenTree{err}}
	}
	b.keep(tree)
	return Home{u, tree}
}

// keep has something closed with the system.
func (b *base) keep(c io.Closer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = append(b.open, c)
}

// Close lets go of the trees.
func (b *base) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, c := range b.open {
		errs = append(errs, c.Close())
	}
	b.open = nil
	return errors.Join(append(errs, b.tree.Close())...)
}
