package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

var searchDay = time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)

// newLibrary returns a store with some articles of one source.
func newLibrary(t testing.TB, items ...broadsheet.FeedItem) *Store {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "b.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	recordBooks(t, s, searchDay, items...)
	return s
}

// recordBooks records items of the source of newLibrary.
func recordBooks(t testing.TB, s *Store, at time.Time, items ...broadsheet.FeedItem) {
	t.Helper()
	source := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://books.example/feed", Name: "Books"}
	visit := broadsheet.Visit{At: at, LastSuccess: at, Status: 200}
	if _, err := s.Record(context.Background(), at, VisitResult{Source: source, Visit: visit, Items: items}); err != nil {
		t.Fatal(err)
	}
}

// book returns an item of the source of newLibrary.
func book(name, title, text string) broadsheet.FeedItem {
	link := "https://books.example/" + name
	return broadsheet.FeedItem{Source: "https://books.example/feed", GUID: link, Link: link, Title: title, Content: text, Published: searchDay.AddDate(0, 0, -len(name))}
}

// foundNames returns the names, as given to book, of what was found.
func foundNames(hits []Hit) (all []string) {
	for _, h := range hits {
		all = append(all, strings.TrimPrefix(h.Link, "https://books.example/"))
	}
	return all
}

func TestSearch_Syntax(t *testing.T) {
	s := newLibrary(t,
		book("a", "Hashing that stays consistent", "A ring of servers, and keys that move seldom when one of them goes."),
		book("bb", "A quiet night", "Nobody was paged. The consistent reader of logs had hashed them all before."),
		book("ccc", "Café écosystème", "Ce que l’on mesure, on l’améliore; the write-ahead log was full."),
		book("dddd", "一致性哈希的实现", "分布式系统中的数据分片。"),
		book("eeeee", "Log of a write", "It was written ahead of time, this one is about C++ and node.js."))
	for _, c := range []struct {
		query string
		want  string
	}{
		{"consistent", "a bb"},
		{"CONSISTENT hashing", "a bb"},     // all words, whatever their case and ending
		{"consistent -night", "a"},         // exclusion
		{`"consistent reader"`, "bb"},      // phrase
		{`"reader consistent"`, ""},        // the order counts
		{"ring OR paged", "a bb"},          // alternative
		{"OR ring", "a"},                   // an OR without a left side is ignored
		{"serv*", "a"},                     // prefix
		{"cafe ecosysteme", "ccc"},         // accents are ignored
		{`"write ahead log"`, "ccc"},       // hyphens separate words
		{"哈希", "dddd"},                     // scripts without spaces between words
		{"数据分片", "dddd"},                   //
		{"node.js c++", "eeeee"},           // punctuation is no FTS5 syntax
		{"unheard", ""},                    //
		{`"unclosed ring`, ""},             // an unclosed quote is a phrase up to the end
		{"NEAR( ring", ""},                 // FTS5 operators are plain words
		{"title:ring AND {x} ^ring", ""},   //
		{`ring"; DROP TABLE article`, ""},  //
		{"'ring' (ring) ring; --ring", ""}, // excluded, although it is also required
	} {
		hits, err := s.Search(context.Background(), searchDay, c.query, false, 10)
		if err != nil && !errors.Is(err, ErrEmptyQuery) {
			t.Errorf("%q: %v", c.query, err)
		}
		got := foundNames(hits)
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q finds %q, want %q", c.query, got, c.want)
		}
	}
}

func TestSearch_OrderAndSnippet(t *testing.T) {
	s := newLibrary(t,
		book("bb", "Another thing", strings.Repeat("Words before it. ", 40)+"Here a quorum decides. "+strings.Repeat("Words after it. ", 40)),
		book("a", "The quorum", "Three of five."))
	hits, err := s.Search(context.Background(), searchDay, "quorum", false, 10)
	if err != nil || strings.Join(foundNames(hits), " ") != "a bb" {
		t.Fatalf("found %q, %v", foundNames(hits), err)
	}
	if got := hits[1].Snippet; !strings.Contains(got, "Here a quorum decides.") || !strings.HasPrefix(got, "… ") || !strings.HasSuffix(got, " …") || len(got) > 400 {
		t.Errorf("the snippet is %q", got)
	}
}

