package publish

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// goldenFiles are the files of the output that are kept in testdata/golden, at least one of each format.
var goldenFiles = []string{
	"index.html", "2026/11/22/index.html", "2026/10/index.html", "archive/index.html", "topics/events/index.html", "sources/index.html",
	"atom.xml", "archive/2026-10.xml", "daily.xml", "rss.xml", "feed.json", "opml.xml", "topics/events/atom.xml",
	"search/2026-11.json", "search/index.json", "sitemap.xml", "sitemap-2026.xml", "sitemap-pages.xml", "robots.txt",
}

func TestGolden(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, testConfig(), editionSourceOf(testEditions()))
	files, _ := readTree(t, dir)
	for _, name := range goldenFiles {
		kept := filepath.Join("testdata", "golden", strings.ReplaceAll(name, "/", "_"))
		if *updateGolden {
			if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(kept, []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(kept)
		if err != nil {
			t.Fatalf("%v; run go test ./publish -update", err)
		}
		got := files[name]
		if got == string(want) {
			continue
		}
		a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
		for i := range max(len(a), len(b)) {
			if i >= len(a) || i >= len(b) || a[i] != b[i] {
				t.Errorf("%s, line %d: %q, want %q; if that is meant, raise renderVersion in publisher.go and run go test ./publish -update", name, i+1, line(b, i), line(a, i))
				break
			}
		}
	}
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
