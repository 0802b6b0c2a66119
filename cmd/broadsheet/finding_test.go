package main

import (
	"testing"
	"time"

	"broadsheet"
)

// TestCheckCallsStaleWhatHealthDoes: a weekly source that has been silent for four months is stale, a yearly one is not.
func TestCheckCallsStaleWhatHealthDoes(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		every time.Duration
		want  string
	}{{7 * 24 * time.Hour, "stale"}, {200 * 24 * time.Hour, "fine"}} {
		var told []broadsheet.FeedItem
		for i := range 5 {
			told = append(told, broadsheet.FeedItem{Title: "One", Published: now.AddDate(0, -4, 0).Add(-time.Duration(i) * c.every)})
		}
		f := findingOf(broadsheet.Source{Kind: broadsheet.KindFeed, Name: "Blog"}, broadsheet.Visit{}, told, broadsheet.Visit{}, nil, now)
		if f.Answer != c.want {
			t.Errorf("every %v: %s (%s), want %s", c.every, f.Answer, f.Text, c.want)
		}
	}
}
