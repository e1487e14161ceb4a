// Package ownbus connects to the session bus of the account that runs, and to
// no other. It is here because what reads a person's bus and what changes
// something over it do not know each other.
//
// A bus is never started. Only a socket that this same account listens on
// counts: an address can be left over from sudo.
package ownbus