func TestIndex_FollowsChanges(t *testing.T) {
	ctx := context.Background()
	s := newLibrary(t, book("a", "The first edition", "Of lions."), book("bb", "Never changed", "Of lions, too."))
	find := func(word string) string {
		t.Helper()
		hits, err := s.Search(ctx, searchDay, word, true, 10)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(foundNames(hits), " ")
	}
	if got := find("lions"); got != "a bb" {
		t.Fatalf("finds %q", got)
	}
	if n, err := s.Index(ctx, searchDay, 0); n != 0 || err != nil {
		t.Errorf("with nothing new %d articles were indexed, %v", n, err)
	}
	recordBooks(t, s, searchDay.AddDate(0, 0, 1), book("a", "The second edition", "Of tigers alone, and of how they were counted."), book("ccc", "New", "Of lions."))
	if got := find("lions"); got != "bb ccc" && got != "a bb ccc" {
		t.Errorf("lions are in %q", got)
	}
	if got := find(`"second edition"`); got != "a" {
		t.Errorf("the new title is in %q", got)
	}
	if got := find(`"first edition"`); got != "" {
		t.Errorf("the old title is in %q", got)
	}
}

func TestIndex_RebuiltAfterDrop(t *testing.T) {
	ctx := context.Background()
	s := newLibrary(t, book("a", "One", "Of lions."), book("bb", "Two", "Of lions."))
	if n, err := s.Index(ctx, searchDay, 0); n != 2 || err != nil {
		t.Fatalf("%d articles, %v", n, err)
	}
	if err := s.write(ctx, searchDay, func(t *tx) error { _, err := t.exec("DROP TABLE search"); return err }); err != nil {
		t.Fatal(err)
	}
	if hits, err := s.Search(ctx, searchDay, "lions", true, 9); len(hits) != 2 || err != nil {
		t.Errorf("found %q, %v", foundNames(hits), err)
	}
}

// A search after a day must only cost that day: articles that are in the index are not read again.
func TestIndex_ReadsOnlyNewArticles(t *testing.T) {
	s := newLibrary(t, book("a", "One", "Of lions."))
	if _, err := s.Index(context.Background(), searchDay, 0); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{changedQuery, unindexedQuery} {
		steps := queryPlan(t, s, query)
		if !slices.ContainsFunc(steps, func(step string) bool { return strings.HasPrefix(step, "SEARCH a USING INTEGER PRIMARY KEY") }) {
			t.Errorf("%s\n\t%s", query, strings.Join(steps, "\n\t"))
		}
	}
}

func TestIndex_Limit(t *testing.T) {
	ctx := context.Background()
	s := newLibrary(t, book("a", "One", "x"), book("bb", "Two", "x"), book("ccc", "Three", "x"))
	if n, err := s.Index(ctx, searchDay, 2); n != 2 || err != nil {
		t.Errorf("%d articles, %v", n, err)
	}
	if n, err := s.Index(ctx, searchDay, 2); n != 1 || err != nil {
		t.Errorf("then %d articles, %v", n, err)
	}
}

func FuzzSearch(f *testing.F) {
	for _, query := range []string{`a "b`, "a*", "-", "a OR", "{a b}:c", "\x00", "^a + b", "日本 語*", `""""`, "NEAR(a b, 2)"} {
		f.Add(query)
	}
	s := newLibrary(f, book("a", "A b c", "日本語 a b"))
	f.Fuzz(func(t *testing.T, query string) {
		if _, err := s.Search(context.Background(), searchDay, query, false, 3); err != nil && !errors.Is(err, ErrEmptyQuery) {
			t.Fatalf("%q: %v", query, err)
		}
	})
}
