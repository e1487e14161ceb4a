package textline

// Names numbers names that many entries share, from 1: a file can have 100,000
// keys in a section whose name is a megabyte, and what is done with each key
// must not cost that again.
type Names map[string]int

// Number is that of a name, given to it if it has none yet.
func (n Names) Number(name string) int {
	if _, known := n[name]; !known {
		n[name] = len(n) + 1
	}
	return n[name]
}
