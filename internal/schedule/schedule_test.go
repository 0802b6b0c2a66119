package schedule

import (
	"testing"
	"time"

	"broadsheet"
)

func TestNextVisit(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) // a Tuesday
	feed := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://harbour.example/feed"}
	every := func(d time.Duration) broadsheet.Source { s := feed; s.Every = d; return s }
	failed := func(status, failures int) broadsheet.Visit {
		return broadsheet.Visit{Status: status, Failures: failures}
	}
	tests := []struct {
		name   string
		source broadsheet.Source
		visit  broadsheet.Visit
		hints  broadsheet.Hints
		wait   time.Duration
		reason string
	}{
		{"a feed that says nothing", feed, broadsheet.Visit{Status: 200}, broadsheet.Hints{}, time.Hour, "nothing said: 1 h"},
		{"a list is never fetched", broadsheet.Source{Kind: broadsheet.KindList, Name: "By hand"}, broadsheet.Visit{}, broadsheet.Hints{}, 0, "a list: there is nothing to ask"},
		{"a file is read by each run", broadsheet.Source{Kind: broadsheet.KindFile, Path: "x"}, failed(0, 3), broadsheet.Hints{TTL: time.Hour}, 0, "a file: each run reads it"},
		{"a file that the maintainer wants read once a day", broadsheet.Source{Kind: broadsheet.KindFile, Path: "x", Every: 24 * time.Hour}, broadsheet.Visit{}, broadsheet.Hints{}, 24 * time.Hour, "every 24 h"},
		{"the maintainer wants fewer visits", every(6 * time.Hour), broadsheet.Visit{}, broadsheet.Hints{}, 6 * time.Hour, "every 6 h"},
		{"the maintainer wants more visits", every(15 * time.Minute), broadsheet.Visit{}, broadsheet.Hints{}, 15 * time.Minute, "every 15 min"},
		{"a hint lengthens the maintainer's interval", every(15 * time.Minute), broadsheet.Visit{}, broadsheet.Hints{TTL: 2 * time.Hour}, 2 * time.Hour, "ttl 2 h"},
		{"a hint never shortens it", every(6 * time.Hour), broadsheet.Visit{}, broadsheet.Hints{TTL: time.Hour, MaxAge: time.Hour, Period: time.Hour}, 6 * time.Hour, "every 6 h"},
		{"cache headers", feed, broadsheet.Visit{}, broadsheet.Hints{MaxAge: 3 * time.Hour}, 3 * time.Hour, "Cache-Control 3 h"},
		{"cache headers of a month", feed, broadsheet.Visit{}, broadsheet.Hints{MaxAge: 30 * 24 * time.Hour}, 24 * time.Hour, "Cache-Control 30 d"},
		{"ttl of a year", feed, broadsheet.Visit{}, broadsheet.Hints{TTL: 365 * 24 * time.Hour}, 7 * 24 * time.Hour, "ttl 365 d"},
		{"sy:updatePeriod", feed, broadsheet.Visit{}, broadsheet.Hints{Period: 24 * time.Hour, PeriodName: "daily"}, 24 * time.Hour, "sy:updatePeriod daily"},
		{"sy:updatePeriod four times a day", feed, broadsheet.Visit{}, broadsheet.Hints{Period: 6 * time.Hour}, 6 * time.Hour, "sy:updatePeriod 6 h"},
		{"the longest hint wins", feed, broadsheet.Visit{}, broadsheet.Hints{MaxAge: 2 * time.Hour, TTL: 3 * time.Hour, Period: 4 * time.Hour, PeriodName: "x"}, 4 * time.Hour, "sy:updatePeriod x"},
		{"skipHours delays it", feed, broadsheet.Visit{}, broadsheet.Hints{SkipHours: []int{13, 14}}, 3 * time.Hour, "skipHours"},
		{"skipHours of another hour does not", feed, broadsheet.Visit{}, broadsheet.Hints{SkipHours: []int{12, 14}}, time.Hour, "nothing said: 1 h"},
		{"skipDays delays it to the next day", feed, broadsheet.Visit{}, broadsheet.Hints{SkipDays: []time.Weekday{time.Tuesday}}, 12 * time.Hour, "skipDays"},
		{"skipDays and skipHours", feed, broadsheet.Visit{}, broadsheet.Hints{SkipDays: []time.Weekday{time.Tuesday}, SkipHours: []int{0, 1}}, 14 * time.Hour, "skipHours"},
		{"skipHours with all hours is ignored", feed, broadsheet.Visit{}, broadsheet.Hints{SkipHours: allHours()}, time.Hour, "nothing said: 1 h"},
		{"Retry-After", feed, failed(429, 1), broadsheet.Hints{RetryAfter: 5 * time.Hour}, 5 * time.Hour, "429, Retry-After 5 h"},
		{"Retry-After of a month", feed, failed(503, 1), broadsheet.Hints{RetryAfter: 30 * 24 * time.Hour}, 48 * time.Hour, "503, Retry-After 30 d"},
		{"the maintainer's interval is longer than Retry-After", every(12 * time.Hour), failed(503, 1), broadsheet.Hints{RetryAfter: 5 * time.Hour}, 12 * time.Hour, "every 12 h"},
		{"410", feed, broadsheet.Visit{Status: 410, Gone: true, Failures: 1}, broadsheet.Hints{}, 0, "410 Gone: not asked again, unless forced"},
		{"hints of a failed visit are ignored", feed, failed(500, 1), broadsheet.Hints{TTL: 20 * time.Hour}, -1, "1 failure, back-off"},
		{"four failures", feed, failed(0, 4), broadsheet.Hints{RetryAfter: time.Minute}, -1, "4 failures, back-off"},
	}
	for _, test := range tests {
		next, reason := NextVisit(test.source, test.visit, test.hints, now)
		if test.wait >= 0 && next.Sub(now) != test.wait || reason != test.reason {
			t.Errorf("%s: in %v, %q; want in %v, %q", test.name, next.Sub(now), reason, test.wait, test.reason)
		}
	}
}

