// Package health names the states that a source can be in and what of them is worth telling the maintainer.
package health

import (
	"fmt"
	"slices"
	"time"

	"broadsheet"
)

// Event is something about a source that its maintainer should know, once.
type Event struct {
	Source string // Source.ID
	Name   string // of the source, as shown
	At     time.Time
	What   string // broke, recovered, moved, gone, stale, unlinked, full, rebound
	Text   string
}

// What makes a source stale: this many times its usual pause without a new article, within these bounds.
const (
	stalePauses = 10
	staleLeast  = 60 * 24 * time.Hour
	staleMost   = 365 * 24 * time.Hour
)

// Stale tells whether a source has fallen silent at now, and why, in words: its articles were published between first and
// last. Where too few dates are known for a usual pause, a year is silence. A source without dates is never stale.
func Stale(articles int, first, last, now time.Time) (why string, stale bool) {
	if last.IsZero() {
		return "", false
	}
	limit, usual := staleMost, time.Duration(0)
	if articles > 2 && last.After(first) {
		usual = last.Sub(first) / time.Duration(articles-1)
		if usual < staleMost/stalePauses {
			limit = max(usual*stalePauses, staleLeast)
		}
	}
	if now.Sub(last) <= limit {
		return "", false
	}
	why = "no new article since " + last.UTC().Format("2 January 2006")
	if usual > 0 && limit < staleMost {
		why += fmt.Sprintf("; one came every %s before that", inDays(usual))
	}
	return why, true
}

func inDays(d time.Duration) string {
	if days := int((d + 12*time.Hour) / (24 * time.Hour)); days > 1 {
		return fmt.Sprintf("%d days", days)
	}
	return "day"
}

// NewEvents finds the events of sources that have fallen silent, or write again, which the events told so far do not say.
// quiet has, by Source.ID, why a source is stale; told are the events so far, newest first.
func NewEvents(sources []broadsheet.Source, quiet map[string]string, told []Event, now time.Time) []Event {
	var turned []Event
	for _, s := range sources {
		was := ""
		for _, e := range told { // the newest that speaks of silence
			if e.Source == s.ID() && (e.What == "stale" || e.What == "recovered") {
				was = e.What
				break
			}
		}
		why, stale := quiet[s.ID()]
		switch {
		case stale && was != "stale":
			turned = append(turned, Event{Source: s.ID(), Name: s.Name, At: now, What: "stale", Text: why})
		case !stale && was == "stale":
			turned = append(turned, Event{Source: s.ID(), Name: s.Name, At: now, What: "recovered", Text: "new articles come again"})
		}
	}
	return turned
}

// rest is how long the same thing about the same source is not told again.
const rest = 7 * 24 * time.Hour

// Filter are the events that a maintainer is told of, newest first like those given. A source that breaks and recovers
// every day is told of once a week; how it stands when that time is over is told, whatever came between.
func Filter(events []Event, now time.Time) []Event {
	type thing struct{ source, what string }
	told := map[thing]time.Time{}
	newest := map[string]bool{}
	last := make([]bool, len(events)) // the newest of its source
	for i, e := range events {
		last[i] = !newest[e.Source]
		newest[e.Source] = true
	}
	var notable []Event
	for i, e := range slices.Backward(events) {
		before, ok := told[thing{e.Source, e.What}]
		lately := ok && e.At.Sub(before) < rest
		if lately && !(last[i] && now.Sub(before) >= rest) {
			continue
		}
		told[thing{e.Source, e.What}] = e.At
		notable = append(notable, e)
	}
	slices.Reverse(notable)
	return notable
}
