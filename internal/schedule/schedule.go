// Package schedule decides when a source is fetched again, in which order sources are fetched, when the next run
// begins, and whether the machine's clock can be trusted. It is pure: the time is always an argument.
package schedule

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"broadsheet"
)

// Upper bounds for what a source may ask for.
const (
	maxMaxAge     = 24 * time.Hour     // cache headers are often a single setting for the whole site
	maxTTL        = 7 * 24 * time.Hour // a year in <ttl> is a mistake, not a wish
	maxRetryAfter = 2 * 24 * time.Hour

	firstBackOff = time.Hour
	maxBackOff   = 72 * time.Hour
)

// NextVisit returns the earliest time of the next visit to source s after visit v, made at now with hints h, and why, as
// text for the maintainer. It is never sooner than the `every` of the source. Hints can only make it later, within
// bounds. After failures there is an exponential back-off, which never stops for good. The function is deterministic:
// the jitter comes from a hash. After a success, AtRhythm chooses a better time.
func NextVisit(s broadsheet.Source, v broadsheet.Visit, h broadsheet.Hints, now time.Time) (next time.Time, reason string) {
	switch {
	case s.Kind == broadsheet.KindList:
		return now, "a list: there is nothing to ask"
	case s.Kind == broadsheet.KindFile && s.Every > 0:
		return now.Add(s.Every), "every " + durationText(s.Every)
	case s.Kind == broadsheet.KindFile: // also after a failure: no server need be spared
		return now, "a file: each run reads it"
	case v.Gone:
		return now, "410 Gone: not asked again, unless forced"
	case v.Failures > 0:
		return afterFailure(s, v, h, now)
	}
	return afterSuccess(s, h, now)
}

func afterSuccess(s broadsheet.Source, h broadsheet.Hints, now time.Time) (time.Time, string) {
	w := boundOf(s, h)
	if w.wait == 0 {
		w = delay{time.Hour, "nothing said: 1 h"}
	}
	if later, skip := applySkips(w.after(now), h); skip != "" {
		return later, skip
	}
	return w.after(now), w.why
}

// boundOf returns the shortest time between two visits that the maintainer and the source ask for; zero: none.
func boundOf(s broadsheet.Source, h broadsheet.Hints) delay {
	var w delay
	w.lengthen(s.Every, "every "+durationText(s.Every))
	w.lengthen(min(h.MaxAge, maxMaxAge), "Cache-Control "+durationText(h.MaxAge))
	w.lengthen(min(h.TTL, maxTTL), "ttl "+durationText(h.TTL))
	w.lengthen(min(h.Period, maxTTL), "sy:updatePeriod "+periodName(h))
	return w
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

// VisitAfterCrash returns the failed visit of a source that was not fetched at now because earlier runs crashed while they read
// it; err is Visit.Err and says so. The next visit is as late as after many failures. last is the visit before.
func VisitAfterCrash(s broadsheet.Source, last broadsheet.Visit, now time.Time, err string) broadsheet.Visit {
	v := last
	v.At, v.Status, v.Err = now, 0, err
	v.Failures++
	if v.FailingSince.IsZero() {
		v.FailingSince = now
	}
	wait := max(maxBackOff, s.Every)
	v.Next, v.Reason = now.Add(wait), "reading it ended two runs: "+durationText(wait)
	return v
}

// delay is a waiting time with its reason.
type delay struct {
	wait time.Duration
	why  string
}

// lengthen replaces the delay by d and its reason why if d is longer.
func (w *delay) lengthen(d time.Duration, why string) {
	if d > w.wait {
		w.wait, w.why = d, why
	}
}

// after returns the end of a delay that begins at now.
func (w delay) after(now time.Time) time.Time {
	next := now.Add(w.wait)
	if w.wait >= 10*time.Minute {
		next = next.Truncate(time.Minute) // otherwise a daily cron job that starts a second earlier than yesterday finds it not due
	}
	return next
}

// backOff returns the delay after a number of consecutive failures: about an hour after the first, twice as long after
// each further one, up to about three days. Jitter from a hash of the source's ID and the count spreads sources that
// failed together over the last fifth of that time.
func backOff(id string, failures int) time.Duration {
	d := maxBackOff
	if doublings := failures - 1; doublings < 7 {
		d = min(firstBackOff<<doublings, maxBackOff)
	}
	h := fnv.New64a()
	h.Write([]byte(id + " " + strconv.Itoa(failures)))
	return (d - d/5*time.Duration(h.Sum64()%1000)/1000).Round(time.Second)
}

// applySkips returns the first time from t on that skipHours and skipDays allow, and the name of the rule that moved
// it; "" if none did. A source that excludes every hour excludes none.
func applySkips(t time.Time, h broadsheet.Hints) (time.Time, string) {
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

// periodName returns sy:updatePeriod as the feed wrote it, or its length if only that is known.
func periodName(h broadsheet.Hints) string {
	if h.PeriodName != "" {
		return h.PeriodName
	}
	return durationText(h.Period)
}

// durationText formats a duration for people: "90 s", "45 min", "6 h", "2 d".
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
