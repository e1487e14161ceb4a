// Package message holds every sentence a person reads, by id and arguments, in
// every language. Nothing else in Huddleguard builds a sentence.
package message

// Message is a sentence not yet put into words. Arguments are strings, numbers,
// bools, lists of strings, or Messages, which are put into words first.
type Message struct {
	ID   string         `json:"id"`
	Args map[string]any `json:"args,omitempty"`
}

// New makes a message from an id and pairs of argument name and value.
func New(id string, pairs ...any) Message {
	m := Message{ID: id}
	for i := 0; i+1 < len(pairs); i += 2 {
		if m.Args == nil {
			m.Args = map[string]any{}
		}
		m.Args[pairs[i].(string)] = pairs[i+1]
	}
	return m
}
