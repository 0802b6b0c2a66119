package broadsheet

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// stockAsArchive finds "archive" said of what waits to be shown: that is the backlog; the archive is what was published.
var stockAsArchive = regexp.MustCompile(`(?i)\bfrom the archive\b|\barchive_(days|articles)|archive ?days|\barchive lasts\b`)

// TestTheStockIsCalledBacklog everywhere but in the mark on cards.
func TestTheStockIsCalledBacklog(t *testing.T) {
	files, err := filepath.Glob("*.go")
	for _, pattern := range []string{"feeds.yaml", "*.md", "cmd/broadsheet/*.go", "store/*.go", "publish/*.go"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := stockAsArchive.FindString(string(text)); found != "" && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s: %q: it is called backlog", name, found)
		}
	}
}
