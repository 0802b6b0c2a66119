// Package schedule decides when a source is asked again, in which order sources are asked, and when the next run begins.
package schedule

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"broadsheet"
)

// How often a source is asked when nobody says anything, and how far anybody may put it off.
const (
	feedEvery    = time.Hour
	pageEvery    = 6 * time.Hour
	sitemapEvery = 24 * time.Hour

	maxMaxAge     = 24 * time.Hour     // cache headers are often one setting for a whole site
	maxTTL        = 7 * 24 * time.Hour // a year in <ttl> is a mistake, not a wish
	maxRetryAfter = 2 * 24 * time.Hour

	firstBackOff = time.Hour
	maxBackOff   = 72 * time.Hour
)

// NextVisit tells when a source may be asked again after the visit v, which was made at now, and why, in words for the
// maintainer. It is never sooner than the source's `every`; what the source says can only make it later, within
// bounds. After failures it backs off, doubling, but never stops for ever. The same input gives the same answer.
func NextVisit(s broadsheet.Source, v broadsheet.Visit, h broadsheet.Hints, now time.Time) (next time.Time, reason string) {
	switch {
	case s.Kind == broadsheet.KindList:
		return now, "a list: there is nothing to ask"
	case v.Gone:
		return now, "410 Gone: not asked again, unless forced"
	case v.Failures > 0:
		return afterFailure(s, v, h, now)
	}
	return afterSuccess(s, h, now)
}

func afterSuccess(s broadsheet.Source, h broadsheet.Hints, now time.Time) (time.Time, string) {
	w := defaultDelay(s)
	w.lengthen(min(h.MaxAge, maxMaxAge), "Cache-Control "+durationText(h.MaxAge))
	w.lengthen(min(h.TTL, maxTTL), "ttl "+durationText(h.TTL))
	w.lengthen(min(h.Period, maxTTL), "sy:updatePeriod "+periodName(h))
	next := now.Add(w.wait)
	if w.wait >= 10*time.Minute {
		next = next.Truncate(time.Minute) // so that cron, a second earlier the next day, finds it due
	}
	if later, skip := skipped(next, h); skip != "" {
		return later, skip
	}
	return next, w.why
}

func afterFailure(s broadsheet.Source, v broadsheet.Visit, h broadsheet.Hints, now time.Time) (time.Time, string) {
	w := delay{backOff(s.ID(), v.Failures), fmt.Sprintf("%d failures, back-off", v.Failures)}
	if v.Failures == 1 {
		w.why = "1 failure, back-off"
	}
	w.lengthen(s.Every, "every "+durationText(s.Every))
	if after := min(h.RetryAfter, maxRetryAfter); after > 0 && after >= w.wait {
		return now.Add(after), fmt.Sprintf("%d, Retry-After %s", v.Status, durationText(h.RetryAfter))
	}
	return now.Add(w.wait), w.why
}

// GivenUp is the failed visit of a source that was not asked at now, since earlier runs died while they read it; err says
// so. It is left alone as long as after many failures.
func GivenUp(s broadsheet.Source, last broadsheet.Visit, now time.Time, err string) broadsheet.Visit {
	v := last
	v.At, v.Status, v.Err = now, 0, err
	v.Failures++
	if v.Failing.IsZero() {
		v.Failing = now
	}
	wait := max(maxBackOff, s.Every)
	v.Next, v.Reason = now.Add(wait), "reading it ended two runs: "+durationText(wait)
	return v
}

// delay is how long to wait, and why so long.
type delay struct {
	wait time.Duration
	why  string
}

// lengthen makes the wait d, because of why, when that is longer.
func (w *delay) lengthen(d time.Duration, why string) {
	if d > w.wait {
		w.wait, w.why = d, why
	}
}

// defaultDelay is the wait when the source itself says nothing.
func defaultDelay(s broadsheet.Source) delay {
	if s.Every > 0 {
		return delay{s.Every, "every " + durationText(s.Every)}
	}
	switch s.Kind {
	case broadsheet.KindPage:
		return delay{pageEvery, "a page: " + durationText(pageEvery)}
	case broadsheet.KindSitemap:
		return delay{sitemapEvery, "a sitemap: " + durationText(sitemapEvery)}
	}
	return delay{feedEvery, "nothing said: " + durationText(feedEvery)}
}

// backOff is about an hour after the first failure, twice as long after each further one, up to about three days.
// A hash of the source's address and the count spreads sources that failed together over the last fifth of that time.
func backOff(id string, failures int) time.Duration {
	d := maxBackOff
	if doublings := failures - 1; doublings < 7 {
		d = min(firstBackOff<<doublings, maxBackOff)
	}
	h := fnv.New64a()
	h.Write([]byte(id + " " + strconv.Itoa(failures)))
	return (d - d/5*time.Duration(h.Sum64()%1000)/1000).Round(time.Second)
}

// skipped moves t to the first hour that skipHours and skipDays leave, and says which of them moved it; "" when none
// did. A source that rules out every hour rules out none.
func skipped(t time.Time, h broadsheet.Hints) (time.Time, string) {
	if len(h.SkipHours) == 0 && len(h.SkipDays) == 0 {
		return t, ""
	}
	why := ""
	later := t.UTC()
	for range 7*24 + 1 {
		switch {
		case slices.Contains(h.SkipDays, later.Weekday()):
			why = "skipDays"
		case slices.Contains(h.SkipHours, later.Hour()):
			why = "skipHours"
		default:
			return later.In(t.Location()), why
		}
		later = later.Truncate(time.Hour).Add(time.Hour)
	}
	return t, ""
}

func periodName(h broadsheet.Hints) string {
	if h.PeriodName != "" {
		return h.PeriodName
	}
	return durationText(h.Period)
}

// durationText writes a duration as a person would: "90 s", "45 min", "6 h", "2 d".
func durationText(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if d >= unit.size && d%unit.size == 0 && (unit.name != "d" || d > unit.size) {
			return fmt.Sprintf("%d %s", d/unit.size, unit.name)
		}
	}
	if d >= 10*time.Minute {
		return fmt.Sprintf("%d min", d.Round(time.Minute)/time.Minute)
	}
	return fmt.Sprintf("%d s", d.Round(time.Second)/time.Second)
}
