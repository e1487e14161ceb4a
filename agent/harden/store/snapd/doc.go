// Package snapd connects and disconnects one plug of a snap, over snapd's socket
// (/v2/interfaces, snapcore/snapd at cec484a4; run with 2.57.6).
//
// A place is a snap (fact.At.Path), its plug (Key) and the slot that the plug is
// in (Item, as "snap:slot"). What stands there is that they are connected. snapd
// lets only root change it, and remembers that a plug was taken out, so that an
// update of the snap does not put it in again.
//
// A connection that snapd had made by itself is one made by hand once it was
// taken out and put back: snapd has no way to make it the other way.
package snapd
