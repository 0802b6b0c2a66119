package store

import (
	"errors"
	"os"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// mustValue returns a function that returns v, and fails the test if err is not nil.
func mustValue[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// isInBacklog reports whether an article may still be shown.
func isInBacklog(t *testing.T, s *Store, address string) bool {
	t.Helper()
	for _, a := range backlog(t, s) {
		if a.Key == link.Key(address) {
			return true
		}
	}
	return false
}

const (
	workLink  = "https://blog.example.com/queue"
	copyLink  = "https://copies.example.org/some-queue"
	queueName = "How a queue of letters keeps its order in the dark of the night"
)

var copies = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://copies.example.org/feed", Name: "Copies"}

func TestWithdrawArticle_CopiesStayWithdrawn(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, feedItem("1", workLink, queueName), feedItem("2", "https://blog.example.com/other", "Quite another matter of logs and of locks"))
	if !isInBacklog(t, s, workLink) {
		t.Fatal("it does not wait")
	}
	if done := mustValue[WithdrawResult](t)(s.WithdrawArticle(ctx, monday, workLink+"?utm_source=x")); done.Articles != 1 || done.Unchanged {
		t.Errorf("%+v", done)
	}
	items := feedItem("9", copyLink, queueName)
	record(t, s, monday.Add(day), copies, items)
	d := mustValue[ArticleDetail](t)(s.ArticleDetail(ctx, copyLink))
	if len(d.Story) != 1 {
		t.Fatalf("the copy is not of the story: %+v", d)
	}
	if isInBacklog(t, s, workLink) || isInBacklog(t, s, copyLink) || len(d.Withdrawn) != 1 {
		t.Errorf("it waits again: %+v", d.Withdrawn)
	}
	if !isInBacklog(t, s, "https://blog.example.com/other") {
		t.Error("another article is excluded")
	}
	mustValue[WithdrawResult](t)(s.RestoreArticle(ctx, monday.Add(2*day), copyLink)) // any address of the story will do
	if !isInBacklog(t, s, workLink) && !isInBacklog(t, s, copyLink) {
		t.Error("it does not come back when that is undone")
	}
}

func TestWithdrawSource_OtherSourcesStoryStays(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, feedItem("1", workLink, queueName))
	record(t, s, monday.Add(time.Hour), copies, feedItem("9", copyLink, queueName), feedItem("10", "https://copies.example.org/own", "What the copies wrote by themselves of locks"))
	if also := mustValue[[]broadsheet.SourceLink](t)(s.OtherLinks(ctx, link.Key(workLink))); len(also) != 1 {
		t.Fatalf("the copy is not of the story: %v", also)
	}
	if done := mustValue[WithdrawResult](t)(s.WithdrawSource(ctx, monday, copies.ID())); done.Articles != 2 {
		t.Errorf("%+v", done)
	}
	if !isInBacklog(t, s, workLink) || isInBacklog(t, s, "https://copies.example.org/own") {
		t.Error("the wrong articles are excluded")
	}
	if also := mustValue[[]broadsheet.SourceLink](t)(s.OtherLinks(ctx, link.Key(workLink))); len(also) != 0 {
		t.Errorf("the copy is still named: %v", also)
	}
	if _, err := s.WithdrawSource(ctx, monday, "https://nobody.example/feed"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

// TestWithdrawArticle_EditionKeepsPositionsAndID: a withdrawn article is removed from the links of an edition too, the
// other picks keep their positions, and the edition is still identified by its first pick.
func TestWithdrawArticle_EditionKeepsPositionsAndID(t *testing.T) {
	s := open(t, dbPath(t))
	links := []string{"https://blog.example.com/a", "https://blog.example.com/b", "https://blog.example.com/c"}
	record(t, s, monday, blog, feedItem("1", links[0], "A title of locks and keys"), feedItem("2", links[1], "B title of queues and rows"), feedItem("3", links[2], "C title of logs and wood"))
	e := broadsheet.Edition{Day: "2026-11-24", Number: 1, At: monday, More: []broadsheet.SourceOverflow{{SourceName: "Blog", Total: 1, Articles: []broadsheet.SourceLink{{Link: links[2]}}}}}
	for _, link := range links[:2] {
		e.Picks = append(e.Picks, broadsheet.Pick{Article: mustValue[ArticleDetail](t)(s.ArticleDetail(ctx, link)).Article})
	}
	if err := s.SaveEdition(ctx, e); err != nil {
		t.Fatal(err)
	}
	first := e.Picks[0].ID()
	mustValue[WithdrawResult](t)(s.WithdrawArticle(ctx, monday, links[0]))
	done := mustValue[WithdrawResult](t)(s.WithdrawArticle(ctx, monday, links[2]))
	if len(done.Days) != 1 || done.Shown != 0 {
		t.Errorf("the edition that names it is not known: %+v", done)
	}
	got := mustValue[broadsheet.Edition](t)(s.Edition(ctx, e.Day))
	if len(got.Picks) != 1 || got.Positions()[0] != 1 || got.FirstID() != first || len(got.More) != 0 {
		t.Errorf("%+v", got)
	}
	mustValue[WithdrawResult](t)(s.WithdrawArticle(ctx, monday, links[1]))
	out, hidden, err := s.Published(ctx, broadsheet.EditionRules{Location: time.UTC}, monday)
	if err != nil || len(out) != 0 || len(hidden) != 1 || !hidden[0].Withdrawn {
		t.Errorf("an edition without an article is out: %v %v %v", out, hidden, err)
	}
	if _, firstID, err := s.FirstEdition(ctx); err != nil || firstID != first {
		t.Errorf("the publication is known by %s, want %s (%v)", firstID, first, err)
	}
}

// TestWithdrawDay_InADatabaseOfVersion1 migrates a database that has an edition.
func TestWithdrawDay_InADatabaseOfVersion1(t *testing.T) {
	all := migrations
	path := dbPath(t)
	migrations = all[:1]
	func() {
		defer func() { migrations = all }()
		if err := buildFile(ctx, path); err != nil {
			t.Fatal(err)
		}
	}()
	db, err := connect(path, 1, commonPragmas)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"INSERT INTO source(id, address, name, kind, heading, listed, added) VALUES(1, 'https://blog.example.com/feed', 'Blog', 'feed', '', 1, 0)",
		`INSERT INTO article(id, key, link, source, title, published, dated, updated, seen, inherited, language, image, excerpt, origin, words, whole, story, need, wanted, shown)
			VALUES(1, 'blog.example.com/a', 'https://blog.example.com/a', 1, 'A', 0, 1, 0, 0, 0, '', '', '', '', 0, 0, 1, 0, 1, '2026-11-24')`,
		"INSERT INTO edition(day, number, at, sources, waiting, picks, more) VALUES('2026-11-24', 1, 0, 1, 0, 1, 'null')",
		`INSERT INTO pick VALUES('2026-11-24', 1, 1, '{"Key":"blog.example.com/a","Title":"A"}')`,
	} {
		if _, err := db.ExecContext(ctx, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO link(hash, article) VALUES(?, 1)", hash("blog.example.com/a")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if _, err := os.Stat(path + ".v1"); err != nil {
		t.Error(err)
	}
	first := broadsheet.Article{Key: "blog.example.com/a"}.ID()
	if done := mustValue[WithdrawResult](t)(s.WithdrawDay(ctx, monday, "2026-11-24")); done.Articles != 1 {
		t.Errorf("%+v", done)
	}
	if day, id, err := s.FirstEdition(ctx); err != nil || day != "2026-11-24" || id != first {
		t.Errorf("known by %s %s, %v", day, id, err)
	}
	if done := mustValue[WithdrawResult](t)(s.RestoreDay(ctx, monday, "2026-11-24")); done.Articles != 1 || done.Elsewhere != 0 {
		t.Errorf("%+v", done)
	}
	if e := mustValue[broadsheet.Edition](t)(s.Edition(ctx, "2026-11-24")); len(e.Picks) != 1 || e.FirstID() != first {
		t.Errorf("%+v", e)
	}
}