func allHours() (hours []int) {
	for h := range 24 {
		hours = append(hours, h)
	}
	return hours
}

func TestBackOff(t *testing.T) {
	want := []time.Duration{1, 2, 4, 8, 16, 32, 64, 72, 72, 72}
	for i, hours := range want {
		d, about := backOff("https://harbour.example/feed", i+1), hours*time.Hour
		if d < about*8/10 || d > about {
			t.Errorf("after %d failures: %v, want about %v", i+1, d, about)
		}
		if d != backOff("https://harbour.example/feed", i+1) {
			t.Errorf("after %d failures: not deterministic", i+1)
		}
	}
	if d := backOff("x", 1_000_000); d > 80*time.Hour || d <= 0 {
		t.Errorf("after a million failures: %v", d)
	}
	if backOff("https://a.example/feed", 3) == backOff("https://b.example/feed", 3) {
		t.Error("two sources that failed together are fetched again together")
	}
}

func TestNextVisit_DailyCronJob(t *testing.T) {
	daily := broadsheet.Source{Kind: broadsheet.KindFeed, Every: 24 * time.Hour}
	today := time.Date(2026, 11, 24, 6, 0, 2, 0, time.UTC)
	next, _ := NextVisit(daily, broadsheet.Visit{}, broadsheet.Hints{}, today)
	if !(broadsheet.Visit{Next: next}).Due(today.Add(24*time.Hour - time.Second)) {
		t.Errorf("not due in a run that starts a second earlier the next day: next is %v", next)
	}
}

func TestVisitAfterCrash(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	last := broadsheet.Visit{At: now.Add(-time.Hour), Failures: 2, FailingSince: now.Add(-24 * time.Hour), Status: 429, Reason: "429, Retry-After 1 h", ETag: "e"}
	for every, want := range map[time.Duration]time.Duration{0: 72 * time.Hour, time.Hour: 72 * time.Hour, 168 * time.Hour: 168 * time.Hour} {
		v := VisitAfterCrash(broadsheet.Source{Every: every}, last, now, "why")
		if v.Status != 0 || v.Failures != 3 || !v.FailingSince.Equal(last.FailingSince) || v.Err != "why" || v.ETag != "e" || !v.Next.Equal(now.Add(want)) {
			t.Errorf("every %v: %+v", every, v)
		}
	}
	if v := VisitAfterCrash(broadsheet.Source{}, broadsheet.Visit{}, now, "why"); v.Failures != 1 || !v.FailingSince.Equal(now) {
		t.Errorf("never fetched: %+v", v)
	}
}

func TestVisitDue_VisitInTheFuture(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	visit := broadsheet.Visit{At: now.AddDate(10, 0, 0), Next: now.AddDate(10, 0, 1)}
	if !visit.Due(now) {
		t.Error("a source fetched while the clock was wrong is not fetched for ten years")
	}
	if visit.Gone = true; visit.Due(now) {
		t.Error("a source that is gone is due")
	}
	if (broadsheet.Visit{At: now.Add(-time.Hour), Next: now.Add(time.Hour)}).Due(now) {
		t.Error("due before Next")
	}
}
