package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "huddleguard"

// rule says what the packages below a folder may import of ours, and which
// outside packages they must not. The longest matching folder's rule counts.
type rule struct {
	folder string
	// may lists folders of ours; a folder stands for everything below it.
	may []string
	// never lists import paths, ours or not, by beginning.
	never []string
	why   string
}

// outside is what code that only judges must never reach.
var outside = []string{"os", "net", "net/http", "os/exec", "syscall", "golang.org/x/sys", "github.com/shirou", "github.com/godbus"}

var rules = []rule{
	{"checks/fact", nil, append([]string{"github.com", "golang.org", "modernc.org"}, outside...),
		"the bottom of the vocabulary imports the standard library only, so that everything can rest on it"},
	{"checks/message", nil, outside,
		"sentences are made from ids and arguments only; a sentence that looks at the machine cannot be translated or tested"},
	{"checks/format", []string{"checks/format"}, outside,
		"a format turns bytes into values; it never opens anything, so that every parser can be fuzzed"},
	{"checks/format/edit", []string{"checks/fact", "checks/format"}, outside,
		"an edit turns bytes into bytes at a place a fact names; reading and replacing files is the executor's business"},
	{"checks/format/rpm", []string{"checks/format"}, []string{"net", "net/http", "os/exec", "golang.org/x/sys"},
		"rpm's library insists on a path; it gets one that leads to a file the host's tree has opened, and opens nothing else"},
	{"checks/version", nil, outside, "comparing versions needs nothing but the versions"},
	{"checks/release", []string{"checks/version"}, outside,
		"when a version came out stands in the version or in a table that is built in; nothing is looked up"},
	{"checks/catalogue", []string{"checks/fact", "checks/format/strictyaml", "checks/version"}, outside,
		"knowledge is data: a page can be read on any machine and never looks at one"},
	{"checks/advisory", []string{"checks/format/strictyaml", "checks/message", "checks/version"}, outside,
		"a record is read and matched from bytes; where they come from is not its business, so that every reader can be fuzzed"},
	{"checks/policy", []string{"checks/fact", "checks/format/strictyaml"}, outside,
		"policy is a value; where it comes from and whether to trust that is agent/sources' business"},
	{"checks/update", []string{"checks/fact", "checks/message", "checks/catalogue"}, outside,
		"a command is drawn up from values, shown and tested anywhere; what runs it lives elsewhere"},
	{"checks", []string{"checks/fact", "checks/message", "checks/version", "checks/release", "checks/catalogue", "checks/policy", "checks/advisory", "checks/update"}, append([]string{"huddleguard/checks/host"}, outside...),
		"judgement is pure: the same facts give the same findings on every machine"},
	{"checks/host", []string{"checks/fact", "checks/format", "checks/catalogue", "checks/host", "internal/ownbus", "internal/ioreason"}, []string{"os/exec", "net/http/httptest", "huddleguard/agent", "huddleguard/gui"},
		"the collector reads: it never judges, changes or starts anything"},
	{"agent/report", []string{"checks", "agent/harden/plan", "agent/localapi"}, append([]string{"huddleguard/checks/host"}, outside...),
		"a report is made from values and written to a writer; it cannot look anything up"},
	{"agent/harden/plan", []string{"checks"}, append([]string{"huddleguard/checks/host"}, outside...),
		"a plan is a value, drawn up from values: it can be shown, asked for and journalled anywhere, and touches nothing"},
	{"agent/harden/hardentest", []string{"agent/harden", "checks/fact"}, []string{"net"},
		"the contract of stores rests on what it tests"},
	{"agent/harden/store/portal", []string{"agent/harden", "checks/fact", "internal/ownbus"}, []string{"net/http", "os/exec", "os"},
		"the portal's store is asked over the person's own bus, and its files are its own"},
	{"agent/harden/store/registry", []string{"agent/harden", "checks/fact", "checks/catalogue"}, []string{"net", "os/exec", "os"},
		"values and keys of the registry, and nothing else of the host"},
	{"agent/harden/disk", []string{"internal/ioreason"}, []string{"net", "os/exec"},
		"replaces files in hostile ground, and knows nothing of what they hold or why"},
	{"agent/harden/store/mozperms", []string{"agent/harden", "checks/fact", "checks/format/mozperms"}, []string{"net", "os/exec", "os", "modernc.org"},
		"a browser's database is changed in memory and exchanged whole; SQLite opens no file here"},
	{"agent/harden/store/snapd", []string{"agent/harden", "checks/fact"}, []string{"os/exec", "os"},
		"snapd changes its connections itself and is asked over its socket"},
	{"agent/harden", []string{"agent/harden", "agent/state", "checks"}, []string{"os/exec", "net/http", "huddleguard/checks/host"},
		"the only executor: it changes what a plan names, and looks at nothing else of the host"},
	{"agent/enforce", []string{"agent/harden", "agent/state", "checks/fact"}, []string{"os/exec", "net"},
		"holding what is enforced is watching and asking; looking and changing are given to it"},
	{"agent/state", []string{"agent/harden/plan"}, []string{"net", "os/exec"},
		"files and folders of our own, and the journal, at the bottom of the agent"},
	{"agent/sources", []string{"agent/state", "checks/format/strictyaml", "checks/policy"}, []string{"net", "os/exec"},
		"a policy is read from files that only root could have written; what it means is not its business"},
	{"agent", []string{"agent", "checks"}, []string{"net", "net/http", "os/exec", "huddleguard/agent/feed", "huddleguard/agent/update"},
		"joins what reads, judges, plans and changes; it connects to nothing and starts nothing"},
	{"agent/localapi", []string{"agent/harden/plan"}, []string{"os", "os/exec"},
		"words between processes, as plain values; what carries them out is behind an interface"},
	{"agent/worker", []string{"agent/localapi", "agent/person"}, []string{"huddleguard/checks"},
		"starts this program again as another person; what that does is behind the connection"},
	{"agent/person", nil, []string{"net", "os/exec"},
		"who people are on this computer, for what runs as one of them"},
	{"agent/waivers", []string{"agent/state", "checks/policy"}, []string{"net", "os/exec"},
		"a person's waivers are a small file of theirs; what they mean is the judgement's business"},
	{"agent/call/pulse", nil, append([]string{"huddleguard"}, "os", "os/exec", "net/http"),
		"the audio server is asked who records, over a socket of this computer; the protocol knows no client and reads no file"},
	{"agent/call", []string{"agent/call", "checks/catalogue", "checks/fact"}, []string{"net", "net/http", "os/exec", "huddleguard/checks/host"},
		"signals of a call are watched and matched with the catalogue; nothing is written, and nothing is started"},
	{"agent/update", []string{"agent/person", "checks/catalogue", "checks/fact", "checks/message", "checks/update"}, []string{"net"},
		"the only room that starts a program: one fixed command, and no word of it from outside"},
	{"agent/advisories", []string{"checks/advisory", "agent/state"}, []string{"net", "os/exec"},
		"advisory data is kept in files; what fetches it has no rights, and lives elsewhere"},
	{"agent/feed", []string{"agent/state"}, []string{"huddleguard/checks"},
		"the only code that connects moves bytes, and knows nothing of what they mean"},
	{"internal/advisorygen", []string{"checks/advisory", "checks/format/strictyaml"}, []string{"net"},
		"the generator turns records into the embedded database at build time"},
	{"internal/cataloguegen", []string{"checks/catalogue", "checks/message"}, []string{"net"},
		"the generator turns pages into files at build time"},
	{"internal/releasegen", []string{"checks/release", "checks/version"}, []string{"net"},
		"the generator turns lists of releases that lie on the disk into the table, and fetches none"},
	{"internal/ownbus", nil, []string{"net/http", "os/exec"},
		"what reads a person's bus and what changes something over it do not know each other, and find it in one way"},
	{"internal/ioreason", nil, []string{"net", "os", "os/exec"},
		"what reads files and what changes them do not know each other, and say in the same words why not"},
	{"internal/torture", []string{"agent/harden", "agent/state", "checks/fact"}, []string{"net"},
		"the victim is the executor with its stores, and the rack reads the journal it leaves"},
	{"internal", nil, nil, "test plumbing rests on nothing of ours, so that it can test everything"},
	{"cmd/huddleguard", []string{"agent", "checks"}, []string{"fyne.io", "huddleguard/gui"},
		"the service and the command line have no toolkit, so that they build for all three systems without cgo"},
}

