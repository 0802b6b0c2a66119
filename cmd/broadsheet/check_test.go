package main

import (
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// TestNewFinding_Stale checks that a weekly source is stale after four months without an article, and a yearly one is
// not.
func TestNewFinding_Stale(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		every time.Duration
		want  string
	}{{7 * 24 * time.Hour, "stale"}, {200 * 24 * time.Hour, "fine"}} {
		var items []broadsheet.FeedItem
		for i := range 5 {
			items = append(items, broadsheet.FeedItem{Title: "One", Published: now.AddDate(0, -4, 0).Add(-time.Duration(i) * c.every)})
		}
		f := newFinding(broadsheet.Source{Kind: broadsheet.KindFeed, Name: "Blog"}, stored{}, items, broadsheet.Visit{At: now, LastSuccess: now, Entries: len(items)}, nil, now)
		if f.Kind != c.want {
			t.Errorf("every %v: %s (%s), want %s", c.every, f.Kind, f.Text, c.want)
		}
	}
}

// TestWhyNotFollowed checks which moves check --fix leaves to a person: those that would send a password to another
// place or lose encryption, and those to a source that is listed already or has no article yet.
func TestWhyNotFollowed(t *testing.T) {
	for _, c := range []struct {
		from, to string
		articles int
		want     string
	}{
		{"https://a.example/feed", "https://b.example/feed", 1, ""},
		{"http://a.example/feed", "https://a.example/feed", 1, ""},
		{"http://a.example/feed", "http://b.example/feed", 1, ""},
		{"https://a.example/@me/feed", "https://b.example/feed", 1, ""},
		{"https://a.example?of=me@a.example", "https://b.example/feed", 1, ""}, // no password
		{"https://a.example/feed", "http://a.example/feed", 1, "encrypted"},
		{"HTTPS://a.example/feed", "http://a.example/feed", 1, "encrypted"},
		{"https://me:secret@a.example/feed", "https://b.example/feed", 1, "password"},
		{"http://me@a.example/feed", "https://b.example/feed", 1, "password"},
		{"HTTPS://me:se%2Fcret@a.example", "https://b.example/feed", 1, "password"},
		{"https://me:se cret@a.example/feed", "https://b.example/feed", 1, "password"}, // not a valid URL
		{"https://a.example/feed", "https://listed.example/feed", 1, "source of line 7"},
		{"https://a.example/feed", "https://b.example/feed", 0, "no article"},
	} {
		listed := finding{of: broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://listed.example/feed"}, Line: 7}
		f := finding{of: broadsheet.Source{Kind: broadsheet.KindFeed, URL: c.from}, MovedTo: c.to, movedTo: c.to, Articles: c.articles}
		if why := whyNotFollowed(f, []finding{listed, f}); (why == "") != (c.want == "") || !strings.Contains(why, c.want) {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, why, c.want)
		}
	}
}

// TestPlaceOf checks which section of a site a feed belongs to.
func TestPlaceOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example":                         "/",
		"https://a.example/feed/":                   "/",
		"https://a.example/index.xml":               "/",
		"https://a.example/feeds/posts/default":     "/",
		"https://a.example/blog":                    "/blog",
		"https://a.example/blog/":                   "/blog",
		"https://a.example/blog/feed/atom.xml":      "/blog",
		"https://a.example/en/blog/posts.rss?x=rss": "/en/blog",
		"https://a.example/feedback/rss":            "/feedback",
	} {
		if got := placeOf(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
