//go:build !linux

package call

import (
	"context"

	"huddleguard/checks/catalogue"
)

// Default is what can be watched here: nothing yet.
func Default() Options { return Options{} }

// Open is ErrUnsupported here.
func Open(context.Context, *catalogue.Catalogue, Options) (*Watcher, error) {
	return nil, ErrUnsupported
}

// look sees nothing here, so that every answer is unknown.
func look(context.Context, *catalogue.Catalogue, Options) []Event {
	return []Event{{Kind: Blind, Why: ErrUnsupported.Error()}}
}
