package schedule

import (
	"testing"
	"time"

	"broadsheet"
)

// TestWake holds when a program that runs all day does its next round.
func TestWake(t *testing.T) {
	last := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	in := func(d time.Duration) time.Time { return last.Add(d) }
	feed := func(name string) broadsheet.Source {
		return broadsheet.Source{Kind: broadsheet.KindFeed, Name: name, URL: "https://" + name + ".example/"}
	}
	a, b := feed("a"), feed("b")
	list := broadsheet.Source{Kind: broadsheet.KindList, Name: "picked"}
	asked := func(next time.Duration) broadsheet.Visit { return broadsheet.Visit{At: last, Next: in(next)} }
	for name, c := range map[string]struct {
		sources []broadsheet.Source
		visits  map[string]broadsheet.Visit
		edition time.Time
		want    time.Duration
		why     string
	}{
		"the first that is due":                {[]broadsheet.Source{a, b}, map[string]broadsheet.Visit{a.ID(): asked(50 * time.Minute), b.ID(): asked(20 * time.Minute)}, in(20 * time.Hour), 20 * time.Minute, "b is due"},
		"not too soon after the last":          {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): asked(time.Second)}, in(20 * time.Hour), 5 * time.Minute, "a is due"},
		"the edition is cut to the minute":     {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): asked(time.Hour)}, in(time.Minute), time.Minute, "the edition is due"},
		"an edition that is past is past":      {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): asked(30 * time.Minute)}, in(0), 30 * time.Minute, "a is due"},
		"the edition with a source":            {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): asked(30 * time.Minute)}, in(30 * time.Minute), 30 * time.Minute, "the edition is due"},
		"a list is not asked again":            {[]broadsheet.Source{list}, map[string]broadsheet.Visit{list.ID(): asked(0)}, in(20 * time.Hour), time.Hour, "an hour has passed"},
		"a list that is new is":                {[]broadsheet.Source{list}, nil, in(20 * time.Hour), 5 * time.Minute, "picked is due"},
		"what is gone is not asked again":      {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): {At: last, Gone: true}}, in(20 * time.Hour), time.Hour, "an hour has passed"},
		"nothing is due for days":              {[]broadsheet.Source{a}, map[string]broadsheet.Visit{a.ID(): asked(72 * time.Hour)}, in(20 * time.Hour), time.Hour, "an hour has passed"},
		"a visit of one taken out of the file": {nil, map[string]broadsheet.Visit{a.ID(): asked(time.Minute)}, time.Time{}, time.Hour, "an hour has passed"},
	} {
		at, why := Wake(last, c.sources, c.visits, c.edition)
		if !at.Equal(in(c.want)) || why != c.why {
			t.Errorf("%s: %s (%s), want %s (%s)", name, at.Sub(last), why, c.want, c.why)
		}
	}
}
