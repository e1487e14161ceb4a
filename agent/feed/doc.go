// Package feed fetches advisory data over the network, and publishes it. It is
// the only code here that connects to anything.
//
// A feed is a repository of The Update Framework (TUF) with one file in it: a
// database of advisory records. Who reads it is given the publisher's root.json
// beforehand, and TUF refuses what is older than what was seen (rollback), what
// was not renewed in time (freeze), parts of different states (mix and match),
// and what was cut or exchanged on the way.
//
// What connects is a process of its own, without rights: it fetches addresses
// and hands over bytes. Everything it says is checked by the process that asked.
package feed
