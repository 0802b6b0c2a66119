package edition

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// newTestComposer returns a Composer with n sources, s0, s1, …, of which every article is wanted.
func newTestComposer(n int, rules broadsheet.EditionRules) *Composer {
	if rules.Location == nil {
		rules.Location = time.UTC
	}
	if rules.FreshDays == 0 {
		rules.FreshDays = 14
	}
	c := config.Config{Edition: rules}
	for i := range n {
		c.Sources = append(c.Sources, broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://s%d.example/feed", i), Name: fmt.Sprintf("s%d", i), Take: broadsheet.TakeAll})
	}
	return NewComposer(c)
}

// candidate returns an article of source number s, published daysAgo days before noon.
func candidate(s int, name string, daysAgo int) broadsheet.Candidate {
	return broadsheet.Candidate{
		Key: name, Link: "https://" + name, Title: name, Source: fmt.Sprintf("https://s%d.example/feed", s),
		Published: noon.AddDate(0, 0, -daysAgo), Dated: true,
	}
}

// keys returns the keys of an edition's picks, in order.
func keys(e broadsheet.Edition) []string {
	var all []string
	for _, p := range e.Picks {
		all = append(all, p.Key)
	}
	return all
}

func TestCompose_FillsUpFromBacklog(t *testing.T) {
	c := newTestComposer(5, broadsheet.EditionRules{Size: 4, PerSource: 1})
	in := Input{
		Fresh:    []broadsheet.Candidate{candidate(0, "news-a", 1), candidate(1, "news-b", 2)},
		Backlog:  []broadsheet.Candidate{candidate(2, "old-c", 900), candidate(3, "old-d", 800), candidate(4, "old-e", 700), candidate(0, "old-a", 600)},
		Waiting:  6,
		Editions: 0,
	}
	e := c.Compose("2026-11-24", noon, in)
	if got := keys(e); len(got) != 4 || got[0] != "news-a" || got[1] != "news-b" {
		t.Errorf("first edition: got %v, want it full, with the new articles first", got)
	}
	for _, p := range e.Picks[2:] {
		if !p.Backlog || p.Source == "https://s0.example/feed" {
			t.Errorf("%s: want an article of another source, marked as from the backlog", p.Key)
		}
	}
	if e.Waiting != 2 {
		t.Errorf("waiting = %d, want 2", e.Waiting)
	}

	in.Editions = 10
	if got := keys(c.Compose("2026-11-24", noon, in)); !slices.Equal(got, []string{"news-a", "news-b"}) {
		t.Errorf("a small backlog: got %v, want it kept for days without new articles", got)
	}
	in.Fresh = nil
	if got := keys(c.Compose("2026-11-24", noon, in)); len(got) != 1 {
		t.Errorf("a day without new articles: got %v, want one of the backlog", got)
	}
	in.Waiting = 3 * 365
	if got := keys(c.Compose("2026-11-24", noon, in)); len(got) != 3 {
		t.Errorf("a backlog of 3 × 365: got %v, want three", got)
	}
}

// TestCompose_ArticlesWithoutTextComeLast checks that they are chosen last, and come last in the edition.
func TestCompose_ArticlesWithoutTextComeLast(t *testing.T) {
	bare := func(c broadsheet.Candidate) broadsheet.Candidate {
		c.Bare, c.Score = true, 50
		return c
	}
	c := newTestComposer(4, broadsheet.EditionRules{Size: 3, PerSource: 1})
	in := Input{
		Fresh:   []broadsheet.Candidate{bare(candidate(0, "bare-news", 1)), candidate(1, "news", 2), candidate(0, "news-of-the-same", 3)},
		Backlog: []broadsheet.Candidate{bare(candidate(2, "bare-old", 900)), candidate(3, "old", 800)},
		Waiting: 5,
	}
	if got := keys(c.Compose("2026-11-24", noon, in)); len(got) != 3 || slices.Contains(got, "bare-news") || slices.Contains(got, "bare-old") || got[2] != "old" {
		t.Errorf("got %v, want the articles with a text", got)
	}
	in.Fresh, in.Backlog, in.Editions = in.Fresh[:2], in.Backlog[:1], 10
	if got := keys(c.Compose("2026-11-24", noon, in)); !slices.Equal(got, []string{"news", "bare-news"}) {
		t.Errorf("got %v, want the article without a text, last, since there is no other", got)
	}
}

func TestCompose_OldPostsOfNewSourceAreBacklog(t *testing.T) {
	c := newTestComposer(2, broadsheet.EditionRules{Size: 5, PerSource: 5})
	undated := candidate(1, "undated", 0)
	undated.Dated, undated.Inherited = false, true
	inherited := candidate(1, "recent", 2)
	inherited.Inherited = true
	e := c.Compose("2026-11-24", noon, Input{
		Fresh:    []broadsheet.Candidate{candidate(1, "years-old", 700), undated, inherited, candidate(0, "late", 5)},
		Editions: 1, Waiting: 4,
	})
	var news []string
	for _, p := range e.Picks {
		if !p.Backlog {
			news = append(news, p.Key)
		}
	}
	if !slices.Equal(news, []string{"recent", "late"}) {
		t.Errorf("new: %v; old or undated posts of a source fetched for the first time are backlog, a late post is new", news)
	}
}

func TestCompose_LimitsPicksPerSource(t *testing.T) {
	c := newTestComposer(3, broadsheet.EditionRules{Size: 6, PerSource: 2})
	var fresh []broadsheet.Candidate
	for i := range 30 {
		fresh = append(fresh, candidate(0, fmt.Sprintf("flood-%02d", i), 0))
	}
	fresh = append(fresh, candidate(1, "quiet-one", 3))
	e := c.Compose("2026-11-24", noon, Input{Fresh: fresh, Editions: 1})
	if len(e.Picks) != 3 {
		t.Fatalf("picks = %v, want two of s0 and the one of s1", keys(e))
	}
	if e.Picks[1].Key != "quiet-one" {
		t.Errorf("picks = %v, want the second article of a source after the first of another", keys(e))
	}
	if len(e.More) != 1 || e.More[0].SourceName != "s0" || e.More[0].Total != 28 || len(e.More[0].Articles) != broadsheet.MaxOverflowArticles {
		t.Errorf("More = %+v, want the rest of s0", e.More)
	}
}

func TestCompose_VariesTopics(t *testing.T) {
	c := newTestComposer(4, broadsheet.EditionRules{Size: 4, PerSource: 1})
	best, second, other, far := candidate(0, "best", 1), candidate(1, "second", 1), candidate(2, "other", 1), candidate(3, "far", 1)
	best.Score, second.Score, other.Score, far.Score = 5, 4.5, 4, 3
	best.Topic, second.Topic, other.Topic = "queues", "queues", "caches"
	e := c.Compose("2026-11-24", noon, Input{Fresh: []broadsheet.Candidate{second, far, other, best}, Editions: 1})
	if got := keys(e); !slices.Equal(got, []string{"best", "other", "second", "far"}) {
		t.Errorf("picks = %v", got)
	}
}

func TestCompose_IsDeterministic(t *testing.T) {
	c := newTestComposer(20, broadsheet.EditionRules{Size: 8, PerSource: 1})
	var fresh, old []broadsheet.Candidate
	for i := range 60 {
		fresh = append(fresh, candidate(i%20, fmt.Sprintf("n%d", i), i%10))
		old = append(old, candidate(i%20, fmt.Sprintf("o%d", i), 100))
	}
	want := c.Compose("2026-11-24", noon, Input{Fresh: fresh, Backlog: old, Waiting: 5000, Editions: 3})
	for range 20 {
		rand.Shuffle(len(fresh), func(i, j int) { fresh[i], fresh[j] = fresh[j], fresh[i] })
		rand.Shuffle(len(old), func(i, j int) { old[i], old[j] = old[j], old[i] })
		if got := c.Compose("2026-11-24", noon, Input{Fresh: fresh, Backlog: old, Waiting: 5000, Editions: 3}); !reflect.DeepEqual(got, want) {
			t.Fatalf("the order of the candidates changes the edition:\n%v\n%v", keys(got), keys(want))
		}
	}
}

// TestCompose_YearOfEditions checks on each day of a year with few new articles that the edition is not empty and
// repeats no article, and that the backlog lasts.
func TestCompose_YearOfEditions(t *testing.T) {
	c := newTestComposer(30, broadsheet.EditionRules{Size: 6, PerSource: 1})
	waiting := map[string]broadsheet.Candidate{}
	for i := range 500 {
		a := candidate(i%30, fmt.Sprintf("archive-%d", i), 1000+i)
		waiting[a.Key] = a
	}
	shown, lastShown := map[string]bool{}, map[string]broadsheet.Day{}
	for n := range 365 {
		at := noon.AddDate(0, 0, n)
		day := broadsheet.Day(at.Format(broadsheet.DayFormat))
		var in Input
		if n%9 == 0 {
			fresh := broadsheet.Candidate{Key: "news-" + string(day), Source: fmt.Sprintf("https://s%d.example/feed", n%30), Published: at, Dated: true}
			in.Fresh, waiting[fresh.Key] = []broadsheet.Candidate{fresh}, fresh
		}
		for _, a := range waiting {
			in.Backlog = append(in.Backlog, a)
		}
		in.Waiting, in.Editions, in.LastShown = len(waiting), n, lastShown
		e := c.Compose(day, at, in)
		if len(e.Picks) == 0 {
			t.Fatalf("%s is empty though %d articles are waiting", day, len(waiting))
		}
		sources := map[string]bool{}
		for _, p := range e.Picks {
			if shown[p.Key] {
				t.Fatalf("%s: %s is shown again", day, p.Key)
			}
			if sources[p.Source] {
				t.Fatalf("%s: two articles of %s", day, p.Source)
			}
			shown[p.Key], sources[p.Source] = true, true
			lastShown[p.Source] = day
			delete(waiting, p.Key)
		}
	}
	if len(waiting) == 0 {
		t.Error("the backlog did not last the year")
	}
}

func TestSetSourceNames(t *testing.T) {
	c, err := config.Parse("feeds.yaml", []byte(`sources:
  - https://a.example/feed
  - https://b.example/feed
  - https://c.example/feed
  - feed: https://d.example/feed
    name: Dee
`))
	if err != nil {
		t.Fatal(err)
	}
	composer := NewComposer(c)
	composer.SetSourceNames(map[string]string{
		"https://a.example/feed": "The A Team", "https://b.example/feed": "Blog", "https://c.example/feed": "Blog",
		"https://d.example/feed": "All that D ever thought of",
	})
	var names []string
	for _, s := range composer.Config.Sources {
		names = append(names, s.Name)
	}
	if want := []string{"The A Team", "b.example", "c.example", "Dee"}; !slices.Equal(names, want) {
		t.Errorf("names = %q, want %q", names, want)
	}
	if s, _ := composer.Source("https://a.example/feed"); s.Name != "The A Team" {
		t.Errorf("Source has the name %q", s.Name)
	}
}

// BenchmarkCompose composes an edition from as many candidates as a run reads from the store.
func BenchmarkCompose(b *testing.B) {
	c := newTestComposer(200, broadsheet.EditionRules{Size: 12, PerSource: 1})
	var in Input
	for i := range 400 {
		in.Fresh = append(in.Fresh, candidate(i%200, fmt.Sprint("news-", i), i%5))
	}
	for i := range 1000 {
		in.Backlog = append(in.Backlog, candidate(i%200, fmt.Sprint("archive-", i), 300+i))
	}
	in.Waiting = 140_000
	for b.Loop() {
		if e := c.Compose("2026-11-24", noon, in); len(e.Picks) != 12 {
			b.Fatal(len(e.Picks))
		}
	}
}
