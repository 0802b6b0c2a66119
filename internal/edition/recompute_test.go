package edition

import (
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
)

// TestFill_RecomputesExcerpt checks that boilerplate patterns added to feeds.yaml apply to the excerpts of articles
// stored before, for each origin of an excerpt.
func TestFill_RecomputesExcerpt(t *testing.T) {
	const (
		greeting = "Dear colleagues, this is the weekly letter of the storage team, and as ever it begins with a word of thanks to all of you. "
		body     = "The queue kept its order for nine years, until the day that two brokers in two halls took turns at being the leader of one partition. " +
			"What followed was an hour in which every payment was taken twice, and a week in which each of them was given back by hand."
	)
	stored := broadsheet.Article{Title: "How a queue keeps its order", Text: greeting + body, Excerpt: excerpt.Cut(greeting + body), Origin: broadsheet.OriginContent}
	b, err := excerpt.NewBoilerplate([]config.Pattern{{ID: "letter", Where: "any", RE: "^dear colleagues"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*broadsheet.Article)
		want   string
	}{
		{"the feed's content", func(*broadsheet.Article) {}, body},
		{"its page", func(a *broadsheet.Article) { a.Origin = broadsheet.OriginPage }, body},
		{"its summary", func(a *broadsheet.Article) { a.Origin = broadsheet.OriginSummary }, body},
		{"a note", func(a *broadsheet.Article) { a.Origin = broadsheet.OriginNote }, stored.Excerpt},
		{"its page's description", func(a *broadsheet.Article) { a.Origin = broadsheet.OriginDescription }, stored.Excerpt},
		{"nothing, since it is not to be quoted", func(a *broadsheet.Article) { a.Origin, a.Excerpt, a.NoSnippet = broadsheet.OriginNone, "", true }, ""},
		{"a text that is not kept", func(a *broadsheet.Article) { a.Text = "" }, strings.TrimPrefix(stored.Excerpt, greeting)},
		{"a text that says little", func(a *broadsheet.Article) { a.Text = "An order is kept by a queue that waits." }, strings.TrimPrefix(stored.Excerpt, greeting)},
	} {
		a := stored
		c.change(&a)
		if got := b.Recut(a); got != excerpt.Cut(c.want) && got != c.want {
			t.Errorf("from %s: %q, want %q", c.name, got, c.want)
		}
		if got := excerpt.DefaultPatterns.Recut(a); a.Text == stored.Text && got != a.Excerpt {
			t.Errorf("from %s, with unchanged patterns: %q, want %q", c.name, got, a.Excerpt)
		}
	}

	config, err := config.Parse("feeds.yaml", []byte("boilerplate: ['^dear colleagues']\nsources: [https://blog.example.com/feed]\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	stored.Key, stored.Link, stored.Source, stored.Published, stored.Dated = "blog.example.com/a", "https://blog.example.com/a", "https://blog.example.com/feed", at.Add(-time.Hour), true
	var p broadsheet.Pick
	NewComposer(config).Fill(&p, stored)
	if p.Excerpt != excerpt.Cut(body) || p.Text != "" {
		t.Errorf("the edition has %+v", p)
	}
}
