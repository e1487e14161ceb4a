//go:build !linux

package worker

import (
	"context"
	"errors"
	"net"

	"huddleguard/agent/person"
)

var errNotHere = errors.New("nobody else's settings are changed on this system yet")

// Start starts no worker on this system yet.
func Start(context.Context, person.Account, ...string) (*Child, error) { return nil, errNotHere }

// StartBriefed starts no worker on this system yet.
func StartBriefed(context.Context, person.Account, []byte, ...string) (*Child, error) {
	return nil, errNotHere
}

// StartOwn starts no worker on this system yet.
func StartOwn(context.Context, []byte, ...string) (*Child, error) { return nil, errNotHere }

// BeginOwn makes no process a worker on this system yet.
func BeginOwn() (net.Conn, error) { return nil, errNotHere }

// Begin makes no process a worker on this system yet.
func Begin() (net.Conn, error) { return nil, errNotHere }
