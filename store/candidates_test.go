package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"broadsheet"
)

func TestFresh_FloodLeavesRoomForOtherSources(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog)
	quiet := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://quiet.example/feed"}
	record(t, s, monday, quiet)
	record(t, s, monday.Add(day), blog, manyItems(500)...)
	record(t, s, monday.Add(day), quiet, feedItem("1", "https://quiet.example/1", "Short"), feedItem("2", "https://quiet.example/2", "Shorter"))
	scoreAllAt(t, s, monday.Add(day)) // the titles of the flood are the longest, so it scores best
	fresh, err := s.Fresh(ctx, monday, monday.Add(-day), 4)
	if err != nil || len(fresh) != 4 || fresh[2].Source != quiet.ID() || fresh[3].Source != quiet.ID() {
		t.Errorf("%v, %v", titles(fullArticles(t, s, fresh)), err)
	}
	if none, err := s.Fresh(ctx, monday.Add(day), monday.Add(-day), 4); err != nil || len(none) != 0 {
		t.Errorf("wanted since the last edition: %v, %v", titles(fullArticles(t, s, none)), err)
	}
	if none, err := s.Fresh(ctx, monday, monday.Add(day), 4); err != nil || len(none) != 0 {
		t.Errorf("published of late: %v, %v", titles(fullArticles(t, s, none)), err)
	}
}

func TestBacklog_BigSourceLeavesRoomForOthers(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, manyItems(500)...)
	for i := range 3 {
		small := broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://small%d.example/feed", i)}
		record(t, s, monday, small, feedItem("1", fmt.Sprintf("https://small%d.example/1", i), fmt.Sprint("Short ", i)))
	}
	scoreAll(t, s) // the longer a title, the higher the score
	found, err := s.Backlog(ctx, 5, 6)
	if err != nil || len(found) != 6 {
		t.Fatal(len(found), err)
	}
	sources := map[string]int{}
	for _, a := range found {
		sources[a.Source]++
	}
	if len(sources) != 4 || sources[blog.ID()] != 3 || found[0].Source != blog.ID() {
		t.Errorf("%v", sources)
	}
	if found, err := s.Backlog(ctx, 5, 100); err != nil || len(found) != 5+3 {
		t.Errorf("at most five of each: %d, %v", len(found), err)
	}
	if n, err := s.CountWaiting(ctx); err != nil || n != 503 {
		t.Errorf("%d wait, %v", n, err)
	}
}

// A title alone may not be enough for the rules. Then an article is only wanted once its page was read, which may be
// after the day's edition was composed.
func TestFresh_ArticleWantedAfterItsPageWasRead(t *testing.T) {
	s := open(t, dbPath(t))
	fresh := func(since time.Time) []string {
		t.Helper()
		found, err := s.Fresh(ctx, since, monday.Add(-day), 9)
		if err != nil {
			t.Fatal(err)
		}
		return titles(fullArticles(t, s, found))
	}
	judge := func(now time.Time, rules string) {
		t.Helper()
		if _, err := scoreBy(s, now, rules, func(a broadsheet.Article) (float64, bool) { return 1, a.Words > 0 }); err != nil {
			t.Fatal(err)
		}
	}
	record(t, s, monday, blog, titleItem("a.example", 1, time.Hour))
	judge(monday, "rules")
	wantSlice(t, "before its page is read", fresh(monday.Add(-day)), []string{})
	cut, later := monday.Add(10*time.Minute), monday.Add(time.Hour)
	page := broadsheet.Page{URL: "https://a.example/1", Text: "How a queue keeps its order.", Words: 900}
	if err := s.SetPages(ctx, later, PageResult{Key: "a.example/1", Page: page}); err != nil {
		t.Fatal(err)
	}
	judge(later, "rules")
	wantSlice(t, "since the cut", fresh(cut), []string{"a.example 1"})
	judge(later.Add(day), "other rules")
	wantSlice(t, "since it was wanted", fresh(later), []string{})
}

// The order of the candidates must not depend on the order in which the articles were recorded.
func TestBacklog_IndependentOfArrivalOrder(t *testing.T) {
	var first []string
	for round := range 3 {
		s := open(t, dbPath(t))
		items := manyItems(60)
		for i := range items {
			items[i].Title = "One title for all" // score and date are equal: only the keys differ
		}
		if round == 1 {
			slices.Reverse(items)
		}
		record(t, s, monday, blog, items...)
		scoreAll(t, s)
		found, err := s.Backlog(ctx, 20, 99)
		if err != nil || len(found) != 20 {
			t.Fatal(len(found), err)
		}
		var keys []string
		for _, a := range found {
			keys = append(keys, a.Key)
		}
		if first == nil {
			first = keys
		}
		wantSlice(t, "backlog", keys, first)
	}
}

// TestCandidates_ArticleWithoutTextComesLast: an article without text is a candidate only when its source has no other
// left.
func TestCandidates_ArticleWithoutTextComesLast(t *testing.T) {
	s := open(t, dbPath(t))
	s.Excerpt = func(items []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return items[0].Summary, broadsheet.OriginSummary
	}
	bare := feedItem("1", "https://blog.example.com/1", "A title that is longer than the other one, and no text at all")
	bare.Summary = ""
	record(t, s, monday, blog, bare, feedItem("2", "https://blog.example.com/2", "A short one"))
	scoreAll(t, s)
	fresh, err := s.Fresh(ctx, time.Time{}, time.Time{}, 1)
	if err != nil || len(fresh) != 1 || fresh[0].Bare {
		t.Errorf("fresh: %+v, %v", fresh, err)
	}
	old, err := s.Backlog(ctx, 1, 1)
	if err != nil || len(old) != 1 || old[0].Bare {
		t.Errorf("backlog: %+v, %v", old, err)
	}
	if old, err = s.Backlog(ctx, 5, 5); err != nil || len(old) != 2 || !old[0].Bare {
		t.Errorf("backlog: %+v, %v", old, err)
	}
}
