package ownbus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

var (
	// ErrNone means that no bus of this account's is there.
	ErrNone = errors.New("no session bus is running")
	// ErrSilent means that there is one, and it does not answer.
	ErrSilent = errors.New("the session bus did not answer")
)

// patience bounds getting on the bus.
const patience = 2 * time.Second

// Dial gets on the bus of an account, found by the address in the environment
// or where it usually is.
func Dial(uid int) (*dbus.Conn, error) {
	for _, path := range Sockets(os.Getenv("DBUS_SESSION_BUS_ADDRESS"), uid) {
		if socket, err := dialOwn(path, uid); err == nil {
			return greet(socket, uid)
		}
	}
	return nil, ErrNone
}

// Sockets lists the Unix sockets a D-Bus address names, and the usual one.
// Other transports, which could start a program, are left out.
func Sockets(address string, uid int) []string {
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
	c, err := net.DialTimeout("unix", path, patience)
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
		return nil, ErrNone
	}
	return socket, nil
}

// greet says who asks, and gets on the bus.
func greet(socket *net.UnixConn, uid int) (*dbus.Conn, error) {
	socket.SetDeadline(time.Now().Add(patience))
	conn, err := dbus.NewConn(socket)
	if err == nil {
		err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(uid))})
	}
	if err == nil {
		err = conn.Hello()
	}
	if err != nil {
		socket.Close()
		return nil, ErrSilent
	}
	socket.SetDeadline(time.Time{})
	return conn, nil
}
