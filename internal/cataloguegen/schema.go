package main

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"huddleguard/checks/catalogue"
)

// pageSchema is the JSON Schema of a catalogue page, made from the types that
// decode one, their comments, and the words their fields may hold.
func pageSchema(root string) ([]byte, error) {
	r := &jsonschema.Reflector{FieldNameTag: "yaml", BaseSchemaID: "https://huddleguard.invalid/schema"}
	if err := r.AddGoComments("huddleguard", filepath.Join(root, "checks", "catalogue")); err != nil {
		return nil, err
	}
	r.CommentMap = cleanComments(r.CommentMap)
	s := r.ReflectFromType(reflect.TypeFor[catalogue.Page]())
	s.ID = "https://huddleguard.invalid/schema/catalogue-page.schema.json"
	s.Title = "A page of Huddleguard's catalogue"
	for at, words := range catalogue.Vocabulary() {
		name, field, _ := strings.Cut(at, ".")
		limit(s.Definitions[name], field, words)
	}
	data, err := json.MarshalIndent(s, "", "  ")
	return append(data, '\n'), err
}

// cleanComments keys the comments by the names the reflector looks up and
// drops the line breaks.
func cleanComments(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		if i := strings.Index(k, "checks/catalogue."); i >= 0 {
			k = "huddleguard/" + k[i:]
		}
		out[k] = strings.Join(strings.Fields(v), " ")
	}
	return out
}

// limit lets a field, or the items of a list, hold only some words.
func limit(s *jsonschema.Schema, field string, words []string) {
	if s == nil || s.Properties == nil {
		return
	}
	p, ok := s.Properties.Get(field)
	if !ok {
		return
	}
	if p.Items != nil {
		p = p.Items
	}
	for _, w := range words {
		p.Enum = append(p.Enum, w)
	}
}
