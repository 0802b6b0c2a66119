package broadsheet

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport names, for each package, the packages of ours that it may import. Each may import the root and internal/plain
// beside them, but for those two and the test helper.
var mayImport = map[string][]string{
	".":                  nil,
	"internal/plain":     nil,
	"internal/http2test": nil, // imported by tests
	"internal/scaletest": nil, // imported by tests
	"internal/link":      {},
	"internal/jsonpath":  {},
	"internal/config":    {"internal/jsonpath", "internal/link"},
	"internal/schedule":  {},
	"internal/hostgroup": {},
	"internal/health":    {},
	"internal/hijack":    {"internal/link"},
	"internal/excerpt":   {"internal/config", "internal/link"},
	"internal/rules":     {"internal/config", "internal/link"},
	"internal/edition":   {"internal/config", "internal/excerpt", "internal/rules"},

	"fetch": {"fetch/client", "fetch/discover", "fetch/extract", "fetch/feed", "fetch/list", "fetch/text",
		"internal/config", "internal/excerpt", "internal/hostgroup", "internal/link", "internal/rules", "internal/schedule"},
	"fetch/client":   {"internal/config", "internal/hostgroup", "internal/link"},
	"fetch/date":     {},
	"fetch/text":     {"internal/link"},
	"fetch/extract":  {"fetch/date", "fetch/text", "internal/excerpt", "internal/link"},
	"fetch/feed":     {"fetch/date", "fetch/extract", "fetch/text", "internal/excerpt", "internal/link"},
	"fetch/list":     {"fetch/date", "fetch/extract", "fetch/feed", "fetch/text", "internal/jsonpath", "internal/link"},
	"fetch/discover": {"fetch/client", "fetch/date", "fetch/extract", "fetch/feed", "fetch/list", "fetch/text", "internal/link"},

	"store": {"store/dedupe", "internal/config", "internal/excerpt", "internal/health", "internal/hijack", "internal/hostgroup", "internal/link",
		"internal/rules", "internal/schedule"},
	"store/dedupe": {"internal/excerpt", "internal/link"},

	"publish":       {"publish/feeds", "internal/config", "internal/health", "internal/link"},
	"publish/feeds": {"internal/link"},
}

// mayImportAll are the packages under cmd, which may import every other one, each within the limits of Go.
func mayImportAll(dir string) bool { return strings.HasPrefix(dir, "cmd/") }

// pure reports whether a package does no I/O, has no clock and starts no goroutine: the root, internal/* but for the helpers
// of tests, and the two packages that decide and write without asking anybody.
func pure(dir string) bool {
	return dir == "." || dir == "store/dedupe" || dir == "publish/feeds" ||
		strings.HasPrefix(dir, "internal/") && !strings.HasSuffix(dir, "test")
}

var impure = []string{"os", "net", "net/http", "io/ioutil", "database/sql", "os/exec", "log", "log/slog", "math/rand", "math/rand/v2"}

var clockCalls = []string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker"}

// TestImports checks who imports whom. It reads the files itself, so that Go's test cache sees a change.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, path := range goFiles(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		allowed, known := mayImport[dir]
		if !known && !mayImportAll(dir) {
			t.Errorf("%s: layout_test.go knows no package %q", path, dir)
			continue
		}
		seen[dir] = true
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if ours, ok := strings.CutPrefix(name, "broadsheet/"); ok || name == "broadsheet" {
				basic := allowed != nil && (name == "broadsheet" || ours == "internal/plain")
				if !basic && !mayImportAll(dir) && !slices.Contains(allowed, ours) {
					t.Errorf("%s imports %s: %s may import only %v of ours", path, name, dir, allowed)
				}
			}
			if pure(dir) && slices.Contains(impure, name) {
				t.Errorf("%s imports %s: %s does no I/O and has no goroutine", path, name, dir)
			}
		}
		if pure(dir) {
			checkPure(t, path, file)
		}
	}
	for dir := range mayImport {
		if !seen[dir] {
			t.Errorf("no file found in %s: is the test running in the root of the module?", dir)
		}
	}
}

// goFiles returns the paths of all Go files of the module that are no tests.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !d.IsDir() && filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkPure fails for a clock or a goroutine in a file.
func checkPure(t *testing.T, path string, file *ast.File) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s starts a goroutine: its package has none", path)
		case *ast.SelectorExpr:
			of, _ := n.X.(*ast.Ident)
			if of != nil && of.Name == "time" && slices.Contains(clockCalls, n.Sel.Name) {
				t.Errorf("%s calls time.%s: its package has no clock, times are given", path, n.Sel.Name)
			}
		}
		return true
	})
}

// TestFilesPerPackage checks that packages stay small enough to be read in one sitting.
func TestFilesPerPackage(t *testing.T) {
	large := map[string]int{"internal/config": 27, "store": 27, "publish": 27, "cmd/broadsheet": 27}
	count := map[string]int{}
	for _, path := range goFiles(t) {
		count[filepath.ToSlash(filepath.Dir(path))]++
	}
	for dir, n := range count {
		most := 15
		if larger, ok := large[dir]; ok {
			most = larger
		}
		if n > most {
			t.Errorf("%s has %d Go files: at most %d, split it", dir, n, most)
		}
	}
	if root := []string{"article.go", "broadsheet.go", "edition.go", "source.go"}; count["."] != len(root) {
		t.Errorf("%d Go files in the root: only %v and this test belong there", count["."], root)
	}
}

// backlogAsArchive finds "archive" said of what waits to be shown: that is the backlog; the archive is what was published.
var backlogAsArchive = regexp.MustCompile(`(?i)\bfrom the archive\b|\barchive_(days|articles)|archive ?days|\barchive lasts\b`)

// TestBacklogIsNotCalledArchive checks that one word has one meaning.
func TestBacklogIsNotCalledArchive(t *testing.T) {
	files := goFiles(t)
	docs, err := filepath.Glob("*.md")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range slices.Concat(files, docs, []string{"feeds.yaml"}) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := backlogAsArchive.FindString(string(text)); found != "" {
			t.Errorf("%s: %q: it is called backlog", name, found)
		}
	}
}

// TestSecurityDoc_NamesExistingTests keeps the promises of SECURITY.md tied to the tests that hold them.
func TestSecurityDoc_NamesExistingTests(t *testing.T) {
	const doc = "cmd/broadsheet/SECURITY.md"
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(src, -1) {
			exists[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(text, -1)
	if len(named) < 20 {
		t.Fatalf("only %d tests are named in %s", len(named), doc)
	}
	for _, m := range named {
		if !exists[string(m[1])] {
			t.Errorf("%s names %s, which does not exist", doc, m[1])
		}
	}
}
