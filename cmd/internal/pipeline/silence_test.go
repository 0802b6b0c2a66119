package pipeline

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"broadsheet/fetch/feed"
	"broadsheet/internal/health"
)

// TestSilence_FalseAlarms replays the dates of the real feeds of the corpus: before each posting, was its source said to
// be silent? A source that is, and then posts, is a false alarm. There may be one in 20 years of one source. Two feeds of
// one blog count once.
func TestSilence_FalseAlarms(t *testing.T) {
	root := os.Getenv("BROADSHEET_CORPUS")
	if root == "" {
		t.Skip("skipped: BROADSHEET_CORPUS is not set")
	}
	sources, alarms, years := 0, 0, 0.0
	seen := map[time.Time]bool{} // the newest posting of the sources so far
	dates := corpusDates(t, root)
	for _, address := range slices.Sorted(maps.Keys(dates)) {
		postings := dates[address]
		if len(postings) < 3 || seen[postings[len(postings)-1]] {
			continue
		}
		sources++
		seen[postings[len(postings)-1]] = true
		for i := 2; i < len(postings); i++ {
			years += postings[i].Sub(postings[i-1]).Hours() / 24 / 365.25
			if why := health.RhythmOf(postings[:i]).Silence(postings[i-1], postings[i]); why != "" {
				alarms++
				t.Logf("%s: on %s: %s", address, postings[i].Format(time.DateOnly), why)
			}
		}
	}
	t.Logf("%d sources, %.0f years: %d false alarms, %.2f a year of 20 sources", sources, years, alarms, 20*float64(alarms)/years)
	if float64(alarms) > years/20 {
		t.Errorf("more than one false alarm in 20 years")
	}
}

// corpusDates returns the dates of the entries of each feed, in order.
func corpusDates(t *testing.T, root string) map[string][]time.Time {
	t.Helper()
	file, err := os.Open(filepath.Join(root, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	dates := map[string][]time.Time{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m struct {
			URL, File, Role string
			ContentType     string `json:"content_type"`
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if m.Role != "feed" {
			continue
		}
		body, err := os.ReadFile(filepath.Join(root, m.File))
		if err != nil {
			t.Fatal(err)
		}
		base, err := url.Parse(m.URL)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := feed.Parse(body, m.ContentType, base)
		if err != nil {
			continue
		}
		for _, item := range doc.Items {
			if at := item.Published; at.Year() >= 1990 && at.Before(time.Now()) {
				dates[m.URL] = append(dates[m.URL], at)
			}
		}
		slices.SortFunc(dates[m.URL], time.Time.Compare)
	}
	return dates
}
