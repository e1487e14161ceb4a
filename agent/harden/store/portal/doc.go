// Package portal changes what the desktop portal's permission store lets one
// application of a sandbox do (org.freedesktop.impl.portal.PermissionStore,
// version 2, xdg-desktop-portal at 0542d2b7; run with 1.16.0).
//
// A place is a table (fact.At.Path), the id of a thing in it (Key) and an
// application (Item). What stands there is that application's list of words;
// other applications, and the data kept with the id, are never touched.
//
// The store is the only one that writes its files, so it is asked over the
// person's own bus, which starts it where it does not run. It has no way to
// change something only if it is as expected: between comparing and changing,
// some hundred microseconds, another program's word can be lost.
package portal
