// Package archtest holds the rules about which room may import which, as a
// test. The rules are the architecture: each says why it is there.
package archtest
