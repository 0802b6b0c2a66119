package schedule

import (
	"time"

	"broadsheet"
)

// Editions is what the choice of the next visit must know of the editions to come.
type Editions struct {
	After func(time.Time) time.Time // when the first edition after a time is due

	// Delay is how long after it was due the last edition was composed: the next one will be composed about as late. A
	// run an hour, 17 minutes past it, composes the edition of 06:00 at 06:17. Negative: it is not known yet.
	Delay time.Duration

	// Separate: the runs that ask the sources compose no edition (`fetch`); another one does, at an unknown time after
	// the edition is due. The sources are then asked hourly from an hour before that until the edition is out.
	Separate bool
	Overdue  bool // with Separate: an edition is due, and not out

	// Crowded: the host group of the source answers fewer requests in an hour than it has sources, or breaks off many, so
	// that a visit is often made an hour or more after it was due, and cannot be planned to the hour.
	Crowded bool
}

const (
	// separateLead is how long before an edition the sources are asked for it when another run composes it.
	separateLead = time.Hour

	// maxLateness is how late a run may make a visit that was due before it does not count as made in time: cron jobs
	// do not start to the minute, and a visit that is made later each time would miss the edition in the end.
	maxLateness = 30 * time.Minute
)

// AtRhythm returns when source s is asked again after visit v, which succeeded in a run that began at now and was due at
// planned, and why, as text for the maintainer. It is asked at its own rhythm, or as often as the maintainer says, and once more by the run
// that composes the next edition, so that nothing that was written before an edition misses it. What the maintainer
// and the source ask for (see NextVisit) is a lower bound. If it allows only one of two visits, that for the edition is
// made, unless its host group is crowded: there the visit for the edition would be late again, and one of two lost at
// each edition.
func AtRhythm(s broadsheet.Source, v broadsheet.Visit, r Rhythm, e Editions, planned, now time.Time) (next time.Time, reason string) {
	interval := r.interval(s, v.Entries)
	if e.Separate && (e.Overdue || !now.Before(e.After(now).Add(-separateLead))) {
		interval = time.Hour
	}
	own := r.text() + ": " + intervalText(interval)
	if s.Every > 0 {
		interval, own = s.Every, "every "+durationText(s.Every)
	}
	bound := boundOf(s, v.Hints)
	if bound.wait > interval {
		interval, own = bound.wait, bound.why
	}
	from := now
	if late := now.Sub(planned); late >= 0 && late <= min(interval/12, maxLateness) {
		from = planned
	}
	regular, skip := applySkips(delay{wait: interval}.after(from), v.Hints)
	if skip != "" {
		own = skip
	}

	if (e.Delay < 0 || e.Crowded) && bound.wait >= interval {
		return regular, own // whether there is room for both visits is not known
	}

	// The first edition that a visit now does not forbid to ask for.
	e.Delay = max(0, e.Delay)
	soonest := bound.soonest(from)
	edition := e.After(latest(now, soonest.Add(-e.Delay-1)))
	composed := edition.Add(e.Delay)
	forEdition := edition
	if lead := edition.Add(-separateLead); e.Separate && now.Before(lead) {
		forEdition = lead
	}
	forEdition = lastAllowed(forEdition, v.Hints)
	if forEdition.Before(soonest) {
		forEdition = soonest
	}
	_, forbidden := applySkips(forEdition, v.Hints)
	switch {
	case !forEdition.After(now), forEdition.After(composed), forbidden != "": // the source allows no visit that is of use to the edition
		return regular, own
	case regular.Before(forEdition) && regular.Before(composed.Add(-interval/2)) && !bound.soonest(regular).After(composed):
		return regular, own + before(edition, interval)
	}
	return forEdition, own + before(edition, interval)
}

// before returns the end of a reason: that the source is also asked for an edition.
func before(edition time.Time, interval time.Duration) string {
	switch {
	case interval <= time.Hour: // it is asked so often in any case
		return ""
	case interval < maxInterval:
		return ", and before the edition of " + edition.Format("15:04")
	}
	return ", before the edition of " + edition.Format("15:04")
}

// soonest returns when a visit that was made at now may be followed by one for an edition: after the delay, or an hour
// earlier if it is a day or more, because a day has 23 hours once a year.
func (w delay) soonest(now time.Time) time.Time {
	if w.wait >= 24*time.Hour {
		return w.after(now).Add(-time.Hour)
	}
	return w.after(now)
}

// DueForEdition reports whether a run at now that composes the edition which was due at edition asks source s, though
// v.Next is later, since it was planned when the editions had another time. It does not ask a source that fails, that
// was asked since the edition was due, or that wants no visit now.
func DueForEdition(s broadsheet.Source, v broadsheet.Visit, edition, now time.Time) bool {
	if v.Failures > 0 || v.Gone || s.Kind == broadsheet.KindList || !v.At.Before(edition) {
		return false
	}
	_, forbidden := applySkips(now, v.Hints)
	return !now.Before(boundOf(s, v.Hints).soonest(v.At)) && forbidden == ""
}

// lastAllowed returns the last time, at or before t, at which skipHours and skipDays allow a visit: t, or the beginning
// of an hour.
func lastAllowed(t time.Time, h broadsheet.Hints) time.Time {
	for at := t; t.Sub(at) < 7*24*time.Hour; at = at.Add(-1).Truncate(time.Hour) {
		if _, forbidden := applySkips(at, h); forbidden == "" {
			return at
		}
	}
	return t
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
