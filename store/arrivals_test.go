package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"broadsheet"
)

// TestRecord_Arrivals checks what the store knows of a source's rhythm when it plans the next visit.
func TestRecord_Arrivals(t *testing.T) {
	s := open(t, dbPath(t))
	var got, want []time.Time
	var since, planned time.Time
	calls := 0
	s.NextVisit = func(_ broadsheet.Source, v broadsheet.Visit, arrivals []time.Time, first, due time.Time) (time.Time, string) {
		got, since, planned = arrivals, first, due
		calls++
		return v.At.Add(5 * time.Hour), "as planned"
	}
	item := func(name string, published time.Time) broadsheet.FeedItem {
		i := feedItem(name, "https://blog.example.com/"+name, "Title of "+name)
		i.Published = published
		return i
	}
	check := func(what string) {
		t.Helper()
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	old := monday.Add(-9 * day)
	record(t, s, monday, blog, item("dated", old), item("undated", time.Time{}))
	want = []time.Time{old}
	check("first visit: what had no date did not come")
	if !since.Equal(monday) {
		t.Errorf("since %s", since)
	}
	if visits, err := s.Visits(ctx); err != nil || !visits[blog.ID()].Next.Equal(monday.Add(5*time.Hour)) || visits[blog.ID()].Reason != "as planned" {
		t.Errorf("stored: %+v, %v", visits[blog.ID()], err)
	}

	later := monday.Add(6 * time.Hour)
	record(t, s, later, blog, item("a", time.Time{}), item("b", time.Time{}), item("c", monday.Add(time.Hour)), item("late", old.Add(day)))
	want = []time.Time{old, old.Add(day), monday.Add(time.Hour), later}
	check("second visit: those without a date came once, when they were seen")
	if !since.Equal(monday) || !planned.Equal(monday.Add(5*time.Hour)) {
		t.Errorf("since %s, planned %s", since, planned)
	}
	record(t, s, later.Add(day), blog, item("a", time.Time{}))
	check("nothing new")

	for _, a := range []VisitResult{
		{Source: blog, Visit: broadsheet.Visit{At: later, Failures: 1, Next: later}},
		{Source: blog, Visit: broadsheet.Visit{At: later, Next: later}, RateLimited: true},
		{Source: blog, Visit: broadsheet.Visit{At: later, Gone: true}},
	} {
		before := calls
		if _, err := s.Record(ctx, later.Add(2*day), a); err != nil || calls != before {
			t.Errorf("%+v is planned: %v", a.Visit, err)
		}
	}

	var many []broadsheet.FeedItem
	for i := range 30 {
		many = append(many, item(fmt.Sprint("m", i), later.Add(day+time.Duration(i)*time.Minute)))
	}
	record(t, s, later.Add(3*day), blog, many...)
	if len(got) != 20 || !got[19].Equal(many[29].Published) || !got[0].Equal(many[10].Published) {
		t.Errorf("only the latest are kept: %v", got)
	}
}

// TestMigrateFromVersion1_Arrivals: the rhythm of a source that an earlier version asked is known at once.
func TestMigrateFromVersion1_Arrivals(t *testing.T) {
	path := dbPath(t)
	createVersion1(t, path)
	article := func(id, source, published, dated, seen, inherited int) string {
		return fmt.Sprintf("INSERT INTO article(id, key, link, source, title, published, dated, updated, seen, inherited, language, image, excerpt, origin, words, whole, story, need)"+
			" VALUES(%d, 'k%d', 'https://blog.example.com/%d', %d, 'Title', %d, %d, 0, %d, %d, '', '', '', '', 0, 0, %d, 0);", id, id, id, source, published, dated, seen, inherited, id)
	}
	query := "INSERT INTO source(id, address, name, kind, heading, listed, added, first) VALUES(1, '" + blog.URL + "', 'Blog', 'feed', '', 1, 1, 1764000000), (2, 'https://b.example/', 'B', 'feed', '', 1, 1, 1764000000);" +
		article(1, 1, 1763000000, 1, 1764000000, 1) + article(2, 1, 1764000000, 0, 1764000000, 1) + article(3, 1, 1764500000, 0, 1764500000, 0)
	for i := range 30 {
		query += article(10+i, 2, 1763000000+1000*i, 1, 1764000000, 1)
	}
	execSQL(t, path, query)
	s := open(t, path)
	for source, want := range map[string]string{
		blog.URL:             "[1763000000,1764500000]",
		"https://b.example/": "20 of [1763010000,1763011000",
	} {
		var list string
		var n int
		if err := s.rows(ctx, collect(&[]struct{}{}, func(*struct{}) []any { return []any{&list, &n} }),
			"SELECT arrivals, json_array_length(arrivals) FROM source WHERE address = ?", source); err != nil {
			t.Fatal(err)
		}
		if n == 20 {
			list = fmt.Sprint("20 of ", list)
		}
		if list[:min(len(list), len(want))] != want {
			t.Errorf("%s: %s, want %s", source, list, want)
		}
	}
}
