package store

import (
	"errors"
	"os"
	"testing"
	"time"

	"broadsheet"
)

func TestEdition_NeverChanges(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, manyItems(4)...)
	e := publish(t, s, "2026-11-23")
	e.More = []broadsheet.SourceOverflow{{SourceName: "Blog", Articles: []broadsheet.SourceLink{{Link: "https://x.example/"}}}}
	if err := s.SaveEdition(ctx, e); !errors.Is(err, ErrPublished) {
		t.Errorf("saved twice: %v", err)
	}
	changed := manyItems(4)
	for i := range changed {
		changed[i].Title, changed[i].Published = "Another title", monday.AddDate(-1, 0, 0)
	}
	record(t, s, monday.Add(day), blog, changed...)
	got, err := s.Edition(ctx, "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got.Picks {
		if was := e.Picks[i]; p.Title != was.Title || !p.Published.Equal(was.Published) || p.ID() != was.ID() {
			t.Errorf("pick %d became %+v", i, p.Article)
		}
	}
	for _, a := range storedByKey(t, s) {
		if !a.Published.Equal(monday.Add(-time.Hour)) {
			t.Errorf("a date was rewritten after it was shown: %s", a.Published)
		}
	}
	again := broadsheet.Edition{Day: "2026-11-24", At: monday.Add(day), Picks: e.Picks[:1]}
	if err := s.SaveEdition(ctx, again); err == nil {
		t.Error("an article was shown twice")
	}
	if days, err := s.Days(ctx); err != nil || len(days) != 1 || days[0] != (DayCount{"2026-11-23", 1, 4}) {
		t.Errorf("days %v, %v", days, err)
	}
	if _, err := s.Edition(ctx, "2026-11-24"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a day without one: %v", err)
	}
}

func TestRebuild_FromPublishedEditions(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, manyItems(6)...)
	e := publish(t, s, "2026-11-23")
	lost := open(t, dbPath(t))
	if err := lost.SaveEdition(ctx, e); err != nil {
		t.Fatal(err)
	}
	if out := record(t, lost, monday.Add(day), blog, manyItems(8)...); out.New != 2 {
		t.Errorf("%+v", out)
	}
	got, err := lost.Edition(ctx, "2026-11-23")
	if err != nil || len(got.Picks) != 6 || got.Picks[0].ID() != e.Picks[0].ID() {
		t.Errorf("%v, %v", got, err)
	}
	if left := backlog(t, lost); len(left) != 2 {
		t.Errorf("waits: %v", titles(left))
	}
}

// After a power loss that follows SaveEdition, the worst that can be left is the file without its log.
func TestSaveEdition_SurvivesLossOfTheLog(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	record(t, s, monday, blog, manyItems(5)...)
	publish(t, s, "2026-11-23")
	to := copyFiles(t, path)
	os.Remove(to + "-wal")
	after := open(t, to)
	if e, err := after.Edition(ctx, "2026-11-23"); err != nil || len(e.Picks) != 5 {
		t.Errorf("%v, %v", e, err)
	}
	if left := backlog(t, after); len(left) != 0 {
		t.Errorf("shown, and waits: %v", left)
	}
}

// TestSaveEdition_NumbersFollowDays saves editions under a clock that is ahead, and then one of an earlier day.
func TestSaveEdition_NumbersFollowDays(t *testing.T) {
	s := open(t, dbPath(t))
	save := func(day broadsheet.Day, number int, cut time.Time) {
		if err := s.SaveEdition(ctx, broadsheet.Edition{Day: day, Number: number, At: cut, Picks: []broadsheet.Pick{{Article: broadsheet.Article{Key: "x.example/" + string(day)}}}}); err != nil {
			t.Fatal(err)
		}
	}
	save("2026-11-24", 1, monday)
	save("2026-12-05", 2, monday.Add(11*day))
	save("2026-12-06", 3, monday.Add(12*day))
	save("2026-11-25", 2, monday.Add(day))
	for i, d := range mustValue[[]DayCount](t)(s.Days(ctx)) {
		if d.Number != i+1 {
			t.Errorf("the edition of %s is number %d, want %d", d.Day, d.Number, i+1)
		}
	}
}
