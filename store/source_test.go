package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"broadsheet"
)

func TestSources_MovedSourceKeepsItsArticles(t *testing.T) {
	old := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "http://blog.example.com/feed.xml"}
	for name, to := range map[string]string{"to where it said": "https://new.example.net/rss", "to https": "https://blog.example.com/feed.xml"} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dbPath(t))
			if err := s.SetSources(ctx, monday, []broadsheet.Source{old}); err != nil {
				t.Fatal(err)
			}
			v := visitAt(monday)
			v.MovedTo = "https://new.example.net/rss"
			if _, err := s.Record(ctx, monday, VisitResult{Source: old, Visit: v, Items: manyItems(3)}); err != nil {
				t.Fatal(err)
			}
			moved := old
			moved.URL = to
			if err := s.SetSources(ctx, monday, []broadsheet.Source{moved}); err != nil {
				t.Fatal(err)
			}
			visits, err := s.Visits(ctx)
			if err != nil || len(visits) != 1 || visits[to].ETag == "" {
				t.Errorf("%v, %v", visits, err)
			}
			items := manyItems(4)
			for i := range items {
				items[i].Link = "https://elsewhere.example.net/" + items[i].GUID
			}
			if out := record(t, s, monday.Add(day), moved, items...); out.New != 1 {
				t.Errorf("%+v", out)
			}
			for _, a := range storedByKey(t, s) {
				if a.Source != to || a.Inherited != (a.Title != items[3].Title) {
					t.Errorf("%s of %s, inherited %v", a.Title, a.Source, a.Inherited)
				}
			}
		})
	}
}

func TestSources_ReturningSourceIsTreatedAsNew(t *testing.T) {
	s := open(t, dbPath(t))
	both := []broadsheet.Source{blog, {Kind: broadsheet.KindFeed, URL: "https://other.example.com/feed", Name: "Other"}}
	list := func(now time.Time, sources ...broadsheet.Source) {
		t.Helper()
		if err := s.SetSources(ctx, now, sources); err != nil {
			t.Fatal(err)
		}
	}
	list(monday, both...)
	old := feedItem("1", "https://blog.example.com/a", "How a queue keeps its order")
	record(t, s, monday, blog, old)
	record(t, s, monday.Add(time.Hour), blog, old, feedItem("2", "https://blog.example.com/b", "News"))
	list(monday.Add(day), both[1:]...)
	list(monday.Add(9*day), both...)
	out := record(t, s, monday.Add(9*day), blog, old, feedItem("3", "https://blog.example.com/c", "What was written meanwhile"))
	if out.New != 1 || out.Known != 1 {
		t.Errorf("%+v", out)
	}
	for _, a := range storedByKey(t, s) {
		if want := a.Title != "News"; a.Inherited != want {
			t.Errorf("%s: inherited %v", a.Title, a.Inherited)
		}
	}
	renamed := blog
	renamed.Name, renamed.Group = "The Blog", "Elsewhere"
	list(monday.Add(10*day), renamed, both[1])
	record(t, s, monday.Add(10*day), renamed, feedItem("4", "https://blog.example.com/d", "After it was renamed"))
	for _, a := range storedByKey(t, s) {
		if a.Title == "After it was renamed" && a.Inherited {
			t.Error("a source that was renamed is not a new one")
		}
	}
}

func TestKnown_CountsArticlesAsTheyArrive(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, titleItem("a.example", 1, 48*time.Hour), titleItem("a.example", 2, 24*time.Hour))
	record(t, s, monday.AddDate(0, 0, 1), blog, titleItem("a.example", 2, 24*time.Hour), titleItem("a.example", 3, 72*time.Hour))
	known, err := s.SourceStats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := known[blog.ID()]
	if k.Articles != 3 || !k.Last.Equal(titleItem("a.example", 2, 24*time.Hour).Published) {
		t.Errorf("known = %+v", k)
	}
	key := articleKey(t, s, "https://a.example/2")
	if a, err := s.ArticleByKey(ctx, key); err != nil || a.Key != key {
		t.Errorf("current = %+v, %v", a, err)
	}
	if a, err := s.ArticleByKey(ctx, "nobody.example/x"); err != nil || a.Key != "" {
		t.Errorf("of one that is not known: %+v, %v", a, err)
	}
}

func articleKey(t *testing.T, s *Store, link string) string {
	t.Helper()
	d, err := s.ArticleDetail(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	return d.Key
}

// TestSecretSources_KeptAfterRemoval: a source that was removed from feeds.yaml is still secret.
func TestSecretSources_KeptAfterRemoval(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	hidden := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://a.example/0a1b2c", Name: "A", Secret: true}
	for _, listed := range [][]broadsheet.Source{{hidden}, nil} {
		if err := s.SetSources(t.Context(), now, listed); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.SecretSources(t.Context()); err != nil || len(got) != 1 || got[0].URL != hidden.URL || !got[0].Secret {
		t.Errorf("%v %v", got, err)
	}
}

func TestVisits_RoundTrip(t *testing.T) {
	s := open(t, dbPath(t))
	v := broadsheet.Visit{At: monday, LastSuccess: monday.Add(-day), Next: monday.Add(day), Reason: "429, Retry-After 1 h", Status: 429,
		ETag: `W/"x"`, LastModified: "Mon", ValidatorsURL: "https://a.example/", ValidatorsAt: monday.Add(-day), BodyHash: "abc", Hints: broadsheet.Hints{TTL: time.Hour, SkipHours: []int{1}},
		Failures: 2, FailingSince: monday.Add(-time.Hour), Err: "too many", MovedTo: "https://x.example/", MovedSince: monday, Gone: true, Partial: true, LeftOut: 4, NotStored: 3, Entries: 7, Denied: true, Undated: true, ListChanged: "it shows other articles", Quarantine: "it calls itself a casino", PrivateLinks: 2, PrivateLinkHost: "localhost:4000",
		List:     broadsheet.PageList{Settings: "s", Items: "li", Title: "h2", Date: "time", Paths: "a.example/*", Families: []string{"a.example/*"}, Links: []string{"x", "y"}, Last: 1},
		Sitemaps: broadsheet.Sitemaps{Settings: "s", Begun: true, Children: []broadsheet.Child{{URL: "https://a.example/1.xml", Parent: "p", Lastmod: monday, ReadMod: monday, Turn: 7, Read: true, Hash: "h"}}},
		Title:    "Blog", HomePage: "https://blog.example.com/"}
	if err := s.write(ctx, monday, func(x *tx) error { // Record decides by itself about a quarantine
		src, err := x.source(blog)
		return errors.Join(err, x.setVisit(src.id, v))
	}); err != nil {
		t.Fatal(err)
	}
	visits, err := s.Visits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", visits[blog.ID()]), fmt.Sprintf("%+v", v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if empty := zeroField(v); empty != "" {
		t.Errorf("the test forgot Visit.%s", empty)
	}
}

// zeroField returns the name of a field of a struct that is zero; empty: there is none.
func zeroField(v any) string {
	value := reflect.ValueOf(v)
	for i := range value.NumField() {
		if value.Field(i).IsZero() {
			return value.Type().Field(i).Name
		}
	}
	return ""
}
