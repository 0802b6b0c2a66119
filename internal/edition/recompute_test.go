package edition

import (
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
)

// TestFill_RecomputesExcerpt checks that boilerplate patterns added to feeds.yaml apply to the excerpt of a pick that was
// stored before.
func TestFill_RecomputesExcerpt(t *testing.T) {
	const (
		greeting = "Dear colleagues, this is the weekly letter of the storage team, and as ever it begins with a word of thanks to all of you. "
		body     = "The queue kept its order for nine years, until the day that two brokers in two halls took turns at being the leader of one partition. " +
			"What followed was an hour in which every payment was taken twice, and a week in which each of them was given back by hand."
	)
	config, err := config.Parse("feeds.yaml", []byte("boilerplate: ['^dear colleagues']\nsources: [https://blog.example.com/feed]\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	stored := broadsheet.Article{
		Key: "blog.example.com/a", Link: "https://blog.example.com/a", Source: "https://blog.example.com/feed", Published: at.Add(-time.Hour), Dated: true,
		Title: "How a queue keeps its order", Text: greeting + body, Excerpt: excerpt.Truncate(greeting + body), Origin: broadsheet.OriginContent,
	}
	var p broadsheet.Pick
	NewComposer(config).Fill(&p, stored)
	if p.Excerpt != excerpt.Truncate(body) || p.Text != "" {
		t.Errorf("the edition has %+v", p)
	}
}
