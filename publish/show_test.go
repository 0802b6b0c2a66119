package publish

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"broadsheet"
)

// TestShow writes the scenario to the folder that BROADSHEET_SHOW names, to be looked at in browsers and feed readers:
// as if at BROADSHEET_SHOW_URL, the first BROADSHEET_SHOW_DAYS editions of it, and with the titles of the last corrected
// when BROADSHEET_SHOW_CORRECTED is set.
func TestShow(t *testing.T) {
	dir := os.Getenv("BROADSHEET_SHOW")
	if dir == "" {
		t.Skip("BROADSHEET_SHOW names no folder to write to")
	}
	config, editions := scenarioConfig(), scenarioEditions()
	config.URL = os.Getenv("BROADSHEET_SHOW_URL")
	if n, err := strconv.Atoi(os.Getenv("BROADSHEET_SHOW_DAYS")); err == nil {
		editions = editions[:n]
	}
	shelf := shelfOf(editions)
	if os.Getenv("BROADSHEET_SHOW_CORRECTED") != "" {
		last := editions[len(editions)-1]
		shelf.Current = func(_ context.Context, key string) (broadsheet.Article, error) {
			for _, p := range last.Picks {
				if p.Key == key {
					p.Title, p.Updated = "Corrected: "+p.Title, last.At.Add(3*time.Hour)
					return p.Article, nil
				}
			}
			return broadsheet.Article{}, nil
		}
	}
	write(t, dir, config, shelf)
}
