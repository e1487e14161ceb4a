// Package keypath names values inside nested files: the dotted paths that
// catalogue pages use for JSON, YAML and property lists. What reads a value and
// what changes it must mean the same one, so both rest on this.
package keypath

import "strings"

// Split splits a dotted path; a backslash keeps the dot behind it.
func Split(key string) []string {
	const kept = "\x00"
	parts := strings.Split(strings.ReplaceAll(key, `\.`, kept), ".")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], kept, ".")
	}
	return parts
}

// Member is the name that stands for the wanted one among those of a map: the
// name itself or, folded, the first in the alphabet that differs in case only.
func Member[V any](m map[string]V, wanted string, fold bool) (name string, ok bool) {
	if _, ok := m[wanted]; ok || !fold {
		return wanted, ok
	}
	for k := range m {
		if strings.EqualFold(k, wanted) && (!ok || k < name) {
			name, ok = k, true
		}
	}
	return name, ok
}

// Lookup is the value at a path below a map.
func Lookup(m map[string]any, path []string, fold bool) (any, bool) {
	var v any = m
	for _, part := range path {
		level, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		name, ok := Member(level, part, fold)
		if !ok {
			return nil, false
		}
		v = level[name]
	}
	return v, true
}
