// Package health decides which changes in the state of a source are reported to the maintainer: when a source is stale,
// and which events are repetitions. It is pure: the time is always an argument.
package health

import (
	"fmt"
	"slices"
	"time"

	"broadsheet"
)

// Event is a change in the state of a source that is reported to the maintainer once.
type Event struct {
	Source string // Source.ID
	Name   string // name of the source that readers see
	At     time.Time
	Kind   string // kind of event: broke, recovered, moved, gone, stale, unlinked, full, rebound, quarantined or trusted
	Text   string // the details, for the maintainer
}

// A source is stale after staleIntervals times its usual interval between two articles, within these bounds.
const (
	staleIntervals = 10
	minStale       = 60 * 24 * time.Hour
	maxStale       = 365 * 24 * time.Hour
)

// Stale reports whether a source has published nothing for too long at now, and why, as text. articles is the number of
// its articles that have a date; they were published between first and last. If there are too few of them to know the
// usual interval, the limit is a year. A source without dates is never stale.
func Stale(articles int, first, last, now time.Time) (why string, stale bool) {
	if last.IsZero() {
		return "", false
	}
	limit, usual := maxStale, time.Duration(0)
	if articles > 2 && last.After(first) {
		usual = last.Sub(first) / time.Duration(articles-1)
		if usual < maxStale/staleIntervals {
			limit = max(usual*staleIntervals, minStale)
		}
	}
	if now.Sub(last) <= limit {
		return "", false
	}
	why = "no new article since " + last.UTC().Format("2 January 2006")
	if usual > 0 && limit < maxStale {
		why += fmt.Sprintf("; one came every %s before that", daysText(usual))
	}
	return why, true
}

// daysText formats a duration in whole days, as it reads after "every": "day", "30 days".
func daysText(d time.Duration) string {
	if days := int((d + 12*time.Hour) / (24 * time.Hour)); days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return "day"
}

// StalenessEvents returns an event for each source that has become stale, or is no longer stale, since the last event about
// it. stale holds, by Source.ID, why a source is stale; reported are the events so far, newest first.
func StalenessEvents(sources []broadsheet.Source, stale map[string]string, reported []Event, now time.Time) []Event {
	var events []Event
	for _, s := range sources {
		before := "" // the kind of the newest event about staleness
		for _, e := range reported {
			if e.Source == s.ID() && (e.Kind == "stale" || e.Kind == "recovered") {
				before = e.Kind
				break
			}
		}
		why, isStale := stale[s.ID()]
		switch {
		case isStale && before != "stale":
			events = append(events, Event{Source: s.ID(), Name: s.Name, At: now, Kind: "stale", Text: why})
		case !isStale && before == "stale":
			events = append(events, Event{Source: s.ID(), Name: s.Name, At: now, Kind: "recovered", Text: "new articles come again"})
		}
	}
	return events
}

// repeatInterval is the time in which the same kind of event of the same source is not reported again.
const repeatInterval = 7 * 24 * time.Hour

// SuppressRepeats returns the events that are reported to the maintainer, without repetitions. Both slices are newest first. A
// source that breaks and recovers every day is reported once a week. Its state when that week is over is reported in
// any case, whatever happened in between.
func SuppressRepeats(events []Event, now time.Time) []Event {
	type key struct{ source, what string }
	reported := map[key]time.Time{}
	seen := map[string]bool{}
	newest := make([]bool, len(events)) // whether the event is the newest of its source
	for i, e := range events {
		newest[i] = !seen[e.Source]
		seen[e.Source] = true
	}
	var kept []Event
	for i, e := range slices.Backward(events) {
		before, ok := reported[key{e.Source, e.Kind}]
		repeated := ok && e.At.Sub(before) < repeatInterval
		if repeated && !(newest[i] && now.Sub(before) >= repeatInterval) {
			continue
		}
		reported[key{e.Source, e.Kind}] = e.At
		kept = append(kept, e)
	}
	slices.Reverse(kept)
	return kept
}
