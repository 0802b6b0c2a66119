package schedule

import (
	"testing"
	"time"

	"broadsheet"
)

// dailyAt returns a function that returns the first time after another at which a clock in a time zone shows hour:00.
func dailyAt(hour int, zone *time.Location) func(time.Time) time.Time {
	rules := broadsheet.EditionRules{Time: time.Date(0, 1, 1, hour, 0, 0, 0, time.UTC).Format("15:04"), Location: zone}
	return func(t time.Time) time.Time { return rules.Next(t, func(broadsheet.Day) bool { return false }) }
}

func TestAtRhythm(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	at := func(clock string) time.Time {
		parsed, err := time.Parse("2006-01-02 15:04", "2026-11-"+clock)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	feed := broadsheet.Source{Kind: broadsheet.KindFeed}
	every := func(d time.Duration) broadsheet.Source { s := feed; s.Every = d; return s }
	gap := func(d time.Duration) Rhythm { return Rhythm{Gap: d, Known: true} }
	for _, c := range []struct {
		name   string
		source broadsheet.Source
		rhythm Rhythm
		hints  broadsheet.Hints
		now    string
		next   string
		reason string
	}{
		{"a monthly blog", feed, gap(30 * day), broadsheet.Hints{}, "24 07:17", "25 07:00", "writes about every 30 days: daily, before the edition of 07:00"},
		{"a daily blog, after the edition", feed, gap(day), broadsheet.Hints{}, "24 07:17", "24 15:17", "writes about daily: every 8 hours, and before the edition of 07:00"},
		{"a daily blog, at night", feed, gap(day), broadsheet.Hints{}, "24 23:17", "25 07:00", "writes about daily: every 8 hours, and before the edition of 07:00"},
		{"a visit just before the edition is left out", feed, gap(day), broadsheet.Hints{}, "24 22:17", "25 07:00", "writes about daily: every 8 hours, and before the edition of 07:00"},
		{"an agency", feed, gap(40 * time.Minute), broadsheet.Hints{}, "24 07:17", "24 08:17", "writes about hourly: hourly"},
		{"an agency, an hour before the edition", feed, gap(40 * time.Minute), broadsheet.Hints{}, "24 06:17", "24 07:00", "writes about hourly: hourly"},
		{"one that writes every three hours is not asked hourly", feed, gap(3 * hour), broadsheet.Hints{}, "24 07:17", "24 09:17", "writes about every 3 hours: every 2 hours, and before the edition of 07:00"},
		{"a new one", feed, Rhythm{Gap: 10 * hour}, broadsheet.Hints{}, "24 08:00", "24 12:00", "its rhythm is not known yet: every 4 hours, and before the edition of 07:00"},
		{"a page that writes hourly", broadsheet.Source{Kind: broadsheet.KindPage}, gap(hour), broadsheet.Hints{}, "24 08:00", "24 14:00", "writes about hourly: every 6 hours, and before the edition of 07:00"},
		{"a sitemap", broadsheet.Source{Kind: broadsheet.KindSitemap}, gap(hour), broadsheet.Hints{}, "24 08:00", "25 07:00", "writes about hourly: daily, before the edition of 07:00"},
		{"the maintainer wants it often", every(15 * time.Minute), gap(30 * day), broadsheet.Hints{}, "24 08:00", "24 08:15", "every 15 min"},
		{"the maintainer wants it rarely", every(6 * hour), gap(hour), broadsheet.Hints{}, "24 08:00", "24 14:00", "every 6 h, and before the edition of 07:00"},
		{"a visit that would forbid the one for the edition is left out", every(6 * hour), gap(hour), broadsheet.Hints{}, "24 20:30", "25 07:00", "every 6 h, and before the edition of 07:00"},
		{"the run that composes the edition comes later in the hour", every(6 * hour), gap(hour), broadsheet.Hints{}, "25 01:17", "25 07:17", "every 6 h, and before the edition of 07:00"},
		{"every day, on the hour", every(day), gap(hour), broadsheet.Hints{}, "24 07:17", "25 07:00", "every 24 h, before the edition of 07:00"},
		{"every day, begun in the evening", every(day), gap(hour), broadsheet.Hints{}, "24 20:17", "26 07:00", "every 24 h, before the edition of 07:00"},
		{"every three days", every(3 * day), gap(hour), broadsheet.Hints{}, "24 07:17", "27 07:00", "every 3 d, before the edition of 07:00"},
		{"a hint is a lower bound", feed, gap(hour), broadsheet.Hints{TTL: 3 * hour}, "24 07:17", "24 10:17", "ttl 3 h, and before the edition of 07:00"},
		{"a hint that is shorter than the rhythm", feed, gap(30 * day), broadsheet.Hints{TTL: hour}, "24 07:17", "25 07:00", "writes about every 30 days: daily, before the edition of 07:00"},
		{"a hint that ends with the run of the edition", feed, gap(5 * hour), broadsheet.Hints{TTL: time.Hour}, "24 06:17", "24 07:17", "writes about every 5 hours: every 2 hours, and before the edition of 07:00"},
		{"cache headers of a day", feed, gap(hour), broadsheet.Hints{MaxAge: day}, "24 07:17", "25 07:00", "Cache-Control 24 h, before the edition of 07:00"},
		{"skipHours at the time of the edition", feed, gap(30 * day), broadsheet.Hints{SkipHours: []int{5, 6, 7}}, "24 08:17", "25 04:00", "writes about every 30 days: daily, before the edition of 07:00"},
		{"skipHours, the last hour before it is now", feed, gap(30 * day), broadsheet.Hints{SkipHours: []int{5, 6, 7}}, "24 04:17", "25 04:17", "writes about every 30 days: daily"},
		{"skipDays on the day of the edition", feed, gap(30 * day), broadsheet.Hints{SkipDays: []time.Weekday{time.Wednesday}}, "24 07:17", "24 23:00", "skipDays, before the edition of 07:00"},
	} {
		e := Editions{After: dailyAt(7, time.UTC), Delay: 17 * time.Minute}
		next, reason := AtRhythm(c.source, broadsheet.Visit{Hints: c.hints, Entries: 20}, c.rhythm, e, time.Time{}, at(c.now))
		if !next.Equal(at(c.next)) || reason != c.reason {
			t.Errorf("%s: %s, %q; want %s, %q", c.name, next.Format("02 15:04"), reason, c.next, c.reason)
		}
	}
}

// A host group that answers only some of its sources in an hour makes most visits late. A source that may be asked twice a day
// gets both visits nevertheless; one that may be asked at any time is also asked for the edition.
func TestAtRhythm_Crowded(t *testing.T) {
	late := time.Date(2026, 11, 24, 10, 17, 0, 0, time.UTC) // planned for the edition of 07:00
	for _, c := range []struct {
		every   time.Duration
		crowded bool
		want    time.Duration
	}{
		{12 * time.Hour, false, 20*time.Hour + 43*time.Minute}, // 07:00, since 22:17 would be too late for it
		{12 * time.Hour, true, 12 * time.Hour},
		{24 * time.Hour, false, 44*time.Hour + 43*time.Minute},
		{24 * time.Hour, true, 24 * time.Hour},
		{0, true, 20*time.Hour + 43*time.Minute},
	} {
		e := Editions{After: dailyAt(7, time.UTC), Delay: 17 * time.Minute, Crowded: c.crowded}
		s := broadsheet.Source{Kind: broadsheet.KindFeed, Every: c.every}
		next, _ := AtRhythm(s, broadsheet.Visit{Entries: 20}, Rhythm{Gap: 90 * 24 * time.Hour, Known: true}, e, late.Add(-3*time.Hour), late)
		if got := next.Sub(late); got != c.want {
			t.Errorf("every %v, crowded %v: next visit after %v, want %v", c.every, c.crowded, got, c.want)
		}
	}
}
