package excerpt

import (
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/internal/config"
)

// TestRecompute checks that patterns added to feeds.yaml apply to the excerpts of articles stored before, for each origin
// of an excerpt, and that without new patterns an excerpt stays the same.
func TestRecompute(t *testing.T) {
	const (
		greeting = "Dear colleagues, this is the weekly letter of the storage team, and as ever it begins with a word of thanks to all of you. "
		body     = "The queue kept its order for nine years, until the day that two brokers in two halls took turns at being the leader of one partition. " +
			"What followed was an hour in which every payment was taken twice, and a week in which each of them was given back by hand."
	)
	stored := broadsheet.Article{Title: "How a queue keeps its order", Text: greeting + body, Excerpt: Truncate(greeting + body), Origin: broadsheet.OriginContent}
	b, err := NewBoilerplate([]config.BoilerplatePattern{{ID: "letter", Where: "any", RE: "^dear colleagues"}})
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
		{"a page that forbids quoting", func(a *broadsheet.Article) { a.Origin, a.Excerpt, a.NoSnippet = broadsheet.OriginNone, "", true }, ""},
		{"an article without stored text", func(a *broadsheet.Article) { a.Text = "" }, strings.TrimPrefix(stored.Excerpt, greeting)},
		{"a stored text that is too short", func(a *broadsheet.Article) { a.Text = "An order is kept by a queue that waits." }, strings.TrimPrefix(stored.Excerpt, greeting)},
	} {
		a := stored
		c.change(&a)
		if got := b.Recompute(a); got != Truncate(c.want) && got != c.want {
			t.Errorf("from %s: %q, want %q", c.name, got, c.want)
		}
		if got := DefaultPatterns.Recompute(a); a.Text == stored.Text && got != a.Excerpt {
			t.Errorf("from %s, with unchanged patterns: %q, want %q", c.name, got, a.Excerpt)
		}
	}
}
