package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// datedTitle returns an item of a feed that has titles and dates only.
func datedTitle(id int, title string, at time.Time) broadsheet.FeedItem {
	return broadsheet.FeedItem{GUID: fmt.Sprint("tag:", id), Link: fmt.Sprintf("https://blog.example.com/%d", id), Title: title, Published: at}
}

// document returns items with titles, with ids from base on and the date at(i).
func document(base int, at func(i int) time.Time, titles ...string) []broadsheet.FeedItem {
	var items []broadsheet.FeedItem
	for i, title := range titles {
		items = append(items, datedTitle(base+i, title, at(i)))
	}
	return items
}

var (
	distinctTitles = []string{"How a queue keeps its order", "A cache that forgets in time", "Moving a city of data", "What clocks do not tell", "Locks for people in a hurry", "Why the night shift sleeps"}
	noDate         = func(int) time.Time { return time.Time{} }
	hourly         = func(i int) time.Time { return monday.Add(-time.Duration(i+1) * time.Hour) }
	today          = func(int) time.Time { return monday.Add(day) }
)

func TestReissue_NewIDsAndLinksShowNothingTwice(t *testing.T) {
	series := []string{"Queues at home, part 1", "Queues at home, part 2", "Queues at home, part 3", "Queues at home, part 4"}
	generic := []string{"How a queue keeps its order", "Links", "A cache that forgets in time", "Weekly update", "Moving a city of data", "Links"}
	for name, c := range map[string]struct {
		before, after []broadsheet.FeedItem
		fresh         int
	}{
		"titles alone":                {document(1, noDate, distinctTitles...), document(100, noDate, distinctTitles...), 0},
		"titles and dates":            {document(1, hourly, distinctTitles...), document(100, hourly, distinctTitles...), 0},
		"dated anew":                  {document(1, hourly, distinctTitles...), document(100, today, distinctTitles...), 0},
		"dates taken away":            {document(1, hourly, distinctTitles...), document(100, noDate, distinctTitles...), 0},
		"one that is new, first":      {document(1, hourly, distinctTitles...), append([]broadsheet.FeedItem{datedTitle(99, "News of today's doings", monday)}, document(100, hourly, distinctTitles...)...), 1},
		"the older ones left out":     {document(1, hourly, distinctTitles...), document(100, hourly, distinctTitles[:4]...), 0},
		"a series":                    {document(1, hourly, series...), document(100, hourly, series...), 0},
		"with generic titles among":   {document(1, noDate, generic...), document(100, noDate, generic...), 0},
		"a single one, with its date": {document(1, hourly, distinctTitles[0]), document(100, hourly, distinctTitles[0]), 0},
		"cased and spaced otherwise":  {document(1, noDate, distinctTitles...), document(100, noDate, strings.ToUpper(distinctTitles[0]), distinctTitles[1]+" ", distinctTitles[2], distinctTitles[3], distinctTitles[4]), 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dbPath(t))
			record(t, s, monday, blog, c.before...)
			publish(t, s, "2026-11-23")
			out := record(t, s, monday.Add(day), blog, c.after...)
			if out.New != c.fresh || out.Reissued != len(c.after)-c.fresh {
				t.Errorf("%+v", out)
			}
			if left := backlog(t, s); len(left) != c.fresh {
				t.Errorf("waits again: %v", left)
			}
			for i := range 3 { // and nothing is new or reissued any more
				if out := record(t, s, monday.Add(time.Duration(i+2)*day), blog, c.after...); out.New != 0 || out.Reissued != 0 {
					t.Errorf("reported again: %+v", out)
				}
			}
		})
	}
}

func TestReissue_NewWorksUnderOldTitles(t *testing.T) {
	week := []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.com/feed", Name: "Other"}
	for name, c := range map[string]struct {
		before, after []broadsheet.FeedItem
		src           broadsheet.Source
		fresh         int
	}{
		"the days of another week":            {document(1, hourly, week...), document(100, func(i int) time.Time { return monday.Add(time.Duration(i) * time.Hour) }, week...), blog, 5},
		"one more update":                     {document(1, hourly, "Weekly update"), document(2, today, "Weekly update"), blog, 1},
		"one more, beside the last":           {document(1, hourly, distinctTitles[0]), append(document(2, today, distinctTitles[0]), document(1, hourly, distinctTitles[0])...), blog, 1},
		"the next parts of a series":          {document(1, hourly, "Queues, part 1", "Queues, part 2", "Queues, part 3"), document(10, hourly, "Queues, part 4", "Queues, part 5", "Queues, part 6"), blog, 3},
		"another source with the same titles": {document(1, hourly, distinctTitles...), document(100, hourly, distinctTitles...), other, 6},
		"all of them, beside the last":        {document(1, hourly, distinctTitles...), append(document(100, noDate, distinctTitles...), document(1, hourly, distinctTitles...)...), blog, 6},
		"a title taken up again":              {document(1, hourly, distinctTitles[0]), document(100, today, distinctTitles[0]), blog, 1},
		"two works under one title":           {document(1, noDate, distinctTitles[0]), document(100, noDate, distinctTitles[0], distinctTitles[0]), blog, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dbPath(t))
			record(t, s, monday, blog, c.before...)
			record(t, s, monday, other, datedTitle(900, "Something else to begin with", monday))
			if out := record(t, s, monday.Add(day), c.src, c.after...); out.New != c.fresh {
				t.Errorf("%+v", out)
			}
		})
	}
}