// ruleFor is the rule of the longest folder that holds pkg.
func ruleFor(pkg string) (rule, bool) {
	var best rule
	for _, r := range rules {
		if (pkg == r.folder || strings.HasPrefix(pkg, r.folder+"/")) && len(r.folder) > len(best.folder) {
			best = r
		}
	}
	return best, best.folder != ""
}

func TestImports(t *testing.T) {
	root := moduleRoot(t)
	for pkg, imports := range importsOf(t, root) {
		r, ok := ruleFor(pkg)
		if !ok {
			t.Errorf("%s: no rule covers this folder; add one that says what it may import, and why", pkg)
			continue
		}
		for _, imp := range imports {
			checkImport(t, r, pkg, imp)
		}
	}
}

func checkImport(t *testing.T, r rule, pkg, imp string) {
	t.Helper()
	for _, n := range r.never {
		if imp == n || n != "net" && strings.HasPrefix(imp, n+"/") { // net/url and net/netip only read text
			t.Errorf("%s imports %s: %s", pkg, imp, r.why)
		}
	}
	ours, isOurs := strings.CutPrefix(imp, module+"/")
	if !isOurs || ours == pkg || strings.HasPrefix(ours, pkg+"/") && len(r.may) == 0 {
		return
	}
	if !slices.ContainsFunc(r.may, func(f string) bool { return ours == f || strings.HasPrefix(ours, f+"/") }) {
		t.Errorf("%s imports %s, and %s may import only %v of ours: %s", pkg, ours, r.folder, r.may, r.why)
	}
}

