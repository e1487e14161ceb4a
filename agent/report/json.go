package report

import (
	"encoding/json"
	"io"
)

// JSON writes the report as its schema says. Texts from the host stand in it
// as they are: the encoding escapes what must be, and replaces what is no text.
func JSON(w io.Writer, r Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
