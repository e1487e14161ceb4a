package system

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"huddleguard/internal/ownbus"
)

// busPatience bounds one question on the bus, snapd's included.
const busPatience = 2 * time.Second

// maxGrants bounds the ids of one permission table.
const maxGrants = 1000

// errNoStore says that no permission store runs for this account.
var errNoStore = errors.New("no permission store is running")

// sessionBus is the looking account's own session bus, connected when first
// asked. It is never started, nor is anything on it.
type sessionBus struct {
	once sync.Once
	conn *dbus.Conn
	err  error
}

func (b *sessionBus) close() {
	b.once.Do(func() { b.err = errNoStore })
	if b.conn != nil {
		b.conn.Close()
	}
}

// connect finds the bus of an account by its socket.
func (b *sessionBus) connect(uid int) (*dbus.Conn, error) {
	b.once.Do(func() {
		b.conn, b.err = ownbus.Dial(uid)
		switch {
		case errors.Is(b.err, ownbus.ErrNone):
			b.err = errNoStore
		case b.err != nil:
			b.err = because(b.err.Error(), b.err)
		}
	})
	return b.conn, b.err
}

// The portal's permission store on the bus (xdg-desktop-portal, 2026-11).
const (
	storeName = "org.freedesktop.impl.portal.PermissionStore"
	storePath = "/org/freedesktop/impl/portal/PermissionStore"
)

// permissions reads a table from the running store.
func (b *sessionBus) permissions(ctx context.Context, uid int, table string) (map[string]map[string][]string, error) {
	conn, err := b.connect(uid)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, busPatience)
	defer stop()
	store := conn.Object(storeName, storePath)
	var ids []string
	if err := store.CallWithContext(ctx, storeName+".List", dbus.FlagNoAutoStart, table).Store(&ids); err != nil {
		return nil, storeError(err)
	}
	if len(ids) == 0 {
		return nil, ErrNotExist
	}
	if len(ids) > maxGrants {
		return nil, because(fmt.Sprintf("holds more than %d entries", maxGrants), nil)
	}
	all := map[string]map[string][]string{}
	for _, id := range ids {
		var apps map[string][]string
		var data dbus.Variant
		err := store.CallWithContext(ctx, storeName+".Lookup", dbus.FlagNoAutoStart, table, id).Store(&apps, &data)
		if err != nil {
			return nil, storeError(err)
		}
		all[id] = apps
	}
	return all, nil
}

// storeError tells a store that does not run from one that does not answer.
func storeError(err error) error {
	var answer dbus.Error
	if errors.As(err, &answer) {
		switch answer.Name {
		case "org.freedesktop.DBus.Error.NameHasNoOwner", "org.freedesktop.DBus.Error.ServiceUnknown":
			return errNoStore
		case "org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownInterface":
			return because("the permission store does not understand the question", err)
		}
	}
	return because("the permission store did not answer", err)
}
