package publish

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"
)

// elementText returns the text of the first element with a name, as a browser shows it.
func elementText(t *testing.T, page, name string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var text func(*html.Node) string
	text = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		var s string
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			s += text(k)
		}
		return s
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			return strings.TrimSpace(text(n))
		}
	}
	return ""
}

// TestFeeds_ReadBackByGofeed checks that a feed reader gets the same facts from every format.
func TestFeeds_ReadBackByGofeed(t *testing.T) {
	dir, all := t.TempDir(), testEditions()
	write(t, dir, testConfig(), editionSourceOf(all))
	files, _ := readTree(t, dir)
	var want []EditionPick
	for _, e := range slices.Backward(all) {
		want = append(want, placedPicks(e)...)
	}
	for _, name := range []string{"atom.xml", "rss.xml", "feed.json"} {
		f, err := gofeed.NewParser().ParseString(files[name])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Title != "The Daily System" || f.Link != "https://daily.example/" || f.FeedLink != "https://daily.example/"+name || !strings.HasPrefix(f.Language, "en") && name != "feed.json" {
			t.Errorf("%s calls itself %q at %q, %q, in %q", name, f.Title, f.Link, f.FeedLink, f.Language)
		}
		if len(f.Items) != len(want) {
			t.Fatalf("%s has %d articles, want %d", name, len(f.Items), len(want))
		}
		for i, item := range f.Items {
			w := want[i]
			if got := unescape(item.Title); got != w.Title {
				t.Errorf("%s %d: title %q, want %q", name, i, got, w.Title)
			}
			if item.GUID != w.ID() || item.Link != link.WebURI(w.Link) {
				t.Errorf("%s %d: id %s at %s, want %s at %s", name, i, item.GUID, item.Link, w.ID(), w.Link)
			}
			if item.PublishedParsed == nil || !item.PublishedParsed.Equal(w.Published.Truncate(time.Second)) {
				t.Errorf("%s %d: published %v, want %v", name, i, item.PublishedParsed, w.Published)
			}
			if name != "rss.xml" && !item.UpdatedParsed.Equal(w.EditionTime.Add(-time.Duration(w.Position)*time.Second)) {
				t.Errorf("%s %d: updated %v, edition cut at %v", name, i, item.UpdatedParsed, w.EditionTime)
			}
			text := item.Description
			if name == "feed.json" {
				text = item.Content
			}
			if got := unescape(text); w.Excerpt != "" && got != w.Excerpt {
				t.Errorf("%s %d: says %q, want %q", name, i, got, w.Excerpt)
			}
			if len(item.Categories) != len(w.Topics) {
				t.Errorf("%s %d: topics %q, want %q", name, i, item.Categories, w.Topics)
			}
			for j, a := range item.Authors {
				if j < len(w.Authors) && a.Name != strings.TrimSuffix(w.Authors[j], "@cold.example") {
					t.Errorf("%s %d: author %q, want %q", name, i, a.Name, w.Authors[j])
				}
			}
		}
	}
}

// unescape decodes text as a reader that knows its type would.
func unescape(s string) string {
	s = strings.ReplaceAll(s, "\u200b", "")
	if regexp.MustCompile(`<[A-Za-z/!?]|&#?\w+;`).MatchString(s) && !strings.Contains(s, "<") || strings.Contains(s, "&#") {
		return html.UnescapeString(s)
	}
	return s
}

func TestDailyFeed_ContainsDigest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, testConfig(), editionSourceOf(testEditions()))
	files, _ := readTree(t, dir)
	f, err := gofeed.NewParser().ParseString(files["daily.xml"])
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Items) != 6 || f.Items[0].Title != "Tuesday, 24 November 2026" || f.Items[0].Link != "https://daily.example/2026/11/24/" {
		t.Errorf("daily.xml has %d editions, the first %q at %q", len(f.Items), f.Items[0].Title, f.Items[0].Link)
	}
	for _, p := range testEditions()[5].Picks {
		if !strings.Contains(f.Items[0].Content, link.WebURI(p.Link)) {
			t.Errorf("the digest lacks %s", p.Link)
		}
	}
}

// TestArchive_ChainContainsAllArticles follows prev-archive from atom.xml to the first edition.
func TestArchive_ChainContainsAllArticles(t *testing.T) {
	for _, site := range []string{"https://daily.example/", ""} {
		dir, config := t.TempDir(), testConfig()
		config.URL = site
		write(t, dir, config, editionSourceOf(testEditions()))
		files, _ := readTree(t, dir)
		seen, name := map[string]bool{}, "atom.xml"
		id := parseXML(t, name, []byte(files[name])).text("id")
		for name != "" {
			f := parseXML(t, name, []byte(files[name]))
			if f.text("id") != id {
				t.Errorf("%s is another feed: %s", name, f.text("id"))
			}
			for _, e := range f.all("entry") {
				seen[e.text("id")] = true
			}
			at := strings.TrimPrefix(f.rel("prev-archive"), site)
			if site == "" && at != "" && name != "atom.xml" {
				at = "archive/" + at
			}
			name = at
		}
		n := 0
		for _, e := range testEditions() {
			n += len(e.Picks)
		}
		if len(seen) != n {
			t.Errorf("the chain holds %d articles, want %d", len(seen), n)
		}
	}
}

// TestWrite_CorrectedTitleUpdatesFeedsOnly checks that a corrected title gives its entry in the feeds a new updated time, and
// that editions and archive documents stay.
func TestWrite_CorrectedTitleUpdatesFeedsOnly(t *testing.T) {
	dir, src := t.TempDir(), editionSourceOf(testEditions())
	write(t, dir, testConfig(), src)
	before, _ := readTree(t, dir)
	wrong := testEditions()[5].Picks[1]
	corrected := wrong.Article
	corrected.Title, corrected.Updated = "Three seconds behind live", at("2026-11-24T10:30:00Z")
	src.CurrentArticle = func(_ context.Context, key string) (broadsheet.Article, error) {
		if key == wrong.Key {
			return corrected, nil
		}
		return broadsheet.Article{Key: key, Title: "changed without a word", Updated: at("2020-01-01T00:00:00Z")}, nil
	}
	changed := write(t, dir, testConfig(), src)
	want := []string{"companies/streamline/index.html", "topics/video/index.html", "topics/video/atom.xml", "topics/video/rss.xml", "topics/video/feed.json", "atom.xml", "rss.xml", "feed.json"}
	slices.Sort(want)
	slices.Sort(changed)
	if !slices.Equal(changed, want) {
		t.Errorf("changed %q, want %q", changed, want)
	}
	after, _ := readTree(t, dir)
	was, now := parseXML(t, "before", []byte(before["atom.xml"])).all("entry"), parseXML(t, "after", []byte(after["atom.xml"])).all("entry")
	for i := range was {
		same := was[i].text("updated") == now[i].text("updated") && was[i].text("title") == now[i].text("title")
		if was[i].text("id") != now[i].text("id") || same == (i == 1) {
			t.Errorf("entry %d: %q of %s is now %q of %s", i, was[i].text("title"), was[i].text("updated"), now[i].text("title"), now[i].text("updated"))
		}
	}
	if now[1].text("updated") != "2026-11-24T10:30:00Z" || now[1].text("published") != was[1].text("published") {
		t.Errorf("updated %s, published %s", now[1].text("updated"), now[1].text("published"))
	}
}
