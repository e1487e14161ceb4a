package catalogue

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed compiled.json
var compiled []byte

// BuiltIn is the catalogue this program was built with.
func BuiltIn() (*Catalogue, error) {
	var c Catalogue
	if err := json.Unmarshal(compiled, &c); err != nil {
		return nil, fmt.Errorf("reading the built-in catalogue: %w", err)
	}
	return &c, nil
}

// Clients lists the ids of the clients, in order.
func (c *Catalogue) Clients() []string {
	ids := make([]string, len(c.Pages))
	for i := range c.Pages {
		ids[i] = c.Pages[i].ID
	}
	return ids
}
