package publish

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// TestShow_ValidOutput writes the test publication and checks that it is valid. Environment variables keep the output and
// change it, for a look at it in browsers and feed readers: BROADSHEET_SHOW is the folder, BROADSHEET_SHOW_URL the address of
// the site, BROADSHEET_SHOW_DAYS the number of editions; BROADSHEET_SHOW_CORRECTED corrects the titles of the last edition.
func TestShow_ValidOutput(t *testing.T) {
	dir := cmp.Or(os.Getenv("BROADSHEET_SHOW"), t.TempDir())
	config, editions := testConfig(), testEditions()
	config.URL = os.Getenv("BROADSHEET_SHOW_URL")
	if n, err := strconv.Atoi(os.Getenv("BROADSHEET_SHOW_DAYS")); err == nil {
		editions = editions[:n]
	}
	src := editionSourceOf(editions)
	if os.Getenv("BROADSHEET_SHOW_CORRECTED") != "" {
		last := editions[len(editions)-1]
		src.CurrentArticle = func(_ context.Context, key string) (broadsheet.Article, error) {
			for i, p := range last.Picks {
				if p.Key == key {
					p.Title, p.Updated = "Corrected: "+p.Title, last.At.Add(3*time.Hour-time.Duration(i)*time.Second)
					return p.Article, nil
				}
			}
			return broadsheet.Article{}, nil
		}
	}
	write(t, dir, config, src)
	files, _ := readTree(t, dir)
	checkAll(t, files, config.URL)
	if corrected := os.Getenv("BROADSHEET_SHOW_CORRECTED") != ""; corrected != strings.Contains(files["atom.xml"], "Corrected: ") {
		t.Errorf("corrected %v, and atom.xml says otherwise", corrected)
	}
	if len(editions) != strings.Count(files["daily.xml"], "<entry>") {
		t.Errorf("daily.xml tells %d of %d editions", strings.Count(files["daily.xml"], "<entry>"), len(editions))
	}
}
