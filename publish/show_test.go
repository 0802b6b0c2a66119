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

// TestShow_ValidOutput writes the scenario and holds it to be valid. In the folder that BROADSHEET_SHOW names it stays, to be looked
// at in browsers and feed readers: as if at BROADSHEET_SHOW_URL, the first BROADSHEET_SHOW_DAYS editions of it, and with
// the titles of the last corrected when BROADSHEET_SHOW_CORRECTED is set.
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
		src.Current = func(_ context.Context, key string) (broadsheet.Article, error) {
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
