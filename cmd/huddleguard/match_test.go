package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestMatchSchema holds the published schema against what is printed.
func TestMatchSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/advisories-match.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--client", "zoom", "--os", "windows", "--version", "5.12.8964"},
		{"--client", "teams", "--os", "macos", "--version", "25094.310.3616.953", "--arch", "arm64"},
		{"--client", "bluejeans", "--os", "linux", "--version", "1.2.3"},
	} {
		var out bytes.Buffer
		if code := run(context.Background(), append([]string{"advisories", "match", "--format", "json"}, args...), &out, io.Discard); code != 0 {
			t.Fatalf("%v: exit %d", args, code)
		}
		v, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	if v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(`{"client":"zoom"}`))); err != nil || schema.Validate(v) == nil {
		t.Error("the schema takes anything")
	}
}
