package schedule

import (
	"testing"
	"time"

	"broadsheet"
)

func TestWake(t *testing.T) {
	last := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	in := func(d time.Duration) time.Time { return last.Add(d) }
	feed := func(name string) broadsheet.Source {
		return broadsheet.Source{Kind: broadsheet.KindFeed, Name: name, URL: "https://" + name + ".example/"}
	}
	a, b := feed("a"), feed("b")
	list := broadsheet.Source{Kind: broadsheet.KindList, Name: "picked"}
	file := broadsheet.Source{Kind: broadsheet.KindFile, Name: "tickets", Path: "feed.xml"}
	fetched := func(next time.Duration) broadsheet.Visit { return broadsheet.Visit{At: last, Next: in(next)} }
	for name, c := range map[string]struct {
		sources []broadsheet.Source
		visits  map[string]broadsheet.Visit
		edition time.Time
		want    time.Duration
		why     string
	}{
		"the first source that is due":               {[]broadsheet.Source{a, b}, map[string]broadsheet.Visit{a.ID(): fetched(50 * time.Minute), b.ID(): fetched(20 * time.Minute)}, in(20 * time.Hour), 20 * time.Minute, "b is due"},
		"not too soon after the last run":            {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): fetched(time.Second)}, in(20 * time.Hour), 5 * time.Minute, "a is due"},
		"the edition is composed to the minute":      {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): fetched(time.Hour)}, in(time.Minute), time.Minute, "the edition is due"},
		"an edition in the past is ignored":          {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): fetched(30 * time.Minute)}, in(0), 30 * time.Minute, "a is due"},
		"the edition at the same time as a source":   {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): fetched(30 * time.Minute)}, in(30 * time.Minute), 30 * time.Minute, "the edition is due"},
		"a list is not fetched again":                {[]broadsheet.Source{list}, map[string]broadsheet.Visit{list.ID(): fetched(0)}, in(20 * time.Hour), time.Hour, "an hour has passed"},
		"a new list is read":                         {[]broadsheet.Source{list}, nil, in(20 * time.Hour), 5 * time.Minute, "picked is due"},
		"a file is looked at now and then":           {[]broadsheet.Source{file}, map[string]broadsheet.Visit{file.ID(): fetched(0)}, in(20 * time.Hour), 15 * time.Minute, "tickets is due"},
		"a source that is gone is not fetched again": {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): {At: last, Gone: true}}, in(20 * time.Hour), time.Hour, "an hour has passed"},
		"nothing is due for days":                    {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): fetched(72 * time.Hour)}, in(20 * time.Hour), time.Hour, "an hour has passed"},
		"a visit to a source that was removed":       {nil, map[string]broadsheet.Visit{a.ID(): fetched(time.Minute)}, time.Time{}, time.Hour, "an hour has passed"},
	} {
		at, why := NextWake(last, c.sources, c.visits, c.edition)
		if !at.Equal(in(c.want)) || why != c.why {
			t.Errorf("%s: %s (%s), want %s (%s)", name, at.Sub(last), why, c.want, c.why)
		}
	}
}
