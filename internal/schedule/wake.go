package schedule

import (
	"time"

	"broadsheet"
)

// A program that runs all day works in rounds. What comes due shortly after another shares its round, and nothing that
// no time is known of waits longer than an hour.
const (
	roundGap  = 5 * time.Minute
	roundMost = time.Hour
)

// Wake tells when the next round is to be after one that ended at last, and why, in words for the maintainer: at the
// edition's time to the minute, else when the first source comes due, but neither too soon after the last round nor too
// late for what no time is known of, such as pages that are to be read again.
func Wake(last time.Time, sources []broadsheet.Source, visits map[string]broadsheet.Visit, edition time.Time) (at time.Time, why string) {
	at, why = last.Add(roundMost), "an hour has passed"
	for _, s := range sources {
		v := visits[s.ID()]
		if v.Gone || s.Kind == broadsheet.KindList && !v.At.IsZero() { // a list changes when feeds.yaml does
			continue
		}
		due := v.Next
		if soonest := last.Add(roundGap); due.Before(soonest) {
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