// A yearly series has the same titles each year; those of last year are no longer in the feed.
func TestReissue_YearlySeriesIsNewEachYear(t *testing.T) {
	s := open(t, dbPath(t))
	var titles []string
	for i := range 10 {
		titles = append(titles, fmt.Sprintf("Behind door number %d", i+1))
	}
	record(t, s, monday, blog, document(1, hourly, titles...)...)
	record(t, s, monday.Add(30*day), blog, document(50, noDate, distinctTitles...)...)
	out := record(t, s, monday.Add(365*day), blog, document(100, func(int) time.Time { return monday.Add(365 * day) }, titles...)...)
	if out.New != 10 {
		t.Errorf("%+v", out)
	}
}

// A visit without items (304, the same body) changes the time of the visit, but that of no stored item.
func TestReissue_AfterVisitsWithoutItems(t *testing.T) {
	later := func(days int) func(int) time.Time {
		return func(int) time.Time { return monday.AddDate(0, 0, days) }
	}
	for _, quiet := range []int{0, 1, 2, 3, 6, 30, 400} {
		for name, c := range map[string]struct {
			before, between, after []broadsheet.FeedItem
			fresh                  int
		}{
			"titles alone":                {document(1, noDate, distinctTitles...), nil, document(100, noDate, distinctTitles...), 0},
			"titles and dates":            {document(1, hourly, distinctTitles...), nil, document(100, hourly, distinctTitles...), 0},
			"dated anew":                  {document(1, hourly, distinctTitles...), nil, document(100, later(quiet), distinctTitles...), 0},
			"one that is new":             {document(1, hourly, distinctTitles...), nil, append(document(99, later(quiet), "News of today's doings"), document(100, hourly, distinctTitles...)...), 1},
			"an empty feed before":        {document(1, noDate, distinctTitles...), []broadsheet.FeedItem{}, document(100, noDate, distinctTitles...), 0},
			"a notice before":             {document(1, noDate, distinctTitles...), document(50, noDate, "We are moving to a new house"), document(100, noDate, distinctTitles...), 0},
			"cut off before":              {document(1, noDate, distinctTitles...), document(1, noDate, distinctTitles[:2]...), document(100, noDate, distinctTitles...), 0},
			"a single one, with its date": {document(1, hourly, distinctTitles[0]), document(50, noDate, distinctTitles[1:]...), document(100, hourly, distinctTitles[0]), 0},
		} {
			t.Run(fmt.Sprintf("%s, %d days", name, quiet), func(t *testing.T) {
				s := open(t, dbPath(t))
				record(t, s, monday, blog, c.before...)
				publish(t, s, "2026-11-23")
				now := monday
				for range quiet {
					now = now.Add(day)
					record(t, s, now, blog)
				}
				if c.between != nil {
					for range 4 {
						now = now.Add(day)
						record(t, s, now, blog, c.between...)
					}
				}
				seen := len(storedByKey(t, s))
				if out := record(t, s, now.Add(day), blog, c.after...); out.New != c.fresh || out.Reissued != len(c.after)-c.fresh {
					t.Errorf("%+v", out)
				}
				if n := len(storedByKey(t, s)); n != seen+c.fresh {
					t.Errorf("%d articles, there were %d", n, seen)
				}
			})
		}
	}
}

// A weekly series with the same titles consists of new works, even if the week before last left the feed since the last
// visit with items.
func TestReissue_RecurringTitlesAfterVisitsWithoutItems(t *testing.T) {
	weekly := []string{"What we read about databases", "What we read about networks", "What we read about compilers"}
	week := func(n int) []broadsheet.FeedItem {
		return document(10*n, func(i int) time.Time { return monday.AddDate(0, 0, 7*n).Add(time.Duration(-i) * time.Hour) }, weekly...)
	}
	s := open(t, dbPath(t))
	record(t, s, monday.Add(day), blog, append(week(0), week(-1)...)...)
	for n := 1; n < 4; n++ {
		now := monday.AddDate(0, 0, 7*n+1)
		if out := record(t, s, now, blog, append(week(n), week(n-1)...)...); out.New != 3 {
			t.Errorf("week %d: %+v", n, out)
		}
		for i := range 6 {
			record(t, s, now.AddDate(0, 0, i+1), blog)
		}
	}
}

func TestReissue_NewIDsAtEveryVisitAddNoRows(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, document(1, hourly, distinctTitles...)...)
	for i := range 40 {
		if out := record(t, s, monday.Add(time.Duration(i+1)*day), blog, document(100*(i+1), hourly, distinctTitles...)...); out.New != 0 {
			t.Fatalf("visit %d: %+v", i, out)
		}
	}
	var n int
	if err := s.readers.QueryRow("SELECT count(*) FROM sighting").Scan(&n); err != nil || n > maxItemsPerArticle*len(distinctTitles) {
		t.Errorf("%d sightings are kept, %v", n, err)
	}
}

func TestReissue_OfAReturningSource(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, document(1, noDate, distinctTitles...)...)
	publish(t, s, "2026-11-23")
	for i, listed := range [][]broadsheet.Source{{blog}, nil, {blog}} {
		if err := s.SetSources(ctx, monday.Add(time.Duration(i)*day), listed); err != nil {
			t.Fatal(err)
		}
	}
	if out := record(t, s, monday.Add(5*day), blog, document(100, noDate, distinctTitles...)...); out.New != 0 || out.Reissued != len(distinctTitles) {
		t.Errorf("%+v", out)
	}
}
