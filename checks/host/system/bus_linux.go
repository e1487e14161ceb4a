package system

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
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

// connect finds the bus of an account by its socket. Only a socket that this
// same account listens on counts: an address can be left over from sudo.
func (b *sessionBus) connect(uid int) (*dbus.Conn, error) {
	b.once.Do(func() {
		b.err = errNoStore
		for _, path := range busSockets(os.Getenv("DBUS_SESSION_BUS_ADDRESS"), uid) {
			if socket, err := dialOwn(path, uid); err == nil {
				b.conn, b.err = greet(socket, uid)
				return
			}
		}
	})
	return b.conn, b.err
}

// busSockets lists the Unix sockets a D-Bus address names, and the usual one.
// Other transports, which could start a program, are left out.
func busSockets(address string, uid int) []string {
	var sockets []string
	for _, a := range strings.Split(address, ";") {
		options, found := strings.CutPrefix(a, "unix:")
		if !found {
			continue
		}
		for _, option := range strings.Split(options, ",") {
			key, value, _ := strings.Cut(option, "=")
			value, err := url.PathUnescape(value)
			switch {
			case err != nil || value == "":
			case key == "path":
				sockets = append(sockets, value)
			case key == "abstract":
				sockets = append(sockets, "@"+value)
			}
		}
	}
	return append(sockets, fmt.Sprintf("/run/user/%d/bus", uid))
}

// dialOwn connects to a socket that the account itself listens on.
func dialOwn(path string, uid int) (*net.UnixConn, error) {
	c, err := net.DialTimeout("unix", path, busPatience)
	if err != nil {
		return nil, err
	}
	socket := c.(*net.UnixConn)
	peer := -1
	raw, err := socket.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
				peer = int(cred.Uid)
			}
		})
	}
	if err != nil || peer != uid {
		socket.Close()
		return nil, errForeign
	}
	return socket, nil
}

// greet says who asks, and gets on the bus.
func greet(socket *net.UnixConn, uid int) (*dbus.Conn, error) {
	socket.SetDeadline(time.Now().Add(busPatience))
	conn, err := dbus.NewConn(socket)
	if err == nil {
		err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(uid))})
	}
	if err == nil {
		err = conn.Hello()
	}
	if err != nil {
		socket.Close()
		return nil, &problem{"the session bus did not answer", err}
	}
	socket.SetDeadline(time.Time{})
	return conn, nil
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
		return nil, &problem{fmt.Sprintf("holds more than %d entries", maxGrants), nil}
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
			return &problem{"the permission store does not understand the question", err}
		}
	}
	return &problem{"the permission store did not answer", err}
}
