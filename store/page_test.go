package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// titles returns the titles of articles, in order.
func titles(articles []broadsheet.Article) []string {
	out := []string{}
	for _, a := range articles {
		out = append(out, a.Title)
	}
	return out
}

// wantSlice reports an error if got differs from want.
func wantSlice[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func pendingTitles(t *testing.T, s *Store, now time.Time, limit int) []string {
	t.Helper()
	found, err := s.PendingNew(ctx, now, time.Time{}, time.Time{}, limit)
	if err != nil {
		t.Fatal(err)
	}
	return titles(found)
}

// titleItem returns an item of a feed that has titles only, published age before monday.
func titleItem(host string, i int, age time.Duration) broadsheet.FeedItem {
	link := fmt.Sprintf("https://%s/%d", host, i)
	return broadsheet.FeedItem{GUID: link, Link: link, Title: fmt.Sprint(host, " ", i), Published: monday.Add(-age)}
}

func TestPending_WantedFirstAndHostsAlternate(t *testing.T) {
	s := open(t, dbPath(t))
	summarised := feedItem("s", "https://a.example/s", "a.example summarised")
	record(t, s, monday, blog, titleItem("a.example", 1, 1*time.Hour), titleItem("a.example", 2, 2*time.Hour), titleItem("a.example", 3, 3*time.Hour),
		titleItem("b.example", 1, 4*time.Hour), titleItem("b.example", 2, 5*time.Hour), summarised)
	wantSlice(t, "before they are judged", pendingTitles(t, s, monday, 9),
		[]string{"a.example 1", "b.example 1", "a.example 2", "b.example 2", "a.example 3"})
	if _, err := scoreBy(s, monday, "b alone", func(a broadsheet.Article) (float64, bool) {
		return 1, a.Title == "b.example 2" || a.Title == summarised.Title
	}); err != nil {
		t.Fatal(err)
	}
	wantSlice(t, "two are wanted", pendingTitles(t, s, monday, 9),
		[]string{"a.example summarised", "b.example 2", "a.example 1", "b.example 1", "a.example 2", "a.example 3"})
	wantSlice(t, "two are asked for", pendingTitles(t, s, monday, 2), []string{"a.example summarised", "b.example 2"})
}

func TestPending_OnlyFullTextSparesThePage(t *testing.T) {
	paragraph := "The queue kept its order for nine years, until the day that two brokers took turns at being the leader of one partition."
	whole, teaser := strings.Repeat(paragraph+"\n\n", 9), strings.Repeat(paragraph+"\n\n", 3)
	s := open(t, dbPath(t))
	s.Excerpt = func(items []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return items[0].Content, broadsheet.OriginContent
	}
	holds, begins, grows := titleItem("a.example", 1, time.Hour), titleItem("a.example", 2, time.Hour), titleItem("a.example", 3, time.Hour)
	holds.Content, begins.Content, grows.Content = whole, teaser, teaser+"Continue reading"
	record(t, s, monday, blog, holds, begins, grows)
	scoreAll(t, s)
	wantSlice(t, "first", pendingTitles(t, s, monday, 9), []string{"a.example 2", "a.example 3"})
	grows.Content = whole
	record(t, s, monday.Add(day), blog, holds, begins, grows)
	scoreAll(t, s)
	wantSlice(t, "when one has its full text", pendingTitles(t, s, monday.Add(day), 9), []string{"a.example 2"})
}

func TestSetPages_FailedPageBacksOff(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, titleItem("a.example", 1, time.Hour))
	now, tries, last := monday, 0, monday
	for ; now.Before(monday.AddDate(0, 2, 0)); now = now.Add(time.Hour) {
		found, err := s.PendingNew(ctx, now, time.Time{}, time.Time{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			tries, last = tries+1, now
			if err := s.SetPages(ctx, now, PageResult{Key: found[0].Key, Err: "503", RetryAt: now.Add(6 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tries != maxTries || last.Before(monday.AddDate(0, 0, 7)) {
		t.Errorf("tried %d times until %s", tries, last)
	}
	if d, err := s.ArticleDetail(ctx, "https://a.example/1"); err != nil || d.Page != "given up" || d.PageError != "503" {
		t.Errorf("%+v, %v", d, err)
	}
	if left := backlog(t, s); len(left) != 1 {
		t.Error("an article whose page cannot be read is still an article")
	}
}

func TestSetPages_FillsWhatTheFeedLeftOut(t *testing.T) {
	published := monday.AddDate(-3, 0, 0)
	page := broadsheet.Page{URL: "https://a.example/1", Title: "The page's title", Authors: []string{"Ann"}, Published: published,
		Language: "en", Image: "https://a.example/i.png", Text: "The text of the page.", Words: 700}
	t.Run("all", func(t *testing.T) {
		s := open(t, dbPath(t))
		record(t, s, monday, blog, broadsheet.FeedItem{Link: "https://a.example/1"}) // as a sitemap reports it
		reading := PageResult{Key: "a.example/1", Page: page, Excerpt: "The text.", Origin: broadsheet.OriginPage}
		if err := s.SetPages(ctx, monday, reading); err != nil {
			t.Fatal(err)
		}
		a := storedByKey(t, s)["a.example/1"]
		if a.Title != page.Title || a.Authors[0] != "Ann" || !a.Published.Equal(published) || !a.Dated || a.Language != "en" ||
			a.Image != page.Image || a.Text != page.Text || a.Words != 700 || a.Excerpt != "The text." || !a.Updated.Equal(published) {
			t.Errorf("%+v", a)
		}
		record(t, s, monday.Add(day), blog, broadsheet.FeedItem{Link: "https://a.example/1", Published: monday})
		if b := storedByKey(t, s)["a.example/1"]; fmt.Sprint(b) != fmt.Sprint(a) {
			t.Errorf("reported again: %+v", b)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		s := open(t, dbPath(t))
		items := feedItem("1", "https://a.example/1", "The feed's title")
		items.Authors, items.Language, items.Image = []string{"Bob"}, "de", "https://a.example/b.png"
		record(t, s, monday, blog, items)
		if err := s.SetPages(ctx, monday, PageResult{Key: "a.example/1", Page: page}); err != nil {
			t.Fatal(err)
		}
		a := storedByKey(t, s)["a.example/1"]
		if a.Title != items.Title || a.Authors[0] != "Bob" || !a.Published.Equal(items.Published) || a.Language != "de" || a.Image != items.Image || a.Text != items.Summary {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a block page", func(t *testing.T) {
		s := open(t, dbPath(t))
		record(t, s, monday, blog, broadsheet.FeedItem{Link: "https://a.example/1", Title: "Told"})
		wall := page
		wall.BlockPage = "captcha"
		if err := s.SetPages(ctx, monday, PageResult{Key: "a.example/1", Page: wall}); err != nil {
			t.Fatal(err)
		}
		if a := storedByKey(t, s)["a.example/1"]; a.Text != "" || len(a.Authors) > 0 || a.Dated {
			t.Errorf("believed a captcha: %+v", a)
		}
	})
	t.Run("not to be quoted", func(t *testing.T) {
		s := open(t, dbPath(t))
		s.Excerpt = func([]broadsheet.FeedItem) (string, broadsheet.Origin) { return "Quoted.", broadsheet.OriginSummary }
		record(t, s, monday, blog, feedItem("1", "https://a.example/1", "Told"))
		quiet := page
		quiet.NoSnippet = true
		if err := s.SetPages(ctx, monday, PageResult{Key: "a.example/1", Page: quiet, Excerpt: "Quoted.", Origin: broadsheet.OriginPage}); err != nil {
			t.Fatal(err)
		}
		if a := storedByKey(t, s)["a.example/1"]; a.Excerpt != "" || a.Origin != broadsheet.OriginNone {
			t.Errorf("quoted: %q", a.Excerpt)
		}
		again := feedItem("1", "https://a.example/1", "Told")
		again.Summary = "Told in other words, and more of them: " + again.Summary
		record(t, s, monday.Add(day), blog, again)
		a, err := s.ArticleByKey(ctx, "a.example/1")
		if err != nil || a.Excerpt != "" || a.Origin != broadsheet.OriginNone || !a.NoSnippet {
			t.Errorf("reported with another summary, it is quoted: %+v, %v", a, err)
		}
		if hits, err := s.Search(ctx, monday, "told", false, 1); err != nil || len(hits) != 1 || hits[0].Snippet != "" {
			t.Errorf("found, it is quoted: %+v, %v", hits, err)
		}
		s.Excerpt = func([]broadsheet.FeedItem) (string, broadsheet.Origin) {
			return "Our own words.", broadsheet.OriginNote
		}
		again.Note = "Our own words."
		record(t, s, monday.Add(2*day), blog, again)
		if a := storedByKey(t, s)["a.example/1"]; a.Excerpt != "Our own words." {
			t.Errorf("a note is the maintainer's own words, and not quoted: %+v", a)
		}
	})
}
