package feed

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusFeed is a line of the corpus's manifest.
type corpusFeed struct {
	URL         string `json:"url"`
	File        string `json:"file"`
	Role        string `json:"role"`
	ContentType string `json:"content_type"`
}

// corpusFeeds returns the feeds of the corpus in the folder that BROADSHEET_CORPUS names. Without one the test is skipped.
func corpusFeeds(t testing.TB) (feeds []corpusFeed, dir string) {
	dir = os.Getenv("BROADSHEET_CORPUS")
	if dir == "" {
		t.Skip("BROADSHEET_CORPUS names no folder with real feeds")
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(manifest)) {
		var f corpusFeed
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Role == "feed" {
			feeds = append(feeds, f)
		}
	}
	return feeds, dir
}

// unusualDates are the feeds whose dates gofeed cannot parse.
var unusualDates = map[string]bool{
	"http://curtclifton.net/feed.json": true, "http://www.fda.gov/feed-test-time.xml": true, "http://www.kc0011.net/kc0011.rss": true,
	"https://nixos.org/rss_nixos.xml": true, "https://www.nbcnewyork.com": true, "http://noticias.uol.com.br/uolNoticias.rss": true,
	"https://www.cdv.cz/feed-image-enclosure.xml": true,
}

func TestRealFeeds_EveryEntryIsRead(t *testing.T) {
	feeds, dir := corpusFeeds(t)
	read, entries, undated, unlinked := 0, 0, 0, 0
	for _, f := range feeds {
		body, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			t.Fatal(err)
		}
		base, err := url.Parse(f.URL)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := Parse(body, f.ContentType, base)
		if err != nil {
			t.Logf("%s: %v", f.URL, err)
			continue
		}
		read++
		entries += len(doc.Items)
		noDate, noLink := 0, 0
		for _, s := range doc.Items {
			if s.Published.IsZero() {
				noDate++
			}
			if s.Link == "" {
				noLink++
			}
			if s.Title+s.Link+s.GUID == "" {
				t.Logf("%s: an entry without title, link and id", f.URL)
			}
		}
		undated += noDate
		unlinked += noLink
		if unusualDates[f.URL] && noDate > 0 {
			t.Errorf("%s: %d of %d entries without a date", f.URL, noDate, len(doc.Items))
		}
		if doc.Salvaged || noLink > 0 || noDate > 0 {
			t.Logf("%s: salvaged %v, %d entries, %d undated, %d without a link", f.URL, doc.Salvaged, len(doc.Items), noDate, noLink)
		}
	}
	t.Logf("%d of %d feeds, %d entries, %d undated, %d without a link", read, len(feeds), entries, undated, unlinked)
	if read < len(feeds)-1 {
		t.Errorf("only %d of %d feeds are read", read, len(feeds))
	}
	if entries < 7251 {
		t.Errorf("only %d entries", entries)
	}
}
