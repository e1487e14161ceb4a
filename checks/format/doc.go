// Package format is the room of the file formats: each package below it turns
// the bytes of one format into values. The package itself holds nothing.
//
// A format opens nothing, knows no client and judges nothing. What it is given
// comes from the homes of people who may be hostile, so every parser is
// bounded in size, depth and count, takes time in proportion to its input, and
// answers whatever is malformed or cut short with an error: a file that could
// not be read must never look like one that holds nothing. An error tells the
// place, never what stands there, for that may be a secret.
package format