// starters are the folders that may start a program: the updater a package
// manager, the feed this program itself again without rights, and the worker
// this program itself again as a person.
var starters = []string{"agent/update", "agent/feed", "agent/worker"}

// connectors are the folders that may connect to another computer.
var connectors = []string{"agent/feed"}

// TestWhoConnects: what is shipped speaks HTTP in one place.
func TestWhoConnects(t *testing.T) {
	for pkg, imports := range importsOf(t, moduleRoot(t)) {
		if slices.Contains(imports, "net/http") && !slices.Contains(connectors, pkg) && !slices.Contains(localHTTP, pkg) {
			t.Errorf("%s imports net/http: only %v connect", pkg, connectors)
		}
	}
}

// localHTTP are the folders that speak HTTP over a socket of this computer:
// snapd's, and one that another process of ours was given.
var localHTTP = []string{"checks/host/system", "agent/harden/store/snapd", "agent/localapi"}

// TestWhoStartsPrograms: what is shipped starts programs in few places, so that
// each can be read.
func TestWhoStartsPrograms(t *testing.T) {
	for pkg, imports := range importsOf(t, moduleRoot(t)) {
		if slices.Contains(imports, "os/exec") && !slices.Contains(starters, pkg) && !strings.HasPrefix(pkg, "internal/") {
			t.Errorf("%s imports os/exec: only %v start programs", pkg, starters)
		}
	}
}

// TestNoTestCode keeps test helpers out of what is shipped: packages whose name
// ends in "test" and the testing package belong in tests.
func TestNoTestCode(t *testing.T) {
	root := moduleRoot(t)
	for pkg, imports := range importsOf(t, root) {
		if isTestPackage(pkg) {
			continue
		}
		for _, imp := range imports {
			if imp == "testing" || isTestPackage(imp) && strings.HasPrefix(imp, module) {
				t.Errorf("%s imports %s outside a test: what is shipped must not know how it is tested", pkg, imp)
			}
		}
	}
}

// TestPackageComments wants a package comment everywhere.
func TestPackageComments(t *testing.T) {
	root := moduleRoot(t)
	for dir, files := range goFiles(t, root) {
		found := false
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			found = found || src.Doc != nil
		}
		if !found {
			t.Errorf("%s: no package comment; say what it is for in doc.go or the main file", dir)
		}
	}
}

func isTestPackage(pkg string) bool {
	return slices.ContainsFunc(strings.Split(pkg, "/"), func(part string) bool { return strings.HasSuffix(part, "test") })
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return root
}

// goFiles lists the Go files of each folder of the module.
func goFiles(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && p != root) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(p, ".go") {
			rel, err := filepath.Rel(root, filepath.Dir(p))
			if err != nil {
				return err
			}
			out[filepath.ToSlash(rel)] = append(out[filepath.ToSlash(rel)], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// importsOf lists what each folder imports, on every system, tests left out.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for dir, files := range goFiles(t, root) {
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, im := range src.Imports {
				name, err := strconv.Unquote(im.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(out[dir], name) {
					out[dir] = append(out[dir], path.Clean(name))
				}
			}
		}
	}
	return out
}
