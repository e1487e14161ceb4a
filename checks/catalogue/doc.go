// Package catalogue is what Huddleguard knows about conferencing clients, as
// data: one YAML page a client under pages/, all three systems side by side,
// and a few common pages for what holds for every client.
//
// A page says how a copy is found, how its version reads, which settings it
// keeps and where, what is asked of them and by whom, and what the person
// loses. It never says how a registry or a package database is read; that is
// mechanism, and lives in checks/host. Every statement about the outside world
// keeps its source and the date it was seen.
//
// The pages are decoded strictly: an unknown key, a wrong type, a duplicate
// id or a word outside its list is an error with file, line and column.
// go generate turns them into compiled.json, the form that is embedded, so that
// a look at a host does not pay for parsing YAML; a test holds the two together.
package catalogue

//go:generate go run ../../internal/cataloguegen
