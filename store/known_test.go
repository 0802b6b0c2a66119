package store

import (
	"testing"
	"time"
)

func TestWhatASourceToldIsCountedAsItComes(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, post("a.example", 1, 48*time.Hour), post("a.example", 2, 24*time.Hour))
	record(t, s, monday.AddDate(0, 0, 1), blog, post("a.example", 2, 24*time.Hour), post("a.example", 3, 72*time.Hour))
	known, err := s.Known(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := known[blog.ID()]
	if k.Articles != 3 || !k.Last.Equal(post("a.example", 2, 24*time.Hour).Published) {
		t.Errorf("known = %+v", k)
	}
	key := broadsheetKey(t, s, "https://a.example/2")
	if a, err := s.Current(ctx, key); err != nil || a.Key != key {
		t.Errorf("current = %+v, %v", a, err)
	}
	if a, err := s.Current(ctx, "nobody.example/x"); err != nil || a.Key != "" {
		t.Errorf("of one that is not known: %+v, %v", a, err)
	}
}

func broadsheetKey(t *testing.T, s *Store, link string) string {
	t.Helper()
	d, err := s.Article(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	return d.Key
}
