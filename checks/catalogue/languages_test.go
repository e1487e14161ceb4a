package catalogue_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huddleguard/checks/catalogue"
)

// TestLanguages holds the catalogue's texts in other languages against the
// pages: each of the pages' texts is there, and none that no page has.
func TestLanguages(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	english := cat.Texts()
	names, err := filepath.Glob("../message/active.*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if filepath.Base(name) == "active.en.json" {
			continue // the pages themselves are English
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]any{}
		if err := json.Unmarshal(data, &have); err != nil {
			t.Fatal(name, err)
		}
		for id, text := range english {
			if s, ok := have[id].(string); strings.TrimSpace(s) == "" && (!ok || text != "") {
				t.Errorf("%s: %s is missing", filepath.Base(name), id)
			}
		}
		for id := range have {
			if _, known := english[id]; strings.HasPrefix(id, "catalogue/") && !known {
				t.Errorf("%s: there is no text %s", filepath.Base(name), id)
			}
		}
	}
}
