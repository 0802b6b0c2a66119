package publish

import (
	"os"
	"testing"
)

// TestShow writes the scenario to the folder that BROADSHEET_SHOW names, to be looked at in a browser.
func TestShow(t *testing.T) {
	dir := os.Getenv("BROADSHEET_SHOW")
	if dir == "" {
		t.Skip("BROADSHEET_SHOW names no folder to write to")
	}
	config := scenarioConfig()
	config.URL = os.Getenv("BROADSHEET_SHOW_URL")
	write(t, dir, config, shelfOf(scenarioEditions()))
}
