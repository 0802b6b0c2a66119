package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/rules"
)

var (
	ctx    = context.Background()
	monday = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	blog   = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://blog.example.com/feed.xml", Name: "Blog"}
)

const day = 24 * time.Hour

// dbPath returns a path in a temporary folder.
func dbPath(t testing.TB) string { return filepath.Join(t.TempDir(), "broadsheet.db") }

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// feedItem returns a feed item with a summary of its own.
func feedItem(guid, link, title string) broadsheet.FeedItem {
	return broadsheet.FeedItem{GUID: guid, Link: link, Title: title, Published: monday.Add(-time.Hour),
		Summary: "A summary of " + title + " that says in a few plain words what it is that the whole of " + title + " says at length."}
}

// visitAt returns a successful visit.
func visitAt(now time.Time) broadsheet.Visit {
	return broadsheet.Visit{At: now, LastSuccess: now, Next: now.Add(time.Hour), Status: 200, ETag: `"` + strconv.FormatInt(now.Unix(), 36) + `"`}
}

// record records the items of one successful visit.
func record(t testing.TB, s *Store, now time.Time, src broadsheet.Source, items ...broadsheet.FeedItem) RecordResult {
	t.Helper()
	out, err := s.Record(ctx, now, VisitResult{Source: src, Visit: visitAt(now), Items: items})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// storedByKey returns all articles, by key.
func storedByKey(t testing.TB, s *Store) map[string]broadsheet.Article {
	t.Helper()
	all := map[string]broadsheet.Article{}
	err := s.EachArticle(ctx, Filter{}, func(a broadsheet.Article, _ []broadsheet.FeedItem, _ broadsheet.Day) error {
		all[a.Key] = a
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// longTitlesFirst is a rule that wants everything; the longer a title, the higher the score.
func longTitlesFirst(a broadsheet.Article) (float64, bool) { return float64(len(a.Title)), true }

// verdictFunc returns a rule that is given by its score and whether it wants an article.
func verdictFunc(judge func(broadsheet.Article) (float64, bool)) func(broadsheet.Article) rules.Verdict {
	return func(a broadsheet.Article) (v rules.Verdict) {
		v.Score, v.Wanted = judge(a)
		return v
	}
}

// fullArticles returns the articles of candidates, with their texts.
func fullArticles(t testing.TB, s *Store, candidates []broadsheet.Candidate) []broadsheet.Article {
	t.Helper()
	var all []broadsheet.Article
	for _, c := range candidates {
		a, err := s.FullArticleByKey(ctx, c.Key)
		if err != nil || a.Key != c.Key {
			t.Fatalf("%s: %v, %v", c.Key, a, err)
		}
		all = append(all, a)
	}
	return all
}

// scoreBy scores the stored articles by the given rules.
func scoreBy(s *Store, now time.Time, rules string, judge func(broadsheet.Article) (float64, bool)) (int, error) {
	if err := s.SetRules(ctx, rules, verdictFunc(judge)); err != nil {
		return 0, err
	}
	return s.ScoreArticles(ctx, now)
}

// scoreAll scores the stored articles by longTitlesFirst, and returns how many there were.
func scoreAll(t testing.TB, s *Store) int {
	t.Helper()
	return scoreAllAt(t, s, monday)
}

func scoreAllAt(t testing.TB, s *Store, now time.Time) int {
	t.Helper()
	n, err := scoreBy(s, now, "rules", longTitlesFirst)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func backlog(t testing.TB, s *Store) []broadsheet.Article {
	t.Helper()
	scoreAll(t, s)
	found, err := s.Backlog(ctx, 1000, 1000)
	if err != nil {
		t.Fatal(err)
	}
	waits, err := s.CountWaiting(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if waits != len(found) {
		t.Errorf("%d wait, and the backlog holds %d", waits, len(found))
	}
	return fullArticles(t, s, found)
}

// publish saves an edition with everything that may be shown.
func publish(t testing.TB, s *Store, day broadsheet.Day) broadsheet.Edition {
	t.Helper()
	e := broadsheet.Edition{Day: day, Number: 1, At: monday}
	for _, a := range backlog(t, s) {
		e.Picks = append(e.Picks, broadsheet.Pick{Article: a, SourceName: "Blog"})
	}
	if err := s.SaveEdition(ctx, e); err != nil {
		t.Fatal(err)
	}
	return e
}

// manyItems returns n different items.
func manyItems(n int) []broadsheet.FeedItem {
	items := make([]broadsheet.FeedItem, n)
	for i := range items {
		items[i] = feedItem(fmt.Sprint("m", i), fmt.Sprintf("https://blog.example.com/m/%d", i), fmt.Sprint("One of many, the one with the number ", i))
	}
	return items
}

// count returns the number that a query selects.
func count(t *testing.T, s *Store, query string) (n int) {
	t.Helper()
	if err := s.readers.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
