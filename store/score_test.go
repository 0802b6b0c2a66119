package store

import (
	"testing"

	"broadsheet"
	"broadsheet/internal/rules"
)

func TestRecord_ScoresNewArticles(t *testing.T) {
	s := open(t, dbPath(t))
	if err := s.SetRules(ctx, "blog alone", func(a broadsheet.Article) rules.Verdict {
		return rules.Verdict{Score: 1, Wanted: a.Source == blog.ID() && a.Text != "" && a.Title != "", Topics: []string{"queues", "order"}}
	}); err != nil {
		t.Fatal(err)
	}
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.org/feed"}
	record(t, s, monday, blog, feedItem("1", "https://blog.example.com/a", "Wanted"))
	record(t, s, monday, other, feedItem("1", "https://other.example.org/a", "Not wanted"))
	found, err := s.Backlog(ctx, 9, 9)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Title != "Wanted" || found[0].Topic != "queues" || found[0].Score != 1 {
		t.Errorf("that waits: %+v", found)
	}
	if n, err := s.ScoreArticles(ctx, monday); n != 0 || err != nil {
		t.Errorf("%d were not judged, %v", n, err)
	}
}

func TestJudge_NewRulesScoreOnlyUnshownArticles(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, manyItems(1200)...) // several batches
	asked := 0
	judge := func(rules string, wanted bool) int {
		t.Helper()
		n, err := scoreBy(s, monday, rules, func(a broadsheet.Article) (float64, bool) {
			asked++
			if a.Text == "" {
				t.Error("judged without its text")
			}
			return 1, wanted
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := judge("one", true); n != 1200 || asked != 1200 {
		t.Errorf("%d judged, %d asked", n, asked)
	}
	if n := judge("one", true); n != 0 {
		t.Errorf("the same rules judged %d again", n)
	}
	if n := judge("two", false); n != 1200 {
		t.Errorf("new rules judged %d", n)
	}
	if n := judge("one", true); n != 1200 {
		t.Errorf("going back to old rules judged %d", n)
	}
	fresh, err := s.Fresh(ctx, monday.Add(-day), monday.Add(-day), 5)
	if err != nil || len(fresh) != 5 {
		t.Fatal(err)
	}
	if err := s.SaveEdition(ctx, broadsheet.Edition{Day: "2026-11-23", At: monday, Picks: []broadsheet.Pick{{Article: fullArticles(t, s, fresh)[0]}}}); err != nil {
		t.Fatal(err)
	}
	if n := judge("three", true); n != 1199 {
		t.Errorf("of 1199 that wait, new rules judged %d", n)
	}
}
