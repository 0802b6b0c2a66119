package schedule

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"broadsheet"
)

// Rhythm is how often a source writes, as far as it is known.
type Rhythm struct {
	Gap   time.Duration // about how long it is from one article to the next
	Known bool          // false: the source has not been watched for long enough

	none  bool // nothing came since the source was listed
	burst int  // the most articles that came within 24 hours
}

// MaxArrivals is how many of a source's arrivals RhythmOf needs: the latest ones.
const MaxArrivals = 20

const (
	minArrivals  = 5                  // fewer than these say little: two articles of one day are no rhythm
	learningTime = 3 * 24 * time.Hour // after which a source that brought little is known to write rarely

	burstMemory = 100 * 24 * time.Hour // for how long a day with many articles makes another one likely

	learningInterval = 8 * time.Hour // the longest interval until then
)

// RhythmOf returns the rhythm of a source at now. arrivals are the times at which its latest articles came, in order: when
// they were published, or first seen if they have no date. Articles without a date that it had on the first visit are
// no arrivals. since is when it was first visited. The rhythm follows the busiest of the recent times, from the latest
// minArrivals articles to all of them, up to now: a source that begins to write more is noticed after a few articles, and
// one that falls silent is asked less and less.
func RhythmOf(arrivals []time.Time, since, now time.Time) Rhythm {
	arrivals = arrivals[:sort.Search(len(arrivals), func(i int) bool { return arrivals[i].After(now) })] // the others were stored under a wrong clock
	n := len(arrivals)
	r := Rhythm{Known: n >= minArrivals || now.Sub(since) >= learningTime, none: n == 0, burst: busiestDay(arrivals, now.Add(-burstMemory))}
	if n < minArrivals {
		if n > 0 && arrivals[0].Before(since) {
			since = arrivals[0]
			r.Known = r.Known || now.Sub(since) >= learningTime
		}
		r.Gap = max(0, now.Sub(since)/time.Duration(max(1, n-1)))
		return r
	}
	r.Gap = math.MaxInt64
	for k := minArrivals; k <= n; k++ {
		r.Gap = min(r.Gap, meanGap(arrivals[n-k:], now))
	}
	return r
}

// meanGap returns the mean time between arrivals. The time since the last of them counts as one more gap when it is longer than
// the others.
func meanGap(arrivals []time.Time, now time.Time) time.Duration {
	first, last := arrivals[0], arrivals[len(arrivals)-1]
	gap := last.Sub(first) / time.Duration(len(arrivals)-1)
	if now.Sub(last) > gap {
		return now.Sub(first) / time.Duration(len(arrivals))
	}
	return gap
}

// busiestDay returns the most arrivals within 24 hours since a time. The arrivals must be sorted.
func busiestDay(arrivals []time.Time, since time.Time) (most int) {
	first := 0
	for i, at := range arrivals {
		for arrivals[first].Before(since) && first < i || at.Sub(arrivals[first]) > 24*time.Hour {
			first++
		}
		most = max(most, i+1-first)
	}
	return most
}

// Bounds of the intervals between two visits that a rhythm asks for. Pages and sitemaps are asked less often than feeds: most of
// them come without validators, and are large.
const (
	maxInterval     = 24 * time.Hour
	pageInterval    = 6 * time.Hour
	sitemapInterval = maxInterval
)

// intervals are the intervals to choose from: they divide the day.
var intervals = []time.Duration{1 * time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour, 8 * time.Hour, 12 * time.Hour, maxInterval}

// interval returns the interval between two visits to s: about a third of the time from one article to the next, and hourly only
// if it writes about hourly. entries is how many entries its document has: a source whose burst of a day could push
// an entry out of it before it is seen is asked more often.
func (r Rhythm) interval(s broadsheet.Source, entries int) time.Duration {
	want := r.Gap / 3
	if r.Gap < 2*time.Hour {
		want = time.Hour
	} else {
		want = max(want, 2*time.Hour)
	}
	if !r.Known {
		want = min(want, learningInterval)
	}
	if r.burst >= minArrivals && 2*r.burst > entries && entries > 0 {
		want = min(want, 24*time.Hour*time.Duration(entries)/time.Duration(2*r.burst))
	}
	switch s.Kind {
	case broadsheet.KindPage:
		want = max(want, pageInterval)
	case broadsheet.KindSitemap:
		want = sitemapInterval
	}
	at := slices.IndexFunc(intervals, func(d time.Duration) bool { return d >= want })
	if at < 0 {
		return maxInterval
	}
	return intervals[at]
}

// text describes the rhythm for the maintainer.
func (r Rhythm) text() string {
	const day = 24 * time.Hour
	switch hours := int(math.Round(r.Gap.Hours())); {
	case !r.Known:
		return "its rhythm is not known yet"
	case r.none:
		return fmt.Sprintf("nothing new in %d days", r.Gap/day)
	case hours <= 1:
		return "writes about hourly"
	case hours < 20:
		return fmt.Sprintf("writes about every %d hours", hours)
	case hours <= 30:
		return "writes about daily"
	case r.Gap < 90*day:
		return fmt.Sprintf("writes about every %d days", max(2, int(math.Round(r.Gap.Hours()/24))))
	case r.Gap < 2*365*day:
		return fmt.Sprintf("writes about every %d months", r.Gap/(30*day))
	default:
		return fmt.Sprintf("writes about every %d years", r.Gap/(365*day))
	}
}

// intervalText describes an interval for the maintainer: "hourly", "every 8 hours", "daily".
func intervalText(d time.Duration) string {
	switch d {
	case time.Hour:
		return "hourly"
	case 24 * time.Hour:
		return "daily"
	}
	return fmt.Sprintf("every %d hours", d/time.Hour)
}
