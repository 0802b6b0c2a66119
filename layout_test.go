package broadsheet

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImports holds the house together: who may import whom. It reads the files itself, so that Go's test cache sees
// a change.
func TestImports(t *testing.T) {
	may := map[string][]string{ // folder → our packages that it may import
		".":                  nil,
		"fetch":              {"broadsheet"},
		"store":              {"broadsheet"},
		"publish":            {"broadsheet"},
		"cmd/broadsheet":     {"broadsheet", "broadsheet/fetch", "broadsheet/store", "broadsheet/publish"},
		"internal/http2test": nil, // imported by tests
	}
	impure := []string{"os", "net", "net/http", "io/ioutil", "database/sql", "os/exec", "log", "log/slog", "math/rand", "math/rand/v2"} // sync.Once is no goroutine

	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		allowed, known := may[dir]
		if !known {
			t.Errorf("%s: no package of the house is called %q", path, dir)
		}
		seen[dir] = true
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if (name == "broadsheet" || strings.HasPrefix(name, "broadsheet/")) && !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s: %s may import only %v of ours", path, name, dir, allowed)
			}
			if dir == "." && slices.Contains(impure, name) {
				t.Errorf("%s imports %s: the root package does no I/O and has no goroutine", path, name)
			}
		}
		if dir == "." {
			pure(t, path, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range may {
		if !seen[dir] {
			t.Errorf("no file found in %s: is the test running in the root of the module?", dir)
		}
	}
}

// pure holds a file of the root to have no clock and to start no goroutine.
func pure(t *testing.T, path string, file *ast.File) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s starts a goroutine: the root package has none", path)
		case *ast.SelectorExpr:
			of, _ := n.X.(*ast.Ident)
			if of != nil && of.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker"}, n.Sel.Name) {
				t.Errorf("%s calls time.%s: the root package has no clock, times are given", path, n.Sel.Name)
			}
		}
		return true
	})
}
