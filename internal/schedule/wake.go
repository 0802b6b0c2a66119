package schedule

import (
	"time"

	"broadsheet"
)

// Bounds of the time between two runs of `serve`. The lower one lets sources that become due shortly after each other
// share a run. The upper one is for work that has no known time.
const (
	minRunInterval  = 5 * time.Minute
	fileRunInterval = 15 * time.Minute // for files, which no time is known of
	maxRunInterval  = time.Hour
)

// NextWake returns when the run after one that ended at last begins, and why, as text for the maintainer. It begins at the
// minute in which the edition is due (zero: none), else when the first source is due, but neither too soon after the
// last run, nor too late for work that has no known time, such as pages to be read again. visits is by Source.ID.
func NextWake(last time.Time, sources []broadsheet.Source, visits map[string]broadsheet.Visit, edition time.Time) (at time.Time, why string) {
	at, why = last.Add(maxRunInterval), "an hour has passed"
	for _, s := range sources {
		v := visits[s.ID()]
		if v.Gone || s.Kind == broadsheet.KindList && !v.At.IsZero() { // a list only changes when feeds.yaml does
			continue
		}
		due := v.Next
		soonest := last.Add(minRunInterval)
		if s.Kind == broadsheet.KindFile && s.Every == 0 {
			soonest = last.Add(fileRunInterval)
		}
		if due.Before(soonest) {
			due = soonest
		}
		if due.Before(at) {
			at, why = due, s.Name+" is due"
		}
	}
	if !edition.IsZero() && edition.After(last) && !edition.After(at) {
		at, why = edition, "the edition is due"
	}
	return at, why
}
