package message

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// literal is a string of the program's source that has the form of an id, or
// begins one that is completed at run time.
type literal struct {
	text   string
	prefix bool
	at     string
}

// TestEverySentenceIsThere holds the source against the English file: an id
// that code uses has a text, and a text is used by code.
func TestEverySentenceIsThere(t *testing.T) {
	used := literals(t, "../..")
	known := knownIDs()
	for _, l := range used {
		found := known[l.text]
		for id := range known {
			found = found || l.prefix && strings.HasPrefix(id, l.text)
		}
		if !found {
			t.Errorf("%s: there is no text for %q in active.en.json", l.at, l.text)
		}
	}
	for id := range known {
		if !isUsed(used, id) {
			t.Errorf("%s: no code uses this text", id)
		}
	}
}

func isUsed(used []literal, id string) bool {
	for _, l := range used {
		if l.text == id || l.prefix && strings.HasPrefix(id, l.text) {
			return true
		}
	}
	return false
}

// literals finds strings that begin with a group of the English file and a dot.
func literals(t *testing.T, root string) []literal {
	t.Helper()
	groups := map[string]bool{}
	for id := range knownIDs() {
		group, _, _ := strings.Cut(id, ".")
		groups[group] = true
	}
	form := regexp.MustCompile(`^([a-z]+)\.([a-z][a-z.-]*)?$`)
	var out []literal
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			strings.Contains(filepath.ToSlash(name), "test/") {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			if m := form.FindStringSubmatch(s); err == nil && m != nil && groups[m[1]] {
				prefix := strings.HasSuffix(s, ".") || strings.HasSuffix(s, "-")
				out = append(out, literal{s, prefix, fset.Position(lit.Pos()).String()})
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
