// Package registry changes values of the Windows registry, and takes out whole
// keys that a program left behind.
//
// A place is a key (fact.At.Path, beginning with HKLM\ or HKCU\) and a value's
// name (Key). An empty Key is the whole key with everything beneath it, which
// can be taken out and not written; with Item "@" it is the key's value that has
// no name. The view is the 64-bit one; the other has WOW6432Node in its paths.
//
// A value's kind is kept: a yes is written as the number 1, unless what stands
// there says it in another way. Keys that had to be made for a value are taken
// out again with it, unless somebody else put something in them.
//
// A whole key is first renamed, beside where it stood, and then taken apart; and
// it is built under that other name before it is put back. So it is never seen
// in part. Its rights are kept, its owner and the time of its last change are not.
//
// The registry cannot change something only if it is as expected: between
// comparing and changing, some microseconds, another program's word can be lost.
package registry
