package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"broadsheet"
)

func TestLifecycleOfAnArticle(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	if err := s.SetSources(ctx, monday, []broadsheet.Source{blog}); err != nil {
		t.Fatal(err)
	}
	if out := record(t, s, monday, blog, feedItem("1", "https://blog.example.com/a", "How a queue keeps its order")); out.New != 1 {
		t.Fatalf("%+v", out)
	}
	visits, err := s.Visits(ctx)
	if err != nil || !reflect.DeepEqual(visits[blog.ID()], visitAt(monday)) {
		t.Fatalf("visit %+v, %v", visits[blog.ID()], err)
	}
	if n := scoreAll(t, s); n != 1 {
		t.Errorf("%d judged", n)
	}
	pending, err := s.PendingNew(ctx, monday, time.Time{}, time.Time{}, 10)
	if err != nil || len(pending) != 1 {
		t.Fatalf("pending %v, %v", pending, err)
	}
	page := broadsheet.Page{URL: "https://blog.example.com/a", Text: "The whole text.", Words: 900, Authors: []string{"Ann"}}
	if err := s.SetPages(ctx, monday, PageResult{Key: pending[0].Key, Page: page, Excerpt: "The whole.", Origin: broadsheet.OriginPage}); err != nil {
		t.Fatal(err)
	}
	if pending, _ := s.PendingNew(ctx, monday, time.Time{}, time.Time{}, 10); len(pending) != 0 {
		t.Errorf("pending again: %v", pending)
	}
	if n := scoreAll(t, s); n != 1 {
		t.Errorf("%d judged after its page was read", n)
	}
	fresh, err := s.Fresh(ctx, monday.Add(-day), monday.Add(-day), 10)
	if err != nil || len(fresh) != 1 {
		t.Fatalf("fresh %+v, %v", fresh, err)
	}
	if a := fullArticles(t, s, fresh)[0]; a.Excerpt != "The whole." || a.Words != 900 || a.Authors[0] != "Ann" || a.Text == "" {
		t.Fatalf("fresh %+v", a)
	}
	publish(t, s, "2026-11-23")
	if left := backlog(t, s); len(left) != 0 {
		t.Errorf("shown, and still waits: %v", left)
	}
	if err := s.SaveEdition(ctx, broadsheet.Edition{Day: "2026-11-23"}); !errors.Is(err, ErrPublished) {
		t.Errorf("a second edition for the day: %v", err)
	}
	s.Close()

	s = open(t, path)
	e, err := s.Edition(ctx, "2026-11-23")
	if err != nil || len(e.Picks) != 1 || e.Picks[0].Excerpt != "The whole." {
		t.Fatalf("edition %+v, %v", e, err)
	}
	last, err := s.LastShown(ctx, "2026-11-01")
	if err != nil || last[blog.ID()] != "2026-11-23" {
		t.Errorf("last shown %v, %v", last, err)
	}
	d, err := s.ArticleDetail(ctx, "http://www.blog.example.com/a?utm_source=x")
	if err != nil || len(d.Items) != 1 || d.Shown != "2026-11-23" || d.Page != "read" || d.Final != page.URL {
		t.Errorf("article %+v, %v", d, err)
	}
}
