// Package advisory reads what is published about vulnerabilities, in every
// format the makers and the collectors of conferencing clients use, and says of
// one copy whether an advisory concerns it.
//
// A file of any format becomes Records: what one source says about one
// advisory, reduced to ids, products, ranges, scores, dates, weakness ids and
// links. No sentence of a source is kept. Products are found in a table of
// names (names.yaml), whole name by whole name and never by a part of one.
//
// Records of several sources about one advisory are kept side by side. Match
// asks them in the order of their trust; the first that can decide does, and
// those that say otherwise are named. There are three answers, and "cannot
// decide" is the one wherever a source speaks of the copy and no source says
// enough about its version.
package advisory
