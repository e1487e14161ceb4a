package portal

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/godbus/dbus/v5"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
	"huddleguard/internal/ownbus"
)

const (
	storeName = "org.freedesktop.impl.portal.PermissionStore"
	storePath = "/org/freedesktop/impl/portal/PermissionStore"
)

// bus is a permission store that can be asked until its context ends.
type bus struct {
	ctx   context.Context
	store dbus.BusObject
}

// on gets on the bus for one errand.
func (s *Store) on(ctx context.Context, at fact.At, errand func(*bus) error) error {
	if err := checked(at); err != nil {
		return err
	}
	conn, err := ownbus.Dial(s.uid)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, stop := context.WithTimeout(ctx, s.patience)
	defer stop()
	return errand(&bus{ctx, conn.Object(storeName, storePath)})
}

func (b *bus) call(method string, args ...any) *dbus.Call {
	return b.store.CallWithContext(b.ctx, storeName+"."+method, 0, args...)
}

// row is what the store has of an id.
type row struct {
	apps map[string][]string
	data dbus.Variant
}

// lookup reads an id's row; nil where there is none.
func (b *bus) lookup(at fact.At) (*row, error) {
	r := &row{}
	err := b.call("Lookup", at.Path, at.Key).Store(&r.apps, &r.data)
	var answer dbus.Error
	if errors.As(err, &answer) && answer.Name == "org.freedesktop.portal.Error.NotFound" {
		return nil, nil
	}
	return r, reason(err)
}

// standing gives an application's list, and whether its id has a row.
func (b *bus) standing(at fact.At) (plan.Standing, bool, error) {
	r, err := b.lookup(at)
	if err != nil || r == nil {
		return plan.Standing{}, false, err
	}
	list, ok := r.apps[at.Item]
	return standing(list, ok), true, nil
}

// swap brings an application's list from one state into another. The calls
// return when the store has written its file.
func (b *bus) swap(at fact.At, from, to plan.Standing) error {
	now, _, err := b.standing(at)
	switch {
	case err != nil:
		return err
	case !now.Same(from):
		return harden.ErrMoved
	case !to.Present && !now.Present:
		return nil
	case !to.Present:
		return reason(b.call("DeletePermission", at.Path, at.Key, at.Item).Err)
	}
	var list []string
	if err := json.Unmarshal(to.Raw, &list); err != nil {
		return errors.New("the step cannot be read")
	}
	return reason(b.call("SetPermission", at.Path, true, at.Key, at.Item, list).Err)
}

// tidy takes out a row in which nobody has anything: no application, and the
// data that a row is born with.
func (b *bus) tidy(at fact.At) error {
	r, err := b.lookup(at)
	if err != nil || r == nil || len(r.apps) > 0 || r.data.Value() != byte(0) {
		return err
	}
	return reason(b.call("Delete", at.Path, at.Key).Err)
}

// reason puts a failed call into our own words.
func reason(err error) error {
	var answer dbus.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the permission store did not answer in time")
	case errors.As(err, &answer):
		switch answer.Name {
		case "org.freedesktop.DBus.Error.NameHasNoOwner", "org.freedesktop.DBus.Error.ServiceUnknown":
			return errors.New("no permission store is running, and none can be started")
		case "org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownInterface":
			return errors.New("the permission store is older than version 2")
		case "org.freedesktop.portal.Error.Failed":
			return errors.New("the permission store could not read or write its file")
		}
	}
	return errors.New("the permission store did not answer as it should")
}
