package schedule

import (
	"slices"
	"testing"
	"time"

	"broadsheet"
)

// arrivalsEvery returns n arrivals with a gap between them, the last of them at last.
func arrivalsEvery(n int, gap time.Duration, last time.Time) (arrivals []time.Time) {
	for i := range n {
		arrivals = append(arrivals, last.Add(-gap*time.Duration(n-1-i)))
	}
	return arrivals
}

func TestRhythmOf(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const hour, day = time.Hour, 24 * time.Hour
	years := now.AddDate(-3, 0, 0)
	feed := broadsheet.Source{Kind: broadsheet.KindFeed}
	for _, c := range []struct {
		name     string
		arrivals []time.Time
		since    time.Time
		entries  int
		text     string
		interval time.Duration
	}{
		{"just added, without dates", nil, now, 10, "its rhythm is not known yet", hour},
		{"added half a day ago, and nothing came", nil, now.Add(-12 * hour), 10, "its rhythm is not known yet", 4 * hour},
		{"added two days ago, and nothing came", nil, now.Add(-2 * day), 10, "its rhythm is not known yet", 8 * hour},
		{"added a week ago, and nothing came", nil, now.Add(-7 * day), 10, "nothing new in 7 days", day},
		{"added now, with the dates of a monthly blog", arrivalsEvery(8, 30*day, now.Add(-3*day)), now, 10, "writes about every 30 days", day},
		{"added now, with one date of years ago", []time.Time{years}, now, 1, "writes about every 3 years", day},
		{"hourly", arrivalsEvery(20, hour, now), years, 20, "writes about hourly", hour},
		{"every twenty minutes", arrivalsEvery(20, 20*time.Minute, now), years, 20, "writes about hourly", hour},
		{"every three hours", arrivalsEvery(20, 3*hour, now), years, 20, "writes about every 3 hours", 2 * hour},
		{"daily", arrivalsEvery(20, day, now), years, 20, "writes about daily", 8 * hour},
		{"weekly", arrivalsEvery(20, 7*day, now.Add(-3*day)), years, 20, "writes about every 7 days", day},
		{"quarterly", arrivalsEvery(8, 91*day, now), years, 20, "writes about every 3 months", day},
		{"weekly, and now four in a day", append(arrivalsEvery(16, 7*day, now.Add(-8*day)), arrivalsEvery(4, 2*hour, now)...), years, 20, "writes about every 2 days", day},
		{"weekly, and now five in a day", append(arrivalsEvery(15, 7*day, now.Add(-8*day)), arrivalsEvery(5, 2*hour, now)...), years, 20, "writes about every 2 hours", 2 * hour},
		{"the same, a week later", append(arrivalsEvery(15, 7*day, now.Add(-15*day)), arrivalsEvery(5, 2*hour, now.Add(-7*day))...), years, 20, "writes about every 2 days", 12 * hour},
		{"bursts that could run through its document unseen", append(arrivalsEvery(10, 10*time.Minute, now.Add(-70*day)), arrivalsEvery(2, 30*day, now)...), years, 5, "writes about every 6 days", 6 * hour},
		{"bursts, with room for them", append(arrivalsEvery(10, 10*time.Minute, now.Add(-70*day)), arrivalsEvery(2, 30*day, now)...), years, 20, "writes about every 6 days", day},
		{"fell silent", arrivalsEvery(20, hour, now.AddDate(-1, 0, 0)), years, 20, "writes about every 18 days", day},
		{"with some of a clock that was ahead", append(arrivalsEvery(8, 7*day, now), arrivalsEvery(5, hour, now.AddDate(10, 0, 0))...), years, 20, "writes about every 7 days", day},
	} {
		if !slices.IsSortedFunc(c.arrivals, time.Time.Compare) {
			t.Fatal(c.name)
		}
		r := RhythmOf(c.arrivals, c.since, now)
		if r.text() != c.text || r.interval(feed, c.entries) != c.interval {
			t.Errorf("%s: %q, every %s; want %q, every %s", c.name, r.text(), r.interval(feed, c.entries), c.text, c.interval)
		}
	}
}

func TestDueForEdition(t *testing.T) {
	edition := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	now := edition.Add(17 * time.Minute)
	feed := broadsheet.Source{Kind: broadsheet.KindFeed}
	at := func(before time.Duration) broadsheet.Visit {
		return broadsheet.Visit{At: now.Add(-before), Next: now.Add(time.Hour)}
	}
	with := func(v broadsheet.Visit, change func(*broadsheet.Visit)) broadsheet.Visit { change(&v); return v }
	for name, c := range map[string]struct {
		source broadsheet.Source
		visit  broadsheet.Visit
		want   bool
	}{
		"planned for another time of the edition": {feed, at(3 * time.Hour), true},
		"asked since it was due":                  {feed, at(10 * time.Minute), false},
		"it fails":                                {feed, with(at(3*time.Hour), func(v *broadsheet.Visit) { v.Failures = 1 }), false},
		"it is gone":                              {feed, with(at(3*time.Hour), func(v *broadsheet.Visit) { v.Gone = true }), false},
		"a list":                                  {broadsheet.Source{Kind: broadsheet.KindList}, at(3 * time.Hour), false},
		"every 6 h":                               {broadsheet.Source{Kind: broadsheet.KindFeed, Every: 6 * time.Hour}, at(3 * time.Hour), false},
		"every 3 h":                               {broadsheet.Source{Kind: broadsheet.KindFeed, Every: 3 * time.Hour}, at(3 * time.Hour), true},
		"ttl 4 h":                                 {feed, with(at(3*time.Hour), func(v *broadsheet.Visit) { v.Hints.TTL = 4 * time.Hour }), false},
		"a day of 23 hours":                       {feed, with(at(23*time.Hour), func(v *broadsheet.Visit) { v.Hints.Period = 24 * time.Hour }), true},
		"skipHours":                               {feed, with(at(3*time.Hour), func(v *broadsheet.Visit) { v.Hints.SkipHours = []int{7} }), false},
	} {
		if got := DueForEdition(c.source, c.visit, edition, now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
